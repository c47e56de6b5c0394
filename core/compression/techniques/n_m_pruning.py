"""N:M pruning: of every M neighbouring inputs of an output channel, the N largest weights stay.

A. Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021 (arXiv 2104.08378); A. Zhou et al.,
"Learning N:M Fine-grained Structured Sparse Neural Networks From Scratch", ICLR 2021 (arXiv 2102.04010).
GPUs with sparse tensor cores multiply 2:4 weights faster; here they are stored sparse and multiplied
densely. Inputs of a convolution are counted channel by channel within each kernel position. Where M does
not divide the inputs, the last group is treated as if it were filled up with zeros: a 3 x 3 convolution of
3 channels has 27 inputs and keeps 14 of them (51.9 %) under 2:4.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.selection.patterns import Pattern
from core.domain.effect import Amount, Effect
from core.domain.technique import Family, Storage
from core.parameters import Parameters


class NMPruningParams(Parameters):
    """The pattern."""

    pattern: Literal["1:4", "2:4", "4:8", "1:2", "2:8"] = Field(
        "2:4", title="Pattern", description="Weights that stay, of how many neighbouring inputs."
    )


_ZEROS = {"1:4": 0.75, "2:4": 0.5, "4:8": 0.5, "1:2": 0.5, "2:8": 0.75}
"""Share of zeros by pattern, where groups are complete."""


@techniques.register("n-m-pruning")
class NMPruning(Technique[NMPruningParams]):
    """Semi-structured pruning by absolute value."""

    label = "N:M pruning"
    family = Family.WEIGHT_PRUNING
    storage = Storage.STORED
    needs_layers = True
    prunes = True
    raw_weights = True
    headline = ("pattern",)
    effect = Effect(zeros=(Amount("pattern", by=_ZEROS),))
    Params = NMPruningParams

    def apply(self, model: CompressibleModel, params: NMPruningParams, context: Context) -> None:
        """Set all but the largest weights of each group to zero."""
        for layer, own in self.layers(model, params, context):
            mask = Pattern.parse(own.pattern).mask(layer.weight.detach().float().abs(), layer.output_axis)
            model.prune(layer.parameter_name, mask)
