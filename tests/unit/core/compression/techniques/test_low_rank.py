"""Low rank: the products are NumPy's truncated decompositions, and models really get smaller."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from transformers.pytorch_utils import Conv1D

import core.compression.techniques.dynamic_int8
import core.compression.techniques.low_rank
import core.compression.techniques.magnitude_pruning
import core.compression.techniques.weight_only_quantization  # noqa: F401
from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers, rows
from core.compression.model import CompressibleModel
from core.compression.structure.low_rank import LowRank
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.registry import discover

discover("core.models.sources")

LAYERS = [
    pytest.param(nn.Linear(20, 16), (7, 20), id="linear"),
    pytest.param(nn.Linear(20, 16, bias=False), (7, 3, 20), id="no bias"),
    pytest.param(Conv1D(16, 20), (7, 20), id="conv1d of gpt-2"),
    pytest.param(nn.Conv2d(8, 16, 3, stride=2, padding=1), (2, 8, 9, 9), id="convolution"),
    pytest.param(nn.Conv2d(8, 16, (3, 1), padding="same", dilation=2), (2, 8, 9, 9), id="dilated"),
    pytest.param(nn.Conv2d(16, 16, 1, padding_mode="reflect"), (2, 16, 4, 4), id="1 x 1"),
    pytest.param(nn.Conv1d(8, 16, 3), (2, 8, 12), id="one dimension"),
]


def applied(module: nn.Module, **parameters: object) -> CompressibleModel:
    model = CompressibleModel(module.eval(), Architecture("none", {}))
    return apply_step("low-rank", parameters, LayerRules(), model, Context())


def redraw(layer: nn.Module) -> None:
    """Draw the weights by a fixed seed: where two singular values nearly meet, float32 cuts elsewhere."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-0.1, 0.1, generator=generator)


def truncated(weight: Tensor, axis: int, rank: int) -> np.ndarray:
    left, values, right = np.linalg.svd(rows(weight.detach(), axis).double().numpy(), full_matrices=False)
    return left[:, :rank] * values[:rank] @ right[:rank]


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
@pytest.mark.parametrize("rank", [1, 5])
def test_the_product_is_numpys_truncated_decomposition(
    layer: nn.Module, shape: tuple[int, ...], rank: int
) -> None:
    redraw(layer)
    (before,) = compressible_layers(nn.Sequential(layer))
    model = applied(nn.Sequential(copy.deepcopy(layer)), criterion="rank", rank=rank)
    factorized = model.module[0]
    assert isinstance(factorized, LowRank)
    expected = truncated(before.weight, before.output_axis, rank)
    product = rows(factorized.weight.detach(), before.output_axis).numpy()
    np.testing.assert_allclose(product, expected, atol=1e-5)
    assert factorized.weight.shape == before.weight.shape
    plain = copy.deepcopy(layer)
    with torch.no_grad():
        plain.weight.copy_(factorized.weight)
        inputs = torch.randn(shape)
        torch.testing.assert_close(model.module(inputs), plain(inputs), atol=1e-5, rtol=1e-4)


def test_the_energy_asked_for_is_kept_with_the_least_rank() -> None:
    layer = nn.Linear(64, 48)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.svd(torch.randn(48, 64), full_matrices=False)[2] * 1e-2)
        layer.weight += torch.randn(48, 5) @ torch.randn(5, 64)
    energies = np.linalg.svd(layer.weight.detach().numpy(), compute_uv=False) ** 2
    shares = energies.cumsum() / energies.sum()
    for energy in (0.3, 0.9, 0.99):
        module = applied(nn.Sequential(copy.deepcopy(layer)), criterion="energy", energy=energy).module
        rank = module[0].first.out_features
        assert shares[rank - 1] >= energy - 1e-6
        assert rank == 1 or shares[rank - 2] < energy


@pytest.mark.parametrize("size", [0.1, 0.5, 0.9])
def test_weights_and_operations_shrink_to_the_size_asked_for(size: float) -> None:
    def cost(module: nn.Module) -> tuple[int, int]:
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            module(torch.rand(1, 16, 12, 12))
        weights = sum(layer.weight.numel() for layer in compressible_layers(module))
        return weights, counter.get_total_flops()

    module = nn.Sequential(nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(), nn.Conv2d(32, 64, 3))
    before, after = cost(module), cost(applied(copy.deepcopy(module), size=size).module)
    for old, new in zip(before, after, strict=True):
        assert size - 0.08 < new / old <= size


def test_factors_come_back_from_the_file_and_take_further_steps(tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 16}, seed=2)
    model, images = base, torch.rand(3, 1, 8, 8)
    steps = [
        ("low-rank", {}),
        ("magnitude-pruning", {"sparsity": 0.5}),
        ("weight-only-quantization", {"bits": 6}),
        ("dynamic-int8", {}),
        ("low-rank", {"criterion": "rank", "rank": 2}),
    ]
    sizes = [save(base, tmp_path / "base").theoretical_bytes]
    for name, parameters in steps:
        model = apply_step(name, parameters, LayerRules(), model, Context())
        sizes.append(save(model, tmp_path / "model").theoretical_bytes)
        again = load(tmp_path / "model")
        with torch.inference_mode():
            assert torch.equal(again.module(images), model.module(images)), name
            assert torch.equal(again.copy().module(images), model.module(images)), name
        assert again.edits == model.edits
    assert 0.45 < sizes[1] / sizes[0] < 0.6
    assert sizes[1] > sizes[2] > sizes[3]


def test_quantizers_of_inputs_move_along() -> None:
    model = CompressibleModel(nn.Sequential(nn.Linear(20, 16)), Architecture("none", {}))
    quantized = apply_step("dynamic-int8", {}, LayerRules(), model, Context())
    both = apply_step("low-rank", {}, LayerRules(), quantized, Context()).module
    inputs = torch.randn(4, 20)
    rounded = quantized.module[0].input_quantizer(inputs)
    with torch.inference_mode():
        torch.testing.assert_close(both(inputs), both[0].second(both[0].first(rounded)))
        assert not torch.equal(both(inputs), both[0].second(both[0].first(inputs)))


def test_what_cannot_be_factorized_is_left_alone() -> None:
    tied = nn.Linear(12, 30)
    embedding = nn.Embedding(30, 12)
    embedding.weight = tied.weight
    module = nn.ModuleDict(
        {
            "grouped": nn.Conv2d(8, 16, 3, groups=4),
            "transposed": nn.ConvTranspose2d(8, 16, 3),
            "attention": nn.MultiheadAttention(16, 2),
            "embedding": embedding,
            "tied": tied,
            "plain": nn.Linear(30, 30),
        }
    )
    replaced = {name for name, child in applied(module).module.named_modules() if isinstance(child, LowRank)}
    assert replaced == {"plain"}
    del module["plain"]
    with pytest.raises(UnusableInput, match="None of the 0 layers"):
        applied(module)


def test_layers_that_would_grow_are_left_alone() -> None:
    module = nn.Sequential(nn.Linear(100, 100), nn.Linear(100, 4))
    kept = applied(module, criterion="rank", rank=20).module
    assert isinstance(kept[0], LowRank)
    assert isinstance(kept[1], nn.Linear)
    with pytest.raises(UnusableInput, match="None of the 2 layers that can be factorized gets smaller"):
        applied(module, criterion="rank", rank=60)


def test_attention_that_looks_at_weights_still_works() -> None:
    """T5 asks its feed-forward layer for the type of its weight."""
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5DenseActDense

    config = T5Config(d_model=16, d_ff=32, num_layers=1, num_heads=2, vocab_size=20)
    model = applied(nn.Sequential(T5DenseActDense(config)))
    assert isinstance(model.module[0].wo, LowRank)
    with torch.inference_mode():
        assert model.module(torch.randn(1, 3, 16)).shape == (1, 3, 16)
