"""Int8 layers that torchao's kernels compute while a model is measured, from the codes that its file holds.

Evaluation, training and the file keep the weights as they are, so that results depend on no optional
library; only times and memory are taken from these kernels. https://github.com/pytorch/ao
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.activation_quantization.activations import (
    CHILD,
    DynamicQuantizer,
    attached,
    called_modules,
)
from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic
from core.compression.encoding.encodings import Encoding, Granularity, Grid
from core.compression.layers import Layer, compressible_layers, is_conv1d
from core.compression.model import CompressibleModel
from core.data.dataset import Inputs, call, first_input

ENOUGH = 0.5  # share of the coded numbers that layers multiply which must suit, so that changing over pays
CLOSE = 0.2  # relative difference of outputs that two ways of rounding activations can explain
_ZERO = 128  # the code of zero on a symmetric grid


@dataclass(frozen=True)
class NativeLayers:
    """Names of modules whose int8 weights torchao multiplies: with numbers, or with int8 activations.

    library: its name and version, empty without layers. refused: why it computes nothing after all.
    """

    library: str = ""
    weight_only: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    refused: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All the modules."""
        return self.weight_only + self.dynamic

    def __str__(self) -> str:
        """What is computed how, for people; empty if nothing."""
        counts = {"int8 weights": len(self.weight_only), "int8 weights and activations": len(self.dynamic)}
        parts = [f"{what} in {count} layers" for what, count in counts.items() if count]
        return self.refused or (f"{self.library}: {', '.join(parts)}" if parts else "")


def native_layers(model: CompressibleModel) -> NativeLayers:
    """Return the layers that an installed torchao can compute; none if they are a small part of the model."""
    library = installed()
    if not library:
        return NativeLayers()
    multiplied = fitting = 0
    weight_only: list[str] = []
    dynamic: list[str] = []
    for layer in compressible_layers(model.module):
        names = called_modules(model.module, layer)
        encoding = model.encodings.get(layer.parameter_name)
        if encoding is None or not names:
            continue
        multiplied += layer.weight.numel()
        chosen = [name for name in names if _suits(model.module.get_submodule(name))]
        if chosen and _has_int8_rows(layer, encoding):
            fitting += layer.weight.numel()
            for name in chosen:
                rounded = attached(model.module.get_submodule(name)) is not None
                (dynamic if rounded else weight_only).append(name)
    if not fitting or fitting < ENOUGH * multiplied:
        return NativeLayers()
    return NativeLayers(library, tuple(weight_only), tuple(dynamic))


@contextmanager
def computing_natively(model: CompressibleModel, inputs: Inputs) -> Iterator[NativeLayers]:
    """Let torchao compute the layers that suit it as long as the context lasts, and yield which.

    inputs: what the model is called with to see whether that works and gives the same outputs; else all
        stays as it is.
    """
    layers = native_layers(model)
    with ExitStack() as exchanged:
        reason = _exchange(model, layers, inputs, exchanged) if layers.library else ""
        if reason:
            exchanged.close()
            layers = NativeLayers(refused=f"{layers.library} is not used: {reason}")
        yield layers


@cache
def installed() -> str:
    """Return name and version of torchao, empty where it is not installed."""
    try:
        return f"torchao {version('torchao')}"
    except PackageNotFoundError:
        return ""


def native_weight(codes: Tensor, scale: Tensor, *, dynamic: bool) -> Tensor:
    """Return torchao's tensor of a linear layer's weight.

    codes: int8 `(outputs, inputs)`. scale: float32 `(outputs, 1)`. dynamic: whether inputs are rounded to
        int8 too, with a scale for each token.
    """
    kind, arguments, per_row = _torchao()
    return kind(  # type: ignore[no-any-return]
        codes,
        scale,
        [1, codes.shape[1]],
        scale.dtype,
        zero_point=torch.zeros_like(scale, dtype=torch.int8),
        act_quant_kwargs=arguments(per_row) if dynamic else None,
    )


def _exchange(model: CompressibleModel, layers: NativeLayers, inputs: Inputs, exchanged: ExitStack) -> str:
    """Change the layers over, and return why that is no good, empty if it is."""
    with torch.inference_mode():
        expected = call(model.module, inputs)
    encodings = {
        name: model.encodings[layer.parameter_name]
        for layer in compressible_layers(model.module)
        for name in layer.names
        if name in layers.names
    }
    try:
        for name, encoding in encodings.items():
            exchanged.enter_context(_exchanged(model.module.get_submodule(name), encoding))
        with torch.inference_mode():
            found = call(model.module, inputs)
    except torch.OutOfMemoryError:
        raise
    except (ImportError, OSError, RuntimeError, TypeError, AssertionError) as error:
        return next(iter(str(error).strip().splitlines()), type(error).__name__)
    difference = float((found - expected).norm() / expected.norm().clamp_(min=1e-30))
    return "" if difference < CLOSE else f"outputs differ by {difference * 100:.0f} %"


@contextmanager
def _exchanged(layer: nn.Module, encoding: Encoding) -> Iterator[None]:
    """Give a layer torchao's weight instead of its own and its quantizer, as long as the context lasts."""
    weight, kind, quantizer = layer.get_parameter("weight"), type(layer), attached(layer)
    codes, scale = _rows(layer, weight.detach(), encoding)
    native = native_weight(codes, scale, dynamic=quantizer is not None)
    layer.weight = nn.Parameter(native, requires_grad=False)
    if is_conv1d(layer):
        layer.__class__ = _TransposedLinear
    if quantizer is not None:
        layer.register_module(CHILD, nn.Identity())
    try:
        yield
    finally:
        layer.weight = weight
        layer.__class__ = kind
        if quantizer is not None:
            layer.register_module(CHILD, quantizer)


class _TransposedLinear(nn.Module):
    """What GPT-2's Conv1D becomes when its weight is stored like that of a linear layer."""

    weight: Tensor
    bias: Tensor | None

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        return functional.linear(first_input(args, kwargs), self.weight, self.bias)


def _rows(layer: nn.Module, weight: Tensor, encoding: Encoding) -> tuple[Tensor, Tensor]:
    """Return int8 codes `(outputs, inputs)` and their scales `(outputs, 1)`."""
    if not isinstance(encoding, Grid):
        raise TypeError(f"{type(encoding).__name__} has no scales")
    codes = (encoding.encode(weight).short() - _ZERO).to(torch.int8)
    rows = codes.t().contiguous() if is_conv1d(layer) else codes
    return rows, encoding.scale.to(weight.device).expand(len(rows), 1).contiguous()


def _has_int8_rows(layer: Layer, encoding: Encoding) -> bool:
    """Return whether a weight lies on a symmetric grid of 8 bits with at most a scale per output channel."""
    return (
        isinstance(encoding, Grid)
        and encoding.bits == 8
        and encoding.layout.granularity is not Granularity.GROUP
        and encoding.layout.axis == layer.output_axis
        and bool((encoding.zero == _ZERO).all())
        and torch.equal(encoding.project(layer.weight.detach()), layer.weight.detach())
    )


def _suits(layer: nn.Module) -> bool:
    """Return whether a layer is linear and takes its inputs as they are, or rounded token by token."""
    quantizer = attached(layer)
    rounded = isinstance(quantizer, DynamicQuantizer) and quantizer.axes == 1
    linear = type(layer).forward is nn.Linear.forward or is_conv1d(layer)
    return linear and not isinstance(layer, Int8Arithmetic) and (quantizer is None or rounded)


@cache
def _torchao() -> tuple[Any, Any, Any]:
    """Return torchao's class of int8 tensors, that of the rounding of inputs, and a scale per row."""
    from torchao.quantization import Int8Tensor, PerRow
    from torchao.quantization.quantize_.workflows import QuantizeTensorToInt8Kwargs

    return Int8Tensor, QuantizeTensorToInt8Kwargs, PerRow()
