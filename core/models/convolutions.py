"""Keeps gradients away from a convolution kernel of oneDNN that writes beyond its memory.

For strided 1 x 1 convolutions of channels-last inputs, oneDNN 3.12's AVX2 kernel of the weights' gradient
(`jit_1x1`, backward_weights) packs the input into a workspace sized for the channels there are, but writes
whole blocks of 8: with fewer channels it corrupts the heap or returns wrong gradients
(github.com/uxlfoundation/oneDNN/issues/6035). Channel pruning makes such layers of shortcut projections.
Inputs in PyTorch's default memory format take another kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

_BLOCK = 16  # channels that the widest kernels (AVX-512) take at once


@contextmanager
def sound_gradients(module: nn.Module) -> Iterator[None]:
    """Let gradients be taken through a module on a CPU until the context ends; values do not change."""
    hooks = [
        child.register_forward_pre_hook(_in_default_format, with_kwargs=True)
        for child in module.modules()
        if _overrun(child) and child.weight.device.type == "cpu"
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _overrun(module: nn.Module) -> bool:
    """Return whether a module is a strided 1 x 1 convolution whose input channels do not fill a block."""
    return (
        isinstance(module, _ConvNd)
        and not isinstance(module, _ConvTransposeNd)
        and all(size == 1 for size in module.kernel_size)
        and any(step > 1 for step in module.stride)
        and module.in_channels // module.groups < _BLOCK
    )


def _in_default_format(
    _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return tuple(map(_contiguous, args)), {name: _contiguous(value) for name, value in kwargs.items()}


def _contiguous(value: Any) -> Any:
    return value.contiguous() if isinstance(value, Tensor) else value
