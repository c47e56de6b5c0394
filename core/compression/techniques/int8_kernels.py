"""Int8 arithmetic: linear layers compute with int8 weights and activations; smaller file, really faster.

T. Dettmers, M. Lewis, Y. Belkada and L. Zettlemoyer, "LLM.int8()", NeurIPS 2022, describe scales for each
token and each output channel around one integer matrix product; here all features take part in it. Linear
layers and GPT-2's Conv1D are computed this way, on processors and on GPUs. Other layers have no such
product in torch and are left as they are. How much faster it gets depends on the instructions of the
machine, see the profile. Weights are stored as int8.
"""

from __future__ import annotations

from torch import nn
from torch.nn.modules.conv import _ConvNd

from core.compression.activation_quantization.activations import called_modules
from core.compression.activation_quantization.int8_arithmetic import COMPUTE, missing_kernel
from core.compression.base import Context, Technique, techniques
from core.compression.layers import Layer, sizes
from core.compression.model import CompressibleModel
from core.compression.quantization.grids import quantize_to_int8
from core.domain.effect import Amount, Coding, Effect
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class Int8KernelsParams(Parameters):
    """Nothing to choose."""


@techniques.register("int8-kernels")
class Int8Kernels(Technique[Int8KernelsParams]):
    """Quantizes linear layers and lets them compute in int8."""

    label = "Int8 arithmetic"
    family = Family.QUANTIZATION
    storage = Storage.STORED
    needs_layers = True
    keeps_modules = False
    effect = Effect(Coding(Amount(value=8)), only=r": (\w*Linear|Conv1D)$")
    Params = Int8KernelsParams

    def unavailable(self) -> str:
        """Return why there is no integer matrix product, see `Technique.unavailable`."""
        return missing_kernel()

    def apply(self, model: CompressibleModel, params: Int8KernelsParams, context: Context) -> None:
        """Round the weights of linear layers, and exchange their arithmetic."""
        reached = [layer for layer, _ in self.layers(model, params, context)]
        chosen = [
            layer for layer in reached if called_modules(model.module, layer) and _linear(layer, model.module)
        ]
        if not chosen:
            raise UnusableInput(
                "There is no linear layer to compute in int8.",
                "Widen the layer rules, or choose static or dynamic int8, which act it out for convolutions.",
            )
        others = (layer for layer in reached if layer not in chosen)
        self.note_left_alone(model, sizes(others), "only linear layers compute in int8")
        for done, layer in enumerate(chosen, start=1):
            quantize_to_int8(model, layer)
            context.progress.report(done / len(chosen), layer.name)
        names = [name for layer in chosen for name in called_modules(model.module, layer)]
        model.edit(COMPUTE, {"layers": names})


def _linear(layer: Layer, module: nn.Module) -> bool:
    """Return whether no module that shares the weight is a convolution; embeddings only look it up."""
    return not any(isinstance(module.get_submodule(name), _ConvNd) for name in layer.names)
