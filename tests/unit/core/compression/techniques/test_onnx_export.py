"""ONNX exports: equal outputs in ONNX Runtime, the parent's codes, stored whole, nothing applied to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch.nn import functional

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.model import CompressibleModel
from core.compression.techniques.onnx_export import Gap, OnnxExportParams, judged
from core.data.base import load_data
from core.data.dataset import Dataset, call
from core.data.text.texts import TextDataset
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.evaluation.profiling.profile import profile
from core.inspection.activations import activation_statistics
from core.inspection.counterparts import matched
from core.models.base import reader_of
from core.models.onnx_runtime.runtime_module import OnnxModule
from core.ports import Silent
from core.registry import discover

RULES = LayerRules()


@pytest.fixture(scope="module")
def data() -> Dataset:
    for package in ("models.sources", "compression.techniques", "data.sources"):
        discover(f"core.{package}")
    return load_data("digits", {}, "train")


@pytest.fixture(scope="module")
def parent(data: Dataset) -> CompressibleModel:
    """Return a small network that knows the digits well enough for its predictions to be clear."""
    model = CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)
    batch = data.batch(slice(0, 512))
    optimizer = torch.optim.Adam(model.module.parameters(), 0.02)
    model.module.train()
    for _ in range(25):
        optimizer.zero_grad()
        functional.cross_entropy(model.module(batch.inputs), batch.labels).backward()
        optimizer.step()
    model.module.eval()
    return model


@pytest.fixture(scope="module")
def in_float(parent: CompressibleModel, data: Dataset) -> CompressibleModel:
    return onnx_of(parent, data)


def onnx_of(model: CompressibleModel, data: Dataset, **parameters: object) -> CompressibleModel:
    return apply_step("onnx-export", {"samples": 64, **parameters}, RULES, model, Context(data=data))


def shown(model: CompressibleModel) -> OnnxModule:
    assert isinstance(model.module, OnnxModule)
    return model.module


def test_floats_are_equal_in_any_session(
    parent: CompressibleModel, in_float: CompressibleModel, data: Dataset, tmp_path: Path
) -> None:
    made = in_float
    save(made, tmp_path / "stored")
    module = shown(load(tmp_path / "stored"))
    images = data.batch(slice(0, 5)).inputs
    assert isinstance(images, torch.Tensor)
    session = onnxruntime.InferenceSession(module.content)
    (found,) = session.run(None, {"inputs": images.numpy()})
    with torch.inference_mode():
        wanted = parent.module(images)
    assert np.abs(found - wanted.numpy()).max() < 1e-4
    assert torch.equal(module(images), torch.from_numpy(found))
    names = dict(module.named_parameters())
    assert torch.equal(names["stem.0.weight"], parent.module.get_parameter("stem.0.weight"))
    assert any("100.00 % of predictions are the same" in note for note in made.notes)


def test_codes_of_static_int8_are_kept_and_every_byte_is_accounted_for(
    parent: CompressibleModel, data: Dataset, tmp_path: Path
) -> None:
    static = apply_step("static-int8", {"samples": 64}, RULES, parent, Context(data=data))
    made = onnx_of(static, data, form="int8")
    weights = dict(made.module.named_parameters())
    for name in ("stem.0.weight", "stages.1.shortcut.0.weight", "classifier.weight"):
        assert torch.equal(weights[name], static.module.get_parameter(name))
    operators = shown(made).shown
    assert operators is not None
    assert operators.operators["QuantizeLinear"] == 10  # one for the inputs of each layer
    summary = save(made, tmp_path / "stored")
    assert summary.theoretical_bytes == len(shown(made).content) < summary.file_bytes
    assert summary.forms["grid"] == 10
    arrays = file_bytes(tmp_path / "stored", made.module)
    assert arrays["bytes"].sum() == summary.file_bytes == (tmp_path / "stored").stat().st_size


def test_linear_layers_in_four_bits(parent: CompressibleModel, data: Dataset) -> None:
    made = onnx_of(parent, data, form="weights-int4", agreement=80)
    weight = made.module.get_parameter("classifier.weight")
    apart = (weight - parent.module.get_parameter("classifier.weight")).abs()
    assert 0 < apart.max() < 0.2
    assert len(torch.unique(weight[0])) <= 16


def test_too_little_agreement_is_refused(data: Dataset) -> None:
    del data  # the registries are filled
    params = OnnxExportParams(form="int8", agreement=99.5)
    gap = Gap(difference=0.5, largest=3.0, agreement=0.99, instances=200)
    with pytest.raises(UnusableInput, match=r"agrees too seldom.*99.5 % were asked for"):
        judged(gap, params, exact=False)
    with pytest.raises(UnusableInput, match="computes something else"):
        judged(Gap(1e-3, 5.0, 1.0, 200), OnnxExportParams(), exact=True)
    assert "at most 1e-05" in judged(Gap(1e-5, 5.0, 1.0, 200), OnnxExportParams(), exact=True)


def test_missing_operators_are_named(parent: CompressibleModel, data: Dataset) -> None:
    natively = apply_step("int8-kernels", {}, RULES, parent, Context(data=data))
    with pytest.raises(UnusableInput, match=r"aten\._int_mm"):
        onnx_of(natively, data)


def test_no_step_changes_the_file(in_float: CompressibleModel) -> None:
    with pytest.raises(UnusableInput, match="Magnitude pruning needs a PyTorch module"):
        apply_step("magnitude-pruning", {}, RULES, in_float, Context())


def test_profiles_and_layers_are_those_of_the_graph(
    parent: CompressibleModel, in_float: CompressibleModel, data: Dataset
) -> None:
    made = in_float
    examples, device = data.examples(2), torch.device("cpu")
    found = profile(made, examples, device=device, progress=Silent())
    in_pytorch = profile(parent, examples, device=device, progress=Silent())
    assert found.environment["runtime"] == "ONNX Runtime"
    for name in ("flops", "parameters"):
        assert found.metrics[name] == in_pytorch.metrics[name]
    assert 0.3 < found.metrics["peak_memory_bytes"] / in_pytorch.metrics["peak_memory_bytes"] < 1.5
    matching = matched(made, parent, made.module)
    arrays = activation_statistics(
        made.module, data.examples(8), baseline=parent.module, renamed=matching.modules
    )
    gaps = dict(zip(arrays["module"].tolist(), arrays["sqnr_db"].tolist(), strict=True))
    assert {"stem.0", "stages.2.second.0", "classifier"} <= gaps.keys()
    assert min(gaps.values()) > 100


def test_a_text_classifier_takes_texts_of_any_length(data: Dataset) -> None:
    del data  # the registries are filled
    source = {"family": "bert", "purpose": "text-classification", "classes": 2, "vocabulary": "good bad film"}
    model = CompressibleModel.create("tiny-transformer", source, seed=1)
    reader = reader_of("tiny-transformer", source)
    assert reader is not None
    written = ("good film", "bad", "good good film bad", "bad film")
    texts = TextDataset(written, written, torch.tensor([0, 1, 0, 1]), ("good", "bad")).encoded(reader)
    made = onnx_of(model, texts)
    inputs = texts.batch(slice(2, 3)).inputs
    with torch.inference_mode():
        assert torch.allclose(call(made.module, inputs), call(model.module, inputs), atol=1e-4)
    weights = dict(made.module.named_parameters())
    name = "bert.encoder.layer.0.intermediate.dense.weight"
    assert torch.equal(weights[name], model.module.get_parameter(name))
