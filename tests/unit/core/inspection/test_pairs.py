"""Weights of one stored model against any other, whose modules may have another shape or name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.compression.structure.depth import KEEP_LAYERS
from core.domain.technique import LayerRules
from core.inspection.activations import activation_statistics
from core.inspection.counterparts import Matching, matched
from core.inspection.pairs import weight_pair
from core.inspection.weights import Arrays
from core.registry import discover
from core.testing.contracts.families import Examples, small_model, small_networks

Store = Callable[[str, CompressibleModel], StoredWeights]


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    with small_networks():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Store:
    def keep(name: str, model: CompressibleModel) -> StoredWeights:
        save(model, tmp_path / name)
        return StoredWeights(tmp_path / name)

    return keep


def step(technique: str, parameters: dict[str, object], model: CompressibleModel) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context(data=Examples("resnet")))


def rows(found: Arrays) -> dict[str, int]:
    return {str(name): row for row, name in enumerate(found["parameter"])}


def relative(now: torch.Tensor, before: torch.Tensor) -> float:
    one, other = now.detach().double().numpy(), before.detach().double().numpy()
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def compared(now: StoredWeights, before: StoredWeights) -> tuple[Matching, Arrays]:
    matching = matched(now, before)
    return matching, weight_pair(matching, now, before)


def test_siblings_are_compared_value_by_value(store: Store) -> None:
    base = small_model("resnet")
    pruned = step("magnitude-pruning", {"sparsity": 0.5}, base)
    quantized = step("weight-only-quantization", {"bits": 4}, base)
    _, found = compared(store("quantized", quantized), store("pruned", pruned))
    parameters = dict(pruned.module.named_parameters())
    assert found["parameter"].tolist() == list(parameters)
    assert set(found["standing"].tolist()) == {"same"}
    assert found["removed"].size == 0
    for name, value in quantized.module.named_parameters():
        row = rows(found)[name]
        before = parameters[name]
        assert found["zeros_both"][row] == int(((value == 0) & (before == 0)).sum())
        assert found["zeros_lost"][row] == int(((value != 0) & (before == 0)).sum())
        if before.any():
            assert found["relative_l2"][row] == pytest.approx(relative(value, before), rel=1e-6)
        assert found["range_low"][row] == pytest.approx(float(before.detach().min()), abs=0.51)


@pytest.mark.parametrize("family", ["resnet", "bert", "gpt2"])
def test_two_factors_stand_for_one_weight(store: Store, family: str) -> None:
    base = small_model(family)
    thin = step("low-rank", {"criterion": "size", "size": 0.5}, base)
    matching, found = compared(store("thin", thin), store("base", base))
    factors = [
        name
        for name in found["parameter"].tolist()
        if ".first.weight" in name and name not in dict(base.module.named_parameters())
    ]
    assert factors
    for first in factors:
        whole = first.replace(".first.weight", ".weight")
        for name in (first, first.replace(".first.", ".second.")):
            row = rows(found)[name]
            assert found["standing"][row] == "factorized"
            assert found["stands_for"][row] == whole
            product = thin.module.get_submodule(whole.removesuffix(".weight")).weight
            assert isinstance(product, torch.Tensor)
            expected = relative(product, base.module.get_parameter(whole))
            assert found["relative_l2"][row] == pytest.approx(expected, rel=1e-4)
            assert found["sqnr_db"][row] == pytest.approx(-20 * np.log10(expected), abs=1e-3)
        assert matching.modules[whole.removesuffix(".weight")] == first.replace(".first.weight", ".second")
    biases = [name for name in found["parameter"].tolist() if name.endswith(".second.bias")]
    assert all(found["standing"][rows(found)[name]] == "same" for name in biases)
    assert found["removed"].size == 0


def test_what_channel_pruning_kept_is_compared_with_what_it_was(store: Store) -> None:
    base = small_model("resnet")
    narrow = step("channel-pruning", {"ratio": 0.5}, base)
    _, found = compared(store("narrow", narrow), store("base", base))
    reshaped = found["standing"] == "reshaped"
    assert reshaped.any()
    assert (found["standing"][~reshaped] == "same").all()
    np.testing.assert_allclose(found["relative_l2"][reshaped], 0, atol=1e-12)
    row = int(np.flatnonzero(reshaped)[0])
    name = str(found["parameter"][row])
    shape = " x ".join(map(str, base.module.get_parameter(name).shape))
    assert found["shape_before"][row] == shape
    assert found["shape"][row] == " x ".join(map(str, narrow.module.get_parameter(name).shape))
    assert found["removed"].size == 0


def test_pruned_by_turns_figures_of_change_are_left_out(store: Store) -> None:
    """The base against its narrower child: nothing says what a channel that is gone has become."""
    base = small_model("resnet")
    narrow = step("channel-pruning", {"ratio": 0.5}, base)
    _, found = compared(store("base", base), store("narrow", narrow))
    assert np.isnan(found["relative_l2"][found["standing"] == "reshaped"]).all()


def test_layers_keep_their_identity_when_others_go(store: Store) -> None:
    base = small_model("bert")
    stack = next(name for name, child in base.module.named_modules() if name.endswith("layer"))
    shallow = base.copy()
    shallow.edit(KEEP_LAYERS, {"stacks": {stack: [1]}})
    matching, found = compared(store("shallow", shallow), store("base", base))
    moved = [name for name in found["parameter"].tolist() if name.startswith(f"{stack}.0.")]
    assert moved
    for name in moved:
        row = rows(found)[name]
        assert found["standing"][row] == "same"
        assert found["stands_for"][row] == name.replace(f"{stack}.0.", f"{stack}.1.")
        assert found["relative_l2"][row] == 0
    gone = {name for name, _ in base.module.named_parameters() if name.startswith(f"{stack}.0.")}
    assert set(found["removed"].tolist()) == gone
    assert matching.modules[f"{stack}.1"] == f"{stack}.0"
    counts = dict(zip(found["removed"].tolist(), found["removed_count"].tolist(), strict=True))
    assert all(counts[name] == base.module.get_parameter(name).numel() for name in gone)


def test_another_architecture_is_matched_by_name_and_shape(store: Store) -> None:
    wide = CompressibleModel.create("residual-cnn", {"width": 8}, seed=1)
    narrow = CompressibleModel.create("residual-cnn", {"width": 4}, seed=1)
    _, found = compared(store("narrow", narrow), store("wide", wide))
    assert found["standing"][rows(found)["stem.0.weight"]] == "reshaped"
    assert np.isnan(found["relative_l2"][rows(found)["stem.0.weight"]])
    _, other = compared(store("cnn", narrow), store("bert", small_model("bert")))
    shared = set(other["parameter"].tolist()) & set(dict(small_model("bert").module.named_parameters()))
    assert {str(name) for name in other["stands_for"].tolist() if name} == shared
    assert (other["standing"] == "added").sum() == len(other["parameter"]) - len(shared)
    assert len(other["removed"]) == len(dict(small_model("bert").module.named_parameters())) - len(shared)


def test_no_more_than_one_tensor_of_each_is_read_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = small_model("bert")
    other = step("weight-only-quantization", {"bits": 8}, base)
    now, before = store("now", other), store("before", base)
    asked: list[str] = []
    read = StoredWeights.__getitem__

    def counted(self: StoredWeights, name: str) -> torch.Tensor:
        asked.append(name)
        return read(self, name)

    monkeypatch.setattr(StoredWeights, "__getitem__", counted)
    compared(now, before)
    assert len(asked) == 2 * len(dict(base.module.named_parameters()))


@torch.no_grad()
def test_outputs_of_factorized_and_moved_layers_are_compared(store: Store, tmp_path: Path) -> None:
    base = small_model("bert")
    thin = step("low-rank", {"criterion": "size", "size": 0.5}, base)
    store("thin", thin), store("base", base)
    now, before = load(tmp_path / "thin"), load(tmp_path / "base")
    renamed = matched(now, before).modules
    inputs = Examples("bert").inputs(slice(0, 8))
    found = activation_statistics(now.module, inputs, baseline=before.module, renamed=renamed)
    names = found["module"].tolist()
    second = next(row for row, name in enumerate(names) if name.endswith(".second"))
    first = next(row for row, name in enumerate(names) if name.endswith(".first"))
    assert 0 < found["relative_l2"][second] < 5
    assert np.isnan(found["relative_l2"][first])
