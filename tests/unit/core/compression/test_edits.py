"""Edits: structure that a checkpoint builds again, and encodings that a changed structure leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.edits import AppliedEdit, Edit, edits, replace_child
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.errors import UnknownName, UnusableInput
from core.registry import discover


class Narrower(Edit):
    """Gives a linear layer fewer outputs and leaves the first ones."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        old = module.get_submodule(arguments["name"])
        assert isinstance(old, nn.Linear)
        new = nn.Linear(old.in_features, arguments["outputs"])
        with torch.no_grad():
            new.weight.copy_(old.weight[: arguments["outputs"]])
            new.bias.copy_(old.bias[: arguments["outputs"]])
        replace_child(module, arguments["name"], new)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    discover("core.compression.techniques")
    discover("core.models.sources")
    edits.register("test-narrower")(Narrower)
    yield
    edits._entries.pop("test-narrower", None)


@pytest.fixture
def base() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 4}, seed=1)


def step(model: CompressibleModel, technique: str, **parameters: object) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context())


def edited(model: CompressibleModel, *outputs: int) -> CompressibleModel:
    result = model.copy()
    for count in outputs:
        result.edit("test-narrower", {"name": "classifier", "outputs": count})
    return result


def test_edits_are_replayed_in_order_before_the_weights_are_loaded(
    base: CompressibleModel, tmp_path: Path
) -> None:
    model = edited(base, 7, 3)
    save(model, tmp_path / "a")
    again = load(tmp_path / "a")
    assert (
        again.edits
        == model.edits
        == tuple(AppliedEdit("test-narrower", {"name": "classifier", "outputs": count}) for count in (7, 3))
    )
    inputs = torch.rand(2, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(again.module(inputs), model.module(inputs))
        # Kernels for 3 and for 10 outputs may round differently, so that equality is asked of the weights.
        torch.testing.assert_close(again.module(inputs), base.module(inputs)[:, :3])
    for name in ("classifier.weight", "classifier.bias"):
        assert torch.equal(again.module.get_parameter(name), base.module.get_parameter(name)[:3])


def test_an_edited_copy_leaves_its_origin_alone(base: CompressibleModel) -> None:
    edited(base, 3)
    assert base.edits == ()
    assert base.module.get_parameter("classifier.weight").shape[0] == 10


def test_later_steps_keep_the_edits(base: CompressibleModel, tmp_path: Path) -> None:
    model = step(edited(base, 3), "weight-only-quantization", bits=4)
    save(model, tmp_path / "a")
    assert load(tmp_path / "a").module.get_parameter("classifier.weight").shape[0] == 3


@pytest.mark.parametrize(
    ("technique", "parameters", "kept"),
    [
        ("palettization", {"bits": 2}, True),
        ("weight-only-quantization", {"granularity": "tensor"}, True),
        ("weight-only-quantization", {"granularity": "channel"}, False),
        ("weight-only-quantization", {"granularity": "group"}, False),
    ],
)
def test_an_encoding_survives_where_it_still_fits(
    base: CompressibleModel, technique: str, parameters: dict[str, object], kept: bool
) -> None:
    model = edited(step(base, technique, **parameters), 3)
    assert ("classifier.weight" in model.encodings) == kept
    assert len(model.encodings) > 1  # the other layers keep theirs


def test_encodings_of_weights_that_are_gone_are_forgotten(base: CompressibleModel) -> None:
    class Removed(Edit):
        """Puts a layer without weights in the classifier's place."""

        def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
            replace_child(module, "classifier", nn.Identity())

    edits.register("test-removed")(Removed)
    try:
        model = step(base, "palettization", bits=2)
        model.edit("test-removed", {})
        assert "classifier.weight" not in model.encodings
    finally:
        del edits._entries["test-removed"]


def test_an_edit_that_nobody_knows_is_named(base: CompressibleModel, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="test-narrowed"):
        base.edit("test-narrowed", {})
    save(edited(base, 3), tmp_path / "a")
    del edits._entries["test-narrower"]
    with pytest.raises(UnusableInput, match="sound, but the module edit 'test-narrower'"):
        load(tmp_path / "a")
