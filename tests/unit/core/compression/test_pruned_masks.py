"""Masks: what a step pruned stays zero, what merely is zero is trained, and files keep the difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Ancestor, Context, apply_step
from core.compression.checkpoints import checkpoint
from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.compression.structure.depth import KEEP_LAYERS
from core.compression.structure.slimming import SLIM
from core.data.dataset import Batch, call
from core.data.images import ImageDataset, normalisation
from core.domain.technique import LayerRules
from core.models.base import Architecture, ModelSource, model_sources
from core.models.weight_files.weights import Weights
from core.parameters import Parameters
from core.registry import discover


class NoParams(Parameters):
    """Nothing to choose."""


class FreshHead(ModelSource[NoParams]):
    """A network whose last layer starts at zero, as torchvision's vision transformers do."""

    label = "Fresh head"
    Params = NoParams

    def build(self, params: NoParams) -> nn.Module:
        torch.manual_seed(0)
        module = nn.Sequential(nn.Flatten(), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 2))
        nn.init.zeros_(module[3].weight)
        return module


class PrunedElsewhere(FreshHead):
    """The same, with weights that came with masks."""

    label = "Pruned elsewhere"

    def weights(self, params: NoParams) -> Mapping[str, Tensor]:
        weights = Weights(self.build(params).state_dict())
        mask = torch.zeros(32, 16, dtype=torch.bool)
        mask[:, :4] = True
        weights.pruned = {"1.weight": mask}
        return weights


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    discover("core.compression.techniques")
    sources = {"test-fresh-head": FreshHead, "test-pruned-elsewhere": PrunedElsewhere}
    for name, source in sources.items():
        model_sources.register(name)(source)
    yield
    for name in sources:
        del model_sources._entries[name]


class Classifying:
    """Cross-entropy."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return functional.cross_entropy(call(module, batch.inputs), batch.labels)


@pytest.fixture(scope="module")
def context() -> Context:
    labels = torch.arange(64) % 2
    images = (torch.rand(64, 1, 4, 4) * 100 + 100 * labels[:, None, None, None]).to(torch.uint8)
    names = tuple(map(str, range(64)))
    data = ImageDataset(images, labels, ("dark", "bright"), names, normalisation([0.4], [0.2]))
    return Context(data=data, task=Classifying())


def step(model: CompressibleModel, technique: str, context: Context, **values: object) -> CompressibleModel:
    rules = LayerRules(include=("^1$",)) if technique.endswith("pruning") else LayerRules()
    return apply_step(technique, values, rules, model, context)


RECOVERIES = [
    ("fine-tune", {"epochs": 2}),
    ("retrain-layers", {"epochs": 2}),
    ("distillation", {"student": "itself", "teacher": "base", "epochs": 2}),
]


@pytest.mark.parametrize(("technique", "values"), RECOVERIES, ids=[name for name, _ in RECOVERIES])
def test_training_holds_pruned_weights_and_frees_a_head_that_starts_at_zero(
    technique: str, values: dict[str, object], context: Context
) -> None:
    base = CompressibleModel.create("test-fresh-head", {})
    pruned = step(base, "magnitude-pruning", context, sparsity=0.5)
    taught = Context(data=context.data, task=context.task, teacher=_ancestor(base))
    tuned = step(pruned, technique, taught, **values)
    first, head = tuned.module.get_parameter("1.weight"), tuned.module.get_parameter("3.weight")
    assert int((first == 0).sum()) == 256
    assert torch.equal(first == 0, pruned.module.get_parameter("1.weight") == 0)
    assert int((head == 0).sum()) == 0


def test_gradual_pruning_trains_a_head_that_starts_at_zero(context: Context) -> None:
    base = CompressibleModel.create("test-fresh-head", {})
    pruned = step(base, "gradual-pruning", context, sparsity=0.5, rounds=2)
    assert int((pruned.module.get_parameter("1.weight") == 0).sum()) == 256
    # The rules name the first layer only, so the head is not trained; without rules it is.
    everything = {"sparsity": 0.25, "rounds": 2, "scope": "layer"}
    both = apply_step("gradual-pruning", everything, LayerRules(), base, context)
    assert int((both.module.get_parameter("3.weight") == 0).sum()) == 16


def test_zeros_that_a_sweep_of_pruning_counts_are_pruned(context: Context) -> None:
    base = CompressibleModel.create("test-fresh-head", {})
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.5}, LayerRules(), base, context)
    assert int(pruned.pruned["3.weight"].sum()) == 64  # the smallest of all weights
    assert (
        int((step(pruned, "fine-tune", context, epochs=1).module.get_parameter("3.weight")).abs().sum()) == 0
    )


def test_files_tell_pruned_weights_from_others_that_are_zero(tmp_path: Path) -> None:
    model = CompressibleModel.create("test-fresh-head", {})
    mask = torch.zeros(32, 16, dtype=torch.bool)
    mask[::2] = True
    model.prune("1.weight", mask)
    with torch.no_grad():
        model.module.get_parameter("1.weight")[1] = 0
    save(model, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")
    assert back.pruned.keys() == {"1.weight"}
    assert torch.equal(back.pruned["1.weight"], mask)
    assert torch.equal(back.module.get_parameter("1.weight"), model.module.get_parameter("1.weight"))


@pytest.mark.parametrize("was_pruned", [True, False])
def test_zeros_in_sparse_tensors_of_old_files_count_where_a_step_pruned(
    tmp_path: Path, was_pruned: bool
) -> None:
    model = CompressibleModel.create("test-fresh-head", {})
    path = tmp_path / "model.safetensors"
    save(model, path)
    _made_old(path)
    back = load(path, was_pruned=lambda: was_pruned)
    assert {name: int(mask.sum()) for name, mask in back.pruned.items()} == (
        {"3.weight": 64} if was_pruned else {}
    )


def test_masks_of_imported_weights_are_kept(tmp_path: Path, context: Context) -> None:
    base = CompressibleModel.create("test-pruned-elsewhere", {})
    save(base, tmp_path / "model.safetensors")
    tuned = step(load(tmp_path / "model.safetensors"), "fine-tune", context, epochs=2)
    weight = tuned.module.get_parameter("1.weight")
    assert bool((weight[:, :4] == 0).all())
    assert int((weight == 0).sum()) == 128


def test_masks_follow_the_slices_and_layers_that_structural_edits_keep() -> None:
    layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    model = CompressibleModel(nn.Sequential(layers), Architecture("none", {}))
    mask = torch.eye(4, dtype=torch.bool)
    model.prune("0.2.weight", mask)
    model.edit(KEEP_LAYERS, {"stacks": {"0": [0, 2]}})
    assert {name: held.tolist() for name, held in model.pruned.items()} == {"0.1.weight": mask.tolist()}
    model.edit(SLIM, {"tensors": {"0.1.weight": {"0": "1-3"}, "0.1.bias": {"0": "1-3"}}, "attributes": {}})
    assert torch.equal(model.pruned["0.1.weight"], mask[1:])


def test_restored_layers_take_the_masks_of_their_ancestor(context: Context) -> None:
    base = CompressibleModel.create("test-fresh-head", {})
    pruned = step(base, "magnitude-pruning", context, sparsity=0.5)
    restored = step(
        pruned, "restore-layers", Context(data=context.data, task=context.task, ancestors=(_ancestor(base),))
    )
    assert restored.pruned == {}
    assert (
        int((step(restored, "fine-tune", context, epochs=1).module.get_parameter("1.weight") == 0).sum()) == 0
    )


def _ancestor(model: CompressibleModel) -> Ancestor:
    return Ancestor("base", model.copy)


def _made_old(path: Path) -> None:
    """Write the file again as before there were masks."""
    with safe_open(path, framework="pt") as file:
        manifest = json.loads(file.metadata()[checkpoint.METADATA_KEY][8:])
        tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
    del manifest["pruned"]
    manifest["version"] = 2
    checkpoint._write(path, tensors, json.dumps(manifest))


def test_a_layer_that_is_pruned_entirely_is_told_once(context: Context) -> None:
    model = CompressibleModel.create("test-fresh-head", {})
    weights = 16 * 32 + 32 * 2
    share = 80 / weights  # the 64 zeros of the head come first
    pruned = apply_step("magnitude-pruning", {"sparsity": share}, LayerRules(), model, context)
    (note,) = pruned.notes
    assert note.startswith("All weights of 3.weight were pruned")
    assert not apply_step("fine-tune", {"epochs": 1}, LayerRules(), pruned, context).notes
    by_layer = {"sparsity": share, "scope": "layer"}
    assert not apply_step("magnitude-pruning", by_layer, LayerRules(), model, context).notes
