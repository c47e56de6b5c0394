"""GPTQ: weights are rounded one input after the other, and the weights left make up for each error.

E. Frantar, S. Ashkboos, T. Hoefler and D. Alistarh, "GPTQ: Accurate Post-Training Quantization for
Generative Pre-trained Transformers", ICLR 2023 (arXiv 2210.17323). Training data show which inputs occur
together. As many layers as fit in memory are rounded at a time, the later ones with inputs from layers
rounded before. Weights whose inputs cannot be seen (embeddings, transposed convolutions, output layers
of torch's multi-head attention) are rounded to the nearest value. Pruned weights stay pruned. The weights
are stored bit-packed; arithmetic stays in floating point, so speed does not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.calibration_statistics.layer_inputs import groups, second_moments
from core.compression.encoding.encodings import Grid, Layout
from core.compression.layers import Layer, outputs_back, rows
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import fitted_grid, put_on_grid
from core.compression.quantization.rounding import Steps, compensated
from core.domain.effect import Amount, Coding, Effect
from core.domain.technique import Family, Storage
from core.parameters import Declared
from core.ports import PartOfProgress

MOMENTS_AT_ONCE = 1 << 27  # numbers, of 4 bytes


class GptqParams(CalibrationParams):
    """Resolution of the grid, which weights share one, and how much data is looked at."""

    bits: int = Field(
        4,
        title="Bits",
        ge=2,
        le=8,
        description="Bits of each weight.",
        json_schema_extra=Declared(unit="bit"),
    )
    granularity: Literal["channel", "group"] = Field(
        "channel",
        title="Granularity",
        description="Which weights share a scale: an output channel or a group.",
    )
    group_size: int = Field(
        32, title="Group size", ge=8, le=4096, description="Inputs that share a scale; used with groups only."
    )
    scheme: Literal["symmetric", "asymmetric"] = Field(
        "symmetric",
        title="Scheme",
        description="Symmetric: the grid is centred on zero. Asymmetric: it fits the range.",
    )
    damping: float = Field(
        0.01,
        title="Damping",
        gt=0,
        le=1,
        description="Share of the inputs' mean square added to each, against overfitting to few data.",
    )


@techniques.register("gptq")
class Gptq(Technique[GptqParams]):
    """Rounds with compensation, layer by layer."""

    label = "GPTQ rounding"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("bits", "granularity")
    needs_data = True
    stochastic = True
    effect = Effect(
        Coding(
            Amount("bits"),
            "granularity",
            group="group_size",
            zero_points_with={"scheme": ("asymmetric",)},
        )
    )
    Params = GptqParams

    def apply(self, model: CompressibleModel, params: GptqParams, context: Context) -> None:
        """Look at inputs, round, and go on with the next layers."""
        chosen = self.layers(model, params, context)
        done = 0
        for part in portions(chosen):
            ends = done / len(chosen), (done + len(part)) / len(chosen)
            own = replace(context, progress=PartOfProgress(context.progress, *ends))
            moments = second_moments(
                model.module, [layer for layer, _ in part], calibration_batches(model, own, params)
            )
            for layer, its in part:
                _round(model, layer, its, moments.get(layer.parameter_name))
            done += len(part)


def portions(chosen: Sequence[tuple[Layer, GptqParams]]) -> Iterator[list[tuple[Layer, GptqParams]]]:
    """Yield consecutive layers whose moments fit in memory together, at least one at a time."""
    part: list[tuple[Layer, GptqParams]] = []
    used = 0
    for layer, params in chosen:
        inputs = layer.weight.numel() // layer.outputs
        needed = groups(layer) * inputs**2
        if part and used + needed > MOMENTS_AT_ONCE:
            yield part
            part, used = [], 0
        part.append((layer, params))
        used += needed
    yield part


def _round(model: CompressibleModel, layer: Layer, params: GptqParams, moments: Tensor | None) -> None:
    weight = layer.weight.detach()
    layout = Layout.of(layer, params.granularity, params.group_size)
    grid = fitted_grid(weight, layout, bits=params.bits, symmetric=params.scheme == "symmetric")
    if moments is not None:
        matrix = _grouped(weight, layer).float()
        rounded = compensated(matrix, moments, _steps(grid, layer), damping=params.damping)
        with torch.no_grad():
            layer.weight.copy_(outputs_back(rounded, weight.shape, layer.output_axis))
    put_on_grid(model, layer, grid)


def _steps(grid: Grid, layer: Layer) -> Steps:
    """Return the grid's scales and zeros for each weight."""
    like = grid.layout.blocks(layer.weight.detach())
    scale, zero = (
        _grouped(grid.layout.weight(table.float().expand_as(like), layer.weight.shape), layer)
        for table in (grid.scale, grid.zero)
    )
    return Steps(scale, zero, 2**grid.bits - 1)


def _grouped(weight: Tensor, layer: Layer) -> Tensor:
    """Return a weight as `(groups, outputs, inputs)`."""
    matrix: Tensor = rows(weight, layer.output_axis).unflatten(0, (groups(layer), -1))
    return matrix
