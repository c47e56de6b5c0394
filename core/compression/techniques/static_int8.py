"""Static int8: int8 weights, activations in ranges calibrated on training data; smaller file, same speed.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018; the choice of ranges follows H. Wu et al., "Integer Quantization for Deep Learning
Inference", 2020. Some training instances run through the unchanged model; each layer's inputs then get
one scale and zero point for 8 bits, which the checkpoint holds. The weights are stored as int8 with
a scale for each output channel; the arithmetic is acted out in floating point, so speed does not change.
Experts in one tensor have one range together. Layers whose inputs are never seen (embeddings, recurrent
layers, and those of torch's multi-head attention) have their weights quantized only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from core.compression.activation_quantization.activations import StaticQuantizer, attached, called_modules
from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.calibration_statistics.observers import Range, observed_ranges
from core.compression.layers import Layer, output_axis
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import note_unrounded, quantize_to_int8
from core.compression.stacked_weights.stack_edits import ROUND_STACK_INPUTS
from core.compression.stacked_weights.stand_ins import QUANTIZER
from core.data.dataset import Batch
from core.domain.effect import Amount, Coding, Effect
from core.domain.technique import Family, Storage
from core.parameters import Declared
from core.ports import PartOfProgress


class StaticInt8Params(CalibrationParams):
    """How ranges of activations are found."""

    observer: Literal["min-max", "percentile", "mse"] = Field(
        "percentile",
        title="Observer",
        description="Which range is covered: the whole, all but extremes, or the one with the least error.",
    )
    percentile: float = Field(
        99.99,
        title="Percentile",
        ge=90,
        le=100,
        description="Where the range ends; used with the percentile observer only.",
        json_schema_extra=Declared(unit="%"),
    )


@techniques.register("static-int8")
class StaticInt8(Technique[StaticInt8Params]):
    """Calibrates the ranges of inputs, then quantizes weights and inputs."""

    label = "Static int8"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("observer",)
    needs_data = True
    stochastic = True
    effect = Effect(Coding(Amount(value=8)), layer_bytes=230)
    Params = StaticInt8Params

    def apply(self, model: CompressibleModel, params: StaticInt8Params, context: Context) -> None:
        """Watch inputs, round the weights, and let inputs pass through quantizers."""
        chosen = self.layers(model, params, context)
        ranges: dict[str, Range] = {}
        for own in dict.fromkeys(own for _, own in chosen):
            ranges |= _calibrated(model, [layer for layer, its in chosen if its == own], own, context)
        for layer, _ in chosen:
            quantize_to_int8(model, layer)
        note_unrounded(model, [layer for layer, _ in chosen if layer.parameter_name not in ranges])
        stacks = [layer.parameter_name for layer, _ in chosen if layer.parameter_name in ranges]
        layers = [name for name in ranges if name not in stacks]
        if layers:
            model.edit("quantize-inputs-statically", {"layers": layers})
        if stacks:
            model.edit(ROUND_STACK_INPUTS, {"stacks": stacks, "per": "range"})
        for name, (low, high) in ranges.items():
            quantizer = (
                model.module.get_submodule(f"{name}{QUANTIZER}")
                if name in stacks
                else attached(model.module.get_submodule(name))
            )
            if isinstance(quantizer, StaticQuantizer):
                quantizer.fit(low, high)


def _calibrated(
    model: CompressibleModel, layers: Sequence[Layer], params: StaticInt8Params, context: Context
) -> dict[str, Range]:
    stacks = [layer for layer in layers if layer.matrix_axis is not None]
    names = [
        name
        for layer in layers
        if layer.matrix_axis is None and output_axis(layer.module) is not None
        for name in called_modules(model.module, layer)
    ]
    passes = iter(((0.0, 0.5), (0.5, 1.0)))

    def batches() -> Iterator[Batch]:
        part = replace(context, progress=PartOfProgress(context.progress, *next(passes)))
        return calibration_batches(model, part, params)

    return observed_ranges(
        model.module,
        [*names, *stacks],
        batches,
        observer=params.observer,
        percentile=params.percentile,
    )
