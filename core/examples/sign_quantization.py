"""Sign quantization: a plug-in technique that keeps the sign of each weight and one size per layer.

M. Rastegari et al., "XNOR-Net", ECCV 2016: the best common size is the mean of the absolute values.
"""

import torch
from pydantic import Field

from core.compression.base import Context, Parameters, Technique, techniques
from core.compression.model import CompressibleModel
from core.domain.effect import Effect
from core.domain.technique import Family, Storage


class SignParams(Parameters):
    """What is left alone."""

    smallest: int = Field(1000, title="Smallest layer", ge=1, description="Smaller ones stay as they are.")


@techniques.register("sign-quantization")
class SignQuantization(Technique[SignParams]):
    """Two values per layer."""

    label = "Sign quantization"
    family = Family.QUANTIZATION
    storage = Storage.SIMULATED  # the file still holds floating-point numbers
    headline = ("smallest",)
    effect = Effect()  # so neither does the file, and previews say so
    Params = SignParams

    def apply(self, model: CompressibleModel, params: SignParams, context: Context) -> None:
        """Replace weights by plus or minus their mean size; pruned ones stay zero."""
        with torch.no_grad():
            for layer, chosen in self.layers(model, params, context):
                if layer.weight.numel() >= chosen.smallest:
                    kept = layer.weight[layer.weight != 0]
                    layer.weight.copy_(layer.weight.sign() * kept.abs().mean())
