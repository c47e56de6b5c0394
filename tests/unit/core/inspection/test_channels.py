"""What is inside a layer, against numpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.inspection.channels import SIDE, activation_channels, weight_channels
from core.inspection.counterparts import matched
from core.inspection.weights import Arrays
from core.ports import Silent
from core.registry import discover
from core.testing.contracts.families import Examples, small_model, small_networks


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    with small_networks():
        yield


def figures(now: CompressibleModel, before: CompressibleModel, folder: Path) -> Arrays:
    save(now, folder / "now")
    save(before, folder / "before")
    one, other = StoredWeights(folder / "now"), StoredWeights(folder / "before")
    return weight_channels(matched(one, other), one, other, Silent())


def channels(found: Arrays, name: str, figure: str) -> np.ndarray:  # type: ignore[type-arg]
    row = found["parameter"].tolist().index(name)
    return found[figure][found["start"][row] : found["start"][row + 1]]


def matrix(model: CompressibleModel, name: str) -> np.ndarray:  # type: ignore[type-arg]
    value = model.module.get_parameter(name).detach().double()
    transposed = type(model.module.get_submodule(name.rpartition(".")[0])).__name__ == "Conv1D"
    flat: np.ndarray = (value.t() if transposed else value).flatten(1).numpy()  # type: ignore[type-arg]
    return flat


@pytest.mark.parametrize("family", ["resnet", "gpt2", "t5", "vit"])
def test_norms_scales_and_pictures_are_numpys(family: str, tmp_path: Path) -> None:
    base = small_model(family)
    step = ("weight-only-quantization", {"bits": 4, "granularity": "channel"}, LayerRules())
    coded = apply_step(*step, base, Context())
    found = figures(coded, base, tmp_path)
    names = found["parameter"].tolist()
    assert names == [name for name, value in base.module.named_parameters() if value.dim() > 1]
    for row, name in enumerate(names):
        now, before = matrix(coded, name), matrix(base, name)
        np.testing.assert_allclose(channels(found, name, "norm"), np.linalg.norm(now, axis=1), rtol=1e-5)
        np.testing.assert_allclose(
            channels(found, name, "norm_change"), np.linalg.norm(now - before, axis=1), rtol=1e-3, atol=1e-6
        )
        picture = found[f"picture.{row}"]
        assert picture.shape == tuple(min(SIDE, length) for length in now.shape)
        if now.shape[0] % picture.shape[0] == 0 and now.shape[1] % picture.shape[1] == 0:
            blocks = np.abs(now).reshape(
                picture.shape[0], now.shape[0] // picture.shape[0], picture.shape[1], -1
            )
            np.testing.assert_allclose(picture, blocks.mean(axis=(1, 3)), rtol=2e-3, atol=1e-6)
    scaled = [name for name in names if np.isfinite(channels(found, name, "scale")).all()]
    assert scaled
    for name in scaled:
        levels = np.abs(matrix(coded, name)).max(axis=1) / channels(found, name, "scale")
        assert (levels < 8.01).all()


def test_pruned_and_far_out_channels_are_told(tmp_path: Path) -> None:
    base = small_model("resnet")
    changed = base.copy()
    with torch.no_grad():
        weight = changed.module.get_parameter("conv1.weight")
        weight[3] = 0
        weight[5] *= 100
    found = figures(changed, base, tmp_path)
    assert np.flatnonzero(channels(found, "conv1.weight", "norm") == 0).tolist() == [3]
    assert np.flatnonzero(channels(found, "conv1.weight", "outlier")).tolist() == [5]
    row = found["parameter"].tolist().index("conv1.weight")
    gone = np.flatnonzero(found[f"change.{row}"].astype(np.float64).sum(axis=1)).tolist()
    assert gone == [3, 5]


@torch.no_grad()
def test_ranges_of_activations_are_those_of_the_outputs() -> None:
    model, inputs = small_model("resnet").copy().module, Examples("resnet").inputs(slice(0, 8))
    found = activation_channels(model, inputs)
    row = found["range_module"].tolist().index("conv1")
    part = slice(*found["range_start"][row : row + 2].tolist())
    expected = model.get_submodule("conv1")(inputs).movedim(1, 0).flatten(1)
    np.testing.assert_allclose(found["range_low"][part], expected.amin(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["range_high"][part], expected.amax(1), rtol=1e-4, atol=1e-5)
