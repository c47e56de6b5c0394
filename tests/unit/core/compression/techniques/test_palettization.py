"""Palettization: as many values as asked for, nearest ones, zeros kept."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.encoding.encodings import GroupedPalette
from core.compression.encoding.storage import restore, same_bits, store
from core.compression.model import CompressibleModel
from core.compression.quantization.clustering import cluster
from core.compression.techniques.palettization import palettized
from core.domain.technique import LayerRules
from core.models.base import Architecture
from core.registry import discover


@pytest.mark.parametrize("bits", range(1, 9))
def test_the_palette_has_as_many_values_as_the_bits_allow(bits: int) -> None:
    palette, weight = palettized(torch.randn(40, 50), bits)
    assert len(palette.codebook) == 2**bits
    assert len(weight.unique()) == 2**bits


@pytest.mark.parametrize("bits", range(1, 9))
def test_pruned_weights_stay_zero_and_zero_counts_as_a_value(bits: int) -> None:
    weight = torch.randn(40, 50).masked_fill(torch.rand(40, 50) < 0.5, 0)
    palette, drawn = palettized(weight, bits)
    assert torch.equal(drawn == 0, weight == 0)
    assert len(palette.codebook) <= max(3, 2**bits)


def test_every_weight_gets_the_nearest_value() -> None:
    weight = torch.randn(30, 30)
    palette, drawn = palettized(weight, 3)
    nearest = (weight[..., None] - palette.codebook).abs().amin(dim=-1)
    torch.testing.assert_close((weight - drawn).abs(), nearest)


def test_a_weight_of_zeros_only_stays_so() -> None:
    palette, drawn = palettized(torch.zeros(4, 4), 4)
    assert drawn.abs().sum() == 0
    assert palette.codebook.tolist() == [0.0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_values_are_kept_in_the_type_of_the_weights(dtype: torch.dtype) -> None:
    palette, drawn = palettized(torch.randn(40, 50).to(dtype), 4)
    assert drawn.dtype == palette.codebook.dtype == dtype
    assert torch.equal(palette.project(drawn), drawn)


def grouped(module: nn.Module, **parameters: object) -> CompressibleModel:
    model = CompressibleModel(nn.Sequential(module), Architecture("none", {}))
    options = {"bits": 2, "granularity": "group", "group_size": 4, **parameters}
    return apply_step("palettization", options, LayerRules(), model, Context())


@pytest.mark.parametrize(
    ("layer", "axis"),
    [
        (nn.Linear(30, 10), 0),
        (nn.Conv2d(5, 10, 3), 0),
        (Conv1D(10, 30), 1),
        (nn.ConvTranspose2d(5, 10, 3), 1),
    ],
    ids=["linear", "convolution", "conv1d", "transposed"],
)
@pytest.mark.parametrize("sparsity", [0.0, 0.7])
def test_groups_of_channels_have_palettes_of_their_own(layer: nn.Module, axis: int, sparsity: float) -> None:
    layer = copy.deepcopy(layer)
    with torch.no_grad():
        layer.weight.masked_fill_(torch.rand(layer.weight.shape) < sparsity, 0)
    model = grouped(layer)
    weight = model.module.get_parameter("0.weight").detach()
    channels = weight.movedim(axis, 0)
    assert [len(part.unique()) for part in channels.split(4)] == [4, 4, 4]
    assert len(weight.unique()) > 9
    encoding = model.encodings["0.weight"]
    assert isinstance(encoding, GroupedPalette)
    assert torch.equal(encoding.project(weight), weight)
    stored = store(weight, encoding)
    assert stored.form == ("sparse-palettes" if sparsity else "palettes")
    assert same_bits(restore(stored.fields, stored.parts), weight)


def test_palettes_of_groups_come_back_from_the_file(tmp_path: Path) -> None:
    discover("core.models.sources")
    base = CompressibleModel.create("residual-cnn", {"width": 32})
    options = {"bits": 3, "granularity": "group"}
    model = apply_step("palettization", options, LayerRules(), base, Context())
    assert save(model, tmp_path / "a").forms["palettes"] > 5
    again = load(tmp_path / "a")
    for name, encoding in model.encodings.items():
        weight = again.module.state_dict()[name]
        assert torch.equal(weight, model.module.state_dict()[name])
        assert isinstance(again.encodings[name], GroupedPalette) == isinstance(encoding, GroupedPalette)
        assert torch.equal(again.encodings[name].project(weight), weight)


def least_error(values: np.ndarray, count: int) -> float:
    """Return the squared error of the best k-means, by trying every way to cut the sorted values."""
    ordered = np.sort(values)

    def best(start: int, left: int) -> float:
        if left == 1:
            return float(((ordered[start:] - ordered[start:].mean()) ** 2).sum())
        return min(
            float(((ordered[start:end] - ordered[start:end].mean()) ** 2).sum()) + best(end, left - 1)
            for end in range(start + 1, len(ordered) - left + 2)
        )

    return best(0, count)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_the_best_of_all(count: int, seed: int) -> None:
    values = np.random.default_rng(seed).standard_t(3, size=18).astype(np.float32)
    means = cluster(torch.from_numpy(values), count).double().numpy()
    error = ((values[:, None] - means) ** 2).min(axis=1).sum()
    assert error == pytest.approx(least_error(values.astype(np.float64), count), rel=1e-5)
