"""Float casting: weights are rounded to a shorter floating-point type.

Half precision follows IEEE 754-2008, bfloat16 keeps the range of float32 with 8 bits of precision
(D. Kalamkar et al., "A Study of BFLOAT16 for Deep Learning Training", 2019), and the 8-bit types are
those of P. Micikevicius et al., "FP8 Formats for Deep Learning", 2022, with a scale that puts the
largest weight at the end of the type's range. The file holds the short numbers. Arithmetic stays in
the model's own type, so that results are exactly reproducible and speed does not change.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context, Technique, techniques
from core.compression.elementwise import WEIGHTS, Weights
from core.compression.encoding.encodings import Cast, Encoding, Granularity, Layout, Palette
from core.compression.model import CompressibleModel
from core.domain.effect import Amount, CodeKind, Coding, Effect
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters

_NUMBERS = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float8-e4m3": torch.float8_e4m3fn,
    "float8-e5m2": torch.float8_e5m2,
}


class FloatCastingParams(Parameters):
    """Which numbers are stored."""

    format: Literal["float16", "bfloat16", "float8-e4m3", "float8-e5m2"] = Field(
        "float16",
        title="Format",
        description="e4m3 has more precision, e5m2 more range; bfloat16 has the range of float32.",
    )
    scaling: Literal["tensor", "channel"] = Field(
        "channel",
        title="Scaling",
        description="Which weights share a scale; used with the 8-bit formats only.",
    )
    weights: Weights = WEIGHTS


@techniques.register("float-casting")
class FloatCasting(Technique[FloatCastingParams]):
    """Rounds every weight to the nearest number of the format."""

    label = "Float casting"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    raw_weights = True
    headline = ("format", "weights")
    effect = Effect(
        Coding(
            Amount("format", by={"float16": 16, "bfloat16": 16, "float8-e4m3": 8, "float8-e5m2": 8}),
            "scaling",
            whole_with={"format": ("float16", "bfloat16")},
            kind=CodeKind.FLOAT,
        )
    )
    Params = FloatCastingParams

    def apply(self, model: CompressibleModel, params: FloatCastingParams, context: Context) -> None:
        """Round the weights and remember their types."""
        chosen = self.layers(model, params, context)
        for done, (layer, own) in enumerate(chosen, start=1):
            weight = layer.weight.detach()
            cast = fitted_cast(weight, own, Layout.of(layer, own.scaling))
            _require_in_range(weight, cast, layer.parameter_name, own.format)
            rounded = cast.project(weight)
            with torch.no_grad():
                layer.weight.copy_(rounded)
            model.encodings[layer.parameter_name] = _kept(
                model.encodings.get(layer.parameter_name), weight, cast
            )
            context.progress.report(done / len(chosen), layer.name)


def fitted_cast(weight: Tensor, params: FloatCastingParams, layout: Layout) -> Cast:
    """Return the cast whose range just holds the weight; types of 16 bits are not scaled."""
    number = _NUMBERS[params.format]
    if number.itemsize > 1:
        return Cast(number, Layout(Granularity.TENSOR), torch.ones(1, 1, device=weight.device))
    largest = layout.blocks(weight).float().abs().amax(dim=1, keepdim=True)
    scale = (largest / torch.finfo(number).max).clamp_(min=torch.finfo(torch.float32).tiny)
    return Cast(number, layout, scale)


def _require_in_range(weight: Tensor, cast: Cast, name: str, number: str) -> None:
    largest, most = float(weight.abs().max()), torch.finfo(cast.dtype).max
    if cast.dtype.itemsize > 1 and largest > most:
        raise UnusableInput(
            f"The weights {name} go up to {largest:.3g}, but {number} ends at {most:.3g}.",
            "Choose bfloat16, or exclude this layer.",
        )


def _kept(before: Encoding | None, weight: Tensor, cast: Cast) -> Encoding:
    """Return the encoding of the rounded weight: few values stay few, whatever type they are rounded to."""
    if isinstance(before, Palette) and cast.layout.granularity is Granularity.TENSOR:
        return Palette(cast.project(before.codebook.to(weight)).unique())
    return cast
