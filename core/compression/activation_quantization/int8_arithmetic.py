"""Linear layers that really multiply in int8: torch's integer matrix product, scales for tokens and channels.

The weight stays a floating-point parameter on its grid, so that every later step and the file treat the
layer as before. Its int8 form is derived when the layer is called, and kept until the weight changes.
Where gradients are asked for, it computes with floating-point numbers rounded in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.activation_quantization.activations import DynamicQuantizer, attach, attached
from core.compression.edits import Edit, edits
from core.compression.layers import output_axis
from core.data.dataset import first_input

COMPUTE = "compute-in-int8"
_MULTIPLE = 8  # of the sizes that CUDA multiplies
_FEWEST_ROWS = 32  # that CUDA multiplies
_CLASSES: dict[type[nn.Module], type[nn.Module]] = {}


@dataclass(frozen=True)
class _Codes:
    """The int8 form of a weight: `(inputs, outputs)`, padded, and scales `(outputs,)`; and its origin."""

    weight: Tensor
    stamp: tuple[object, ...]
    codes: Tensor
    scale: Tensor


class Int8Arithmetic(nn.Module):
    """Mixed into a class of linear layers whose instances shall multiply in int8."""

    weight: nn.Parameter
    bias: nn.Parameter | None
    _derived: _Codes | None = None

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the outputs in the type of the inputs, which are given by any name."""
        inputs = first_input(args, kwargs)
        matrix = self.weight if output_axis(self) == 0 else self.weight.t()
        if torch.is_grad_enabled() and (inputs.requires_grad or self.weight.requires_grad):
            return functional.linear(DynamicQuantizer(1)(inputs), matrix, self.bias)
        derived = self._codes(matrix)
        rows = inputs.reshape(-1, inputs.shape[-1]).float()
        scale = rows.abs().amax(dim=1, keepdim=True).div_(127).clamp_(min=torch.finfo(torch.float32).tiny)
        product = int8_product(rows.div(scale).round_().to(torch.int8), derived.codes)
        outputs = product[:, : len(matrix)].float().mul_(scale).mul_(derived.scale)
        if self.bias is not None:
            outputs.add_(self.bias)
        return outputs.to(inputs.dtype).view(*inputs.shape[:-1], len(matrix))

    def _codes(self, matrix: Tensor) -> _Codes:
        version = 0 if self.weight.is_inference() else self.weight._version
        stamp = (self.weight.data_ptr(), version, self.weight.device, self.weight.dtype)
        known = self._derived
        if known is None or known.weight is not self.weight or known.stamp != stamp:
            known = self._derived = _Codes(self.weight, stamp, *int8_codes(matrix.detach()))
        return known


@edits.register(COMPUTE)
class ComputeInInt8(Edit):
    """Lets linear layers multiply in int8. Argument: `layers`, names. Quantizers of their inputs go."""

    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Give the layers a class that computes otherwise, with the same parameters under the same names."""
        for name in arguments["layers"]:
            layer = module.get_submodule(name)
            if not isinstance(layer, Int8Arithmetic):
                layer.__class__ = _int8_class(type(layer))
            if attached(layer) is not None:
                attach(layer, nn.Identity())


def int8_codes(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return codes `(inputs, outputs)`, padded to multiples of 8, and scales `(outputs,)` of weight rows."""
    scale = matrix.abs().amax(dim=1).float().div_(127).clamp_(min=torch.finfo(torch.float32).tiny)
    codes = matrix.float().div(scale[:, None]).round_().to(torch.int8)
    padded = functional.pad(codes, (0, -codes.shape[1] % _MULTIPLE, 0, -codes.shape[0] % _MULTIPLE))
    return padded.t(), scale


def int8_product(rows: Tensor, codes: Tensor) -> Tensor:
    """Return the int32 product of `(rows, inputs)` and `(inputs, outputs)`, both int8, codes as padded."""
    count = len(rows)
    missing = max(0, _FEWEST_ROWS - count) if rows.device.type == "cuda" else 0
    padded = functional.pad(rows, (0, codes.shape[0] - rows.shape[1], 0, missing))
    return torch._int_mm(padded, codes)[:count]


def missing_kernel() -> str:
    """Return why this machine cannot multiply in int8, empty where it can."""
    try:
        ones = torch.ones(8, 8, dtype=torch.int8)
        torch._int_mm(ones, ones)
    except (AttributeError, RuntimeError) as error:
        return f"This build of torch has no int8 matrix product: {error}"
    return ""


def _int8_class(kind: type[nn.Module]) -> type[nn.Module]:
    """Return the one class that computes like `kind`, but in int8."""
    if kind not in _CLASSES:
        _CLASSES[kind] = type(f"Int8{kind.__name__}", (Int8Arithmetic, kind), {})
    return _CLASSES[kind]
