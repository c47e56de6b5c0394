"""Models that do not compute without some of their channels keep those, and it is said which."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.compression.structure.channel_trials import Slimmed, largest_that_computes
from core.data.base import Split, load_data
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.registry import discover

discover("core.compression.techniques")
discover("core.data.sources")


class FixedWidth(nn.Module):
    """A convolution whose number of channels is also written in the code."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, first, 3, padding=1)
        self.second = nn.Conv2d(first, 3, 3, padding=1)
        self.head = nn.Linear(3 * 64, 10)

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = self.head(self.second(self.first(images)).reshape(-1, 3 * 64))
        return result


class SharedWeight(nn.Module):
    """Linear layers in a row, two of which are one weight."""

    def __init__(self, layers: int, shared: tuple[int, int]) -> None:
        super().__init__()
        self.rows = nn.ModuleList(nn.Linear(64, 64) for _ in range(layers))
        self.rows[shared[1]].weight = self.rows[shared[0]].weight
        self.head = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        hidden = images.flatten(1)
        for row in self.rows:
            hidden = row(hidden).relu()
        result: Tensor = self.head(hidden)
        return result


def model_of(module: nn.Module) -> CompressibleModel:
    return CompressibleModel(module.eval(), Architecture("none", {}))


def pruned(model: CompressibleModel, ratio: float = 0.5) -> CompressibleModel:
    context = Context(data=load_data("digits", {}, Split.TRAIN))
    return apply_step("channel-pruning", {"ratio": ratio}, LayerRules(), model, context)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (FixedWidth(1), r"some channels of second .*'\[-1, 192\]' is invalid"),
        (SharedWeight(2, (0, 1)), "rows.0.weight and rows.1.weight are one weight"),
    ],
    ids=["width in code", "shared weight"],
)
def test_a_model_that_bears_nothing_is_refused_in_words_and_stays_as_it_was(
    module: nn.Module, said: str
) -> None:
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(UnusableInput, match=said) as caught:
        pruned(model_of(module))
    assert "prune single weights instead" in caught.value.hint
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_what_the_model_bears_is_pruned_and_the_rest_is_named() -> None:
    result = pruned(model_of(FixedWidth(8)))
    assert result.module.get_parameter("first.weight").shape == (4, 1, 3, 3)
    assert result.module.get_parameter("second.weight").shape == (3, 4, 3, 3)
    (note,) = result.notes
    assert "Left as they are" in note
    assert ": second (" in note


def test_layers_that_share_a_weight_go_on_sharing_it_where_only_their_widths_would_agree() -> None:
    result = pruned(model_of(SharedWeight(5, (1, 3))))
    rows = [result.module.get_submodule(f"rows.{number}") for number in range(5)]
    assert rows[1].weight is rows[3].weight
    assert result.module.get_parameter("rows.4.weight").shape == (32, 64)
    assert result.notes


def test_a_model_that_bears_everything_has_nothing_to_note() -> None:
    assert not pruned(model_of(SharedWeight(2, (0, 0)))).notes


@pytest.mark.parametrize("bad", [set(), {3}, {0, 7}, set(range(8))], ids=["none", "one", "two", "all"])
def test_few_failures_cost_few_trials(bad: set[int]) -> None:
    """A chain of eight layers, where the edit of a bad one breaks the sizes."""
    module = nn.Sequential(*(nn.Linear(4, 4) for _ in range(9)))
    trials = []

    def slim(names: Any) -> dict[str, Any]:
        trials.append(sorted(names))
        tensors: dict[str, Mapping[str, str]] = {}
        for number in sorted(int(name) for name in names):
            tensors[f"{number}.bias"] = {"0": "0-1"}
            tensors[f"{number}.weight"] = {**tensors.get(f"{number}.weight", {}), "0": "0-1"}
            if number not in bad:
                tensors[f"{number + 1}.weight"] = {"1": "0-1"}
        return {"tensors": tensors, "attributes": {}}

    groups = [(str(number),) for number in range(8)]
    found: Slimmed = largest_that_computes(module, torch.rand(1, 4), groups, slim)
    assert {int(name) for group in found.refused for name in group} == bad
    assert bool(found.reason) == bool(bad)
    assert {int(name.partition(".")[0]) for name in found.arguments["tensors"] if "bias" in name} == (
        set(range(8)) - bad
    )
    assert len(trials) <= 1 + 6 * len(bad)
