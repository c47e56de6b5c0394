"""A model that another tool quantized, as a base and as a child: imported, evaluated, and stored packed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from safetensors.torch import save_file
from torch import Tensor
from transformers import ViTConfig, ViTForImageClassification

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.project import Project
from core.domain.queue.run import RunKind
from core.errors import InvalidInput, UnusableInput
from core.execution import process
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import get_model
from core.services.models.quantized_models import ChildRequest, add_quantized_child, look
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.projects.quality_conditions import ProtocolRequest
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.fakes import open_migrated

ARGS = QuantizationArgs(num_bits=4, strategy="group", group_size=32, symmetric=False)
FEW = ProtocolRequest(instances=50)
LAYOUT = "compressed-tensors, 4 bit, groups of 32, with zero points"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    """An application whose worker sees the same files."""
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    load_registries()
    now = datetime.now(UTC)
    here = Worker(WorkerId(f"test-{place()}-1"), "test", 1, ("cpu",), 1, now, now)
    workers.announce(opened, here, catalogue())
    yield opened
    opened.close()


def work(app: Application) -> None:
    """Import and evaluate; nothing here asks for times."""
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        if run.kind is not RunKind.PROFILE:
            process._perform(app, run)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Three folders: a model, the same as its library quantizes it, and what that decodes to."""
    config = ViTConfig(
        image_size=8,
        patch_size=4,
        num_channels=1,
        num_labels=10,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = ViTForImageClassification(config).eval()
    model.save_pretrained(tmp_path / "float")
    packer = BaseCompressor.get_value_from_registry("pack-quantized")
    scheme = QuantizationScheme(targets=["Linear"], weights=ARGS)
    state: dict[str, Tensor] = dict(model.state_dict())
    packed = {name: tensor.clone() for name, tensor in state.items()}
    for name, child in model.named_modules():
        if isinstance(child, torch.nn.Linear) and name != "classifier":
            stored = packer.compress(_with_scales(packed.pop(f"{name}.weight")), scheme)
            packed |= {f"{name}.{part}": tensor for part, tensor in stored.items()}
            state[f"{name}.weight"] = packer.decompress(dict(stored), scheme)["weight"]
    model.load_state_dict(state)
    model.save_pretrained(tmp_path / "decoded")
    (tmp_path / "packed").mkdir()
    save_file(packed, tmp_path / "packed" / "model.safetensors")
    groups = {"group_0": {"targets": ["Linear"], "weights": ARGS.model_dump(mode="json")}}
    said = {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": groups}
    text = json.dumps({**json.loads(config.to_json_string()), "quantization_config": said})
    (tmp_path / "packed" / "config.json").write_text(text)
    return tmp_path


def _with_scales(weight: Tensor) -> dict[str, Tensor]:
    blocks = weight.reshape(len(weight), -1, 32)
    low, high = blocks.amin(2), blocks.amax(2)
    scale = (high - low) / 15
    zero = (torch.round(-low / scale) - 8).clamp(-8, 7).to(torch.int8)
    return {"weight": weight, "weight_scale": scale, "weight_zero_point": zero}


def added(app: Application, project: Project, name: str, source: str, folder: Path) -> Model:
    parameters = {"model": str(folder), "purpose": "image-classification"}
    return add_base_model(app, BaseModelRequest(project.id, name, source, parameters))


def test_a_quantized_model_answers_as_what_it_decodes_to(app: Application, folders: Path) -> None:
    data = DatasetRequest("digits", "digits", {})
    project = create_project(app, ProjectRequest("Digits", "image-classification", (data,), protocol=FEW))
    parent = added(app, project, "float", "huggingface", folders / "float")
    decoded = added(app, project, "decoded", "huggingface", folders / "decoded")
    base = added(app, project, "base", "quantized", folders / "packed")
    request = ChildRequest(project.id, "child", parent.id, {"model": str(folders / "packed")})
    child = add_quantized_child(app, request)
    assert add_quantized_child(app, request).id == child.id  # from the same files it is the same model
    work(app)
    found = {one.id: get_model(app, one.id) for one in (parent, decoded, base, child)}
    quality = {key: _quality(one.model) for key, one in found.items()}
    assert quality[base.id] == quality[child.id] == quality[decoded.id]
    assert quality[parent.id]["loss"] != quality[decoded.id]["loss"]
    for key in (base.id, child.id):
        said = f"Quantized elsewhere ({LAYOUT}): 6 weights, stored there in 5 kB; as float32 they take 33 kB."
        assert found[key].remarks[0] == said
        assert found[key].remarks[1] == "All of these are stored here in packed form, bit for bit."
        assert found[key].manifest["forms"]["grid"] == 6
        assert found[key].model.metrics["file_bytes"] < found[decoded.id].model.metrics["file_bytes"]
    step = found[child.id].model.step
    assert step is not None
    assert step.parameters["layout"] == LAYOUT
    assert found[child.id].model.parent_id == parent.id
    assert found[child.id].model.origin is Origin.DERIVED


def _quality(model: Model) -> dict[str, Any]:
    return {name: model.metrics[name] for name in ("top1", "loss")}


def test_what_files_hold_is_seen_before_anything_is_queued(app: Application, folders: Path) -> None:
    looked = look(app, {"model": str(folders / "packed")})
    assert looked.survey is not None
    assert looked.survey.text == LAYOUT
    assert {weight.numbers for weight in looked.survey.weights} == {32 * 32, 32 * 64}
    assert looked.survey.dense_bytes == 4 * (4 * 32 * 32 + 2 * 32 * 64)
    file = folders / "packed" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(UnusableInput, match=r"model\.safetensors is cut off"):
        look(app, {"model": str(folders / "packed")})
    with pytest.raises(UnusableInput, match=r"does not say that the model is quantized"):
        look(app, {"model": str(folders / "float")})


def test_children_of_other_models_are_refused(app: Application, folders: Path) -> None:
    data = DatasetRequest("digits", "digits", {})
    project = create_project(app, ProjectRequest("Digits", "image-classification", (data,), protocol=FEW))
    with pytest.raises(InvalidInput) as raised:
        add_quantized_child(app, ChildRequest(project.id, "", 99, {"model": "/nowhere"}))  # type: ignore[arg-type]
    assert {problem.field for problem in raised.value.problems} == {"name", "parent", "parameters.model"}
    parameters = {"channels": 1, "classes": 10, "width": 4}
    other = add_base_model(app, BaseModelRequest(project.id, "cnn", "residual-cnn", parameters))
    child = add_quantized_child(
        app, ChildRequest(project.id, "child", other.id, {"model": str(folders / "packed")})
    )
    with pytest.raises(UnusableInput, match=r"is a ResidualCnn, and quantized files are read for models of"):
        work(app)
    assert get_model(app, child.id).model.artifact is None
