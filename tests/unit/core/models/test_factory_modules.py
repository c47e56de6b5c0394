"""What factories build: half precision, layers that cannot be copied, parameters that share a storage."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.errors import UnusableInput
from core.models import factories
from core.models.factories import model_factory
from core.registry import discover

discover("core.models.sources")


@pytest.fixture(autouse=True)
def factories_as_before() -> Iterator[None]:
    before = dict(factories._factories)
    yield
    factories._factories.clear()
    factories._factories.update(before)


def test_models_of_half_precision_are_held_in_single() -> None:
    """Inputs are in single precision, so such models could not read them."""

    @model_factory("half")
    def build() -> nn.Module:
        return nn.Linear(3, 2, dtype=torch.bfloat16)

    assert (
        CompressibleModel.create("weights-file", {"factory": "half"}).module(torch.rand(1, 3)).dtype
        is torch.float32
    )


def test_a_model_that_cannot_be_copied_is_refused_in_words() -> None:
    @model_factory("normed")
    def build() -> nn.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch itself advises against it
            return nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 2)))

    with pytest.raises(UnusableInput, match=r"module 0 keeps weight.*Use torch\.nn\.utils\.parametrizations"):
        CompressibleModel.create("weights-file", {"factory": "normed"})


class Tied(nn.Module):
    """Layers whose weights lie on one storage: as one parameter, as two, or one as a part of the other."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.second = nn.Linear(4, 2 if how == "part" else 4, bias=False)
        held = self.first.weight
        parts = {"same": held, "two": nn.Parameter(held.data), "part": nn.Parameter(held.data[:2])}
        self.second.weight = parts[how]

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(inputs))


@pytest.mark.parametrize("how", ["same", "two", "part"])
def test_parameters_on_one_storage_are_stored_and_loaded(tmp_path: Path, how: str) -> None:
    model_factory("tied")(lambda: Tied(how))
    made = CompressibleModel.create("weights-file", {"factory": "tied"}, seed=1)
    torch.manual_seed(1)
    expected = Tied(how)(torch.ones(1, 4))
    save(made, tmp_path / "model")
    found = load(tmp_path / "model").module
    assert torch.equal(found(torch.ones(1, 4)), expected)
    shares = found.get_parameter("first.weight") is found.get_parameter("second.weight")
    assert shares == (how != "part")


@pytest.mark.parametrize("kept", ["first", "second"])
def test_weights_that_a_file_keeps_once_are_shared(tmp_path: Path, kept: str) -> None:
    model_factory("tied")(lambda: Tied("same"))
    save_file({f"{kept}.weight": torch.full((4, 4), 2.0)}, tmp_path / "w.safetensors")
    options = {"factory": "tied", "weights_file": str(tmp_path / "w.safetensors")}
    made = CompressibleModel.create("weights-file", options).module
    assert made.get_parameter("first.weight").unique().tolist() == [2.0]
    assert made.get_parameter("second.weight") is made.get_parameter("first.weight")
