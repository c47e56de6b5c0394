"""GPTQ: the textbook elimination's result, less output error than rounding to the nearest value."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

import core.compression.techniques.gptq
import core.compression.techniques.weight_only_quantization  # noqa: F401
from core.compression.base import Context, apply_step
from core.compression.calibration_statistics.layer_inputs import input_matrix
from core.compression.layers import compressible_layers, rows
from core.compression.model import CompressibleModel
from core.compression.quantization import rounding
from core.compression.quantization.rounding import Steps, compensated, inverse_factor
from core.compression.techniques import gptq
from core.compression.techniques.gptq import GptqParams, portions
from core.data.dataset import Batch, Dataset
from core.domain.technique import LayerRules
from core.models.base import Architecture


class Instances(Dataset):
    """Instances that are their inputs, without labels."""

    def __init__(self, inputs: Tensor) -> None:
        self.inputs = inputs
        self.labels = torch.zeros(len(inputs), dtype=torch.int64)
        self.class_names, self.ids = (), tuple(map(str, range(len(inputs))))

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, indices: Tensor, *, augmented: bool = False) -> Batch:
        return Batch(self.inputs[indices], torch.zeros(len(indices), dtype=torch.int64))


def correlated(*shape: int) -> Tensor:
    """Return inputs whose channels (second axis) mostly move together, and so do their positions."""
    values = torch.randn(*shape) * 0.2 + torch.randn(shape[0], 1, *shape[2:])
    values = values + torch.randn(shape[0], *[1] * (len(shape) - 1))
    return values * torch.linspace(0.5, 2, shape[1]).view(-1, *[1] * (len(shape) - 2))


LAYERS = [
    pytest.param(nn.Linear(24, 10), (200, 24), id="linear"),
    pytest.param(Conv1D(10, 24), (200, 24), id="conv1d of gpt-2"),
    pytest.param(nn.Conv2d(6, 10, 3, padding=1), (40, 6, 6, 6), id="convolution"),
    pytest.param(nn.Conv2d(6, 8, 3, stride=2, padding="valid", dilation=2), (60, 6, 9, 9), id="dilated"),
    pytest.param(nn.Conv2d(6, 9, 3, groups=3, padding_mode="reflect", padding=1), (40, 6, 6, 6), id="groups"),
    pytest.param(nn.Conv2d(6, 6, 3, groups=6), (60, 6, 6, 6), id="depthwise"),
    pytest.param(nn.Conv1d(6, 8, 5, padding="same"), (60, 6, 20), id="one dimension"),
]


def quantized(technique: str, layer: nn.Module, inputs: Tensor, **parameters: object) -> nn.Module:
    model = CompressibleModel(nn.Sequential(layer).eval(), Architecture("none", {}))
    context = Context(data=Instances(inputs))
    return apply_step(technique, parameters, LayerRules(), model, context).module


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_inputs_times_rows_are_the_layers_outputs(layer: nn.Module, shape: tuple[int, ...]) -> None:
    inputs = torch.randn(shape)
    matrix = input_matrix(layer, inputs)
    (found,) = compressible_layers(nn.Sequential(layer))
    weight = rows(layer.weight, found.output_axis).unflatten(0, (len(matrix), -1))
    channels = 1 if inputs.dim() > 2 else -1
    expected = (layer(inputs) - layer(torch.zeros_like(inputs))).movedim(channels, 0).flatten(1)
    product = (matrix @ weight.transpose(1, 2)).transpose(1, 2).flatten(0, 1)
    torch.testing.assert_close(product, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
@pytest.mark.parametrize("granularity", ["channel", "group"])
def test_outputs_are_closer_than_with_nearest_values(
    layer: nn.Module, shape: tuple[int, ...], granularity: str
) -> None:
    torch.manual_seed(0)
    options = {"bits": 3, "granularity": granularity, "group_size": 8, "scheme": "asymmetric"}
    errors = {"gptq": 0.0, "weight-only-quantization": 0.0}
    for _ in range(4):  # a single layer with few inputs may be lucky with its nearest values
        layer = redrawn(layer)
        inputs = correlated(*shape)
        with torch.inference_mode():
            for technique in errors:
                outputs = quantized(technique, layer, inputs, **options)(inputs)
                errors[technique] += float((outputs - layer(inputs)).norm())
    assert errors["gptq"] < 0.9 * errors["weight-only-quantization"]


def redrawn(layer: nn.Module) -> nn.Module:
    """Return the layer with new random weights."""
    layer = copy.deepcopy(layer)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -0.3, 0.3)
    return layer


def test_the_weights_lie_on_the_grid_of_the_unchanged_weights() -> None:
    layer, inputs = nn.Linear(24, 10), correlated(100, 24)
    model = CompressibleModel(nn.Sequential(layer), Architecture("none", {}))
    results = [
        apply_step(name, {"bits": 4}, LayerRules(), model, Context(data=Instances(inputs)))
        for name in ("gptq", "weight-only-quantization")
    ]
    compensating, nearest = (result.encodings["0.weight"] for result in results)
    assert torch.equal(compensating.scale, nearest.scale)
    weight = results[0].module.get_parameter("0.weight").detach()
    assert torch.equal(compensating.project(weight), weight)
    assert not torch.equal(weight, results[1].module.get_parameter("0.weight"))


@pytest.mark.parametrize("inputs", [5, 32, 70], ids=["one block", "full blocks", "an incomplete block"])
def test_blocks_give_what_elimination_one_by_one_gives(inputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "BLOCK", 16)
    generator = np.random.default_rng(inputs)
    weight = generator.normal(size=(4, inputs))
    data = generator.normal(size=(2 * inputs, inputs)) + generator.normal(size=(2 * inputs, 1))
    moments = data.T @ data
    moments = moments[np.ix_(order := np.argsort(-moments.diagonal(), kind="stable"), order)]
    scale, expected = 0.1, weight.copy()
    damped = moments + 0.01 * moments.diagonal().mean() * np.eye(inputs)
    for column in range(inputs):  # optimal brain surgeon with a fresh inverse for every column
        inverse = np.linalg.inv(damped[column:, column:])
        rounded = np.rint(expected[:, column] / scale) * scale
        error = (expected[:, column] - rounded) / inverse[0, 0]
        expected[:, column:] -= error[:, None] * inverse[0]
        expected[:, column] = rounded
    steps = Steps(torch.full((1, 4, inputs), scale), torch.full((1, 4, inputs), 128.0), 255)
    result = compensated(
        torch.from_numpy(weight)[None].float(), torch.from_numpy(moments)[None].float(), steps, damping=0.01
    )
    agreeing = np.isclose(result[0].numpy(), expected, atol=1e-3).mean()
    assert agreeing > 0.97  # float32 decides ties otherwise, and their errors spread


def test_independent_inputs_leave_nothing_to_make_up_for() -> None:
    weight, steps = torch.randn(1, 3, 8), Steps(torch.full((1, 3, 8), 0.3), torch.full((1, 3, 8), 8.0), 15)
    result = compensated(weight, torch.diag_embed(torch.rand(1, 8) + 1), steps, damping=0.01)
    codes = (weight / 0.3).round().add(8).clamp(0, 15)
    torch.testing.assert_close(result, (codes - 8) * 0.3)


def test_pruned_weights_stay_zero_and_their_loss_is_made_up_for() -> None:
    layer, inputs = nn.Linear(24, 10), correlated(100, 24)
    with torch.no_grad():
        layer.weight[:, ::3] = 0
    module = quantized("gptq", layer, inputs, bits=3)
    assert bool((module[0].weight[:, ::3] == 0).all())


@pytest.mark.parametrize("rank", [0, 1, 5])
def test_few_data_are_no_obstacle(rank: int) -> None:
    data = torch.randn(rank, 40)
    factor = inverse_factor((data.T @ data)[None], 1e-9)
    assert bool(factor.isfinite().all())


def test_unseen_layers_are_rounded_to_the_nearest_value() -> None:
    class Looking(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rows = nn.Embedding(12, 8)
            self.unused = nn.Linear(8, 4)

        def forward(self, values: Tensor) -> Tensor:
            return self.rows(values)

    model = CompressibleModel(Looking(), Architecture("none", {}))
    context = Context(data=Instances(torch.arange(12)[:, None]))
    one, other = (
        apply_step(name, {"bits": 4}, LayerRules(), model, context).module.state_dict()
        for name in ("gptq", "weight-only-quantization")
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_layers_wait_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = compressible_layers(nn.Sequential(*(nn.Linear(10, 10) for _ in range(5))))
    monkeypatch.setattr(gptq, "MOMENTS_AT_ONCE", 200)
    chosen = [(layer, GptqParams()) for layer in layers]
    assert [len(part) for part in portions(chosen)] == [2, 2, 1]
    monkeypatch.setattr(gptq, "MOMENTS_AT_ONCE", 1)
    assert [len(part) for part in portions(chosen)] == [1] * 5
