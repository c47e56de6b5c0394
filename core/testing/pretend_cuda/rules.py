"""Which tensors of different devices may meet in an operation, and what CUDA has no kernels for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

aten = torch.ops.aten
# They bring tensors from one device to another.
COPYING = frozenset({"aten::copy_", "aten::_to_copy", "aten::_copy_from"})
# Their index tensors may be on the CPU.
INDEXING = frozenset(
    {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_", "aten::_unsafe_index"}
)
# These too take a single number from the CPU, though they do not work element by element.
TAKING_NUMBERS = INDEXING | {"aten::fill", "aten::fill_", "aten::masked_fill", "aten::masked_fill_"}
PRODUCTS = frozenset(
    f"aten::{name}"
    for name in ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv", "dot", "convolution", "addmm_", "linear")
)
# What CUDA has no repeatable form of, and how PyTorch's warning names it.
IN_ANY_ORDER = {
    "aten::kthvalue": "kthvalue CUDA",
    "aten::histc": "_histc_cuda",
    "aten::_adaptive_avg_pool2d_backward": "adaptive_avg_pool2d_backward_cuda",
}
_ATTENTION = "Memory Efficient attention defaults to a non-deterministic algorithm."


class MixedDevicesError(RuntimeError):
    """Tensors of different devices met, which is an error on a real GPU."""


def require_one_device(func: OpOverload, args: Sequence[Any], tensors: Iterable[Tensor]) -> None:
    """Raise `MixedDevicesError` where a real GPU would refuse these tensors.

    Single numbers on the CPU may take part element by element; indices on the CPU may index a GPU's tensor.
    """
    name = func._schema.name
    if name in COPYING:
        return
    devices = {tensor.device for tensor in tensors}
    if len(devices) < 2:
        return
    if name in INDEXING:
        indices = {id(index) for index in args[1] if index is not None}
        if args[0].device.type == "cuda":
            tensors = [one for one in tensors if id(one) not in indices or one.device.type == "cuda"]
            devices = {tensor.device for tensor in tensors}
    if name in TAKING_NUMBERS or torch.Tag.pointwise in func.tags:
        changed = args[0] if func._schema.is_mutable and args else None
        devices = {one.device for one in tensors if one is changed or not _number_on_cpu(one)}
    if len(devices) > 1:
        found = " and ".join(sorted(map(str, devices)))
        raise MixedDevicesError(
            f"Expected all tensors to be on the same device, but found at least two devices, {found}! "
            f"({name})"
        )


def require_kernel(func: OpOverload, args: Sequence[Any]) -> None:
    """Raise what CUDA does for operations, types and sizes that it has no kernels for."""
    name = func._schema.name
    if not _on_cuda(func.name()):
        raise NotImplementedError(f"Could not run '{name}' with arguments from the 'CUDA' backend.")
    if name in IN_ANY_ORDER and torch.are_deterministic_algorithms_enabled():
        warnings.warn(f"{IN_ANY_ORDER[name]} does not have a deterministic implementation", stacklevel=2)
    operands = [value for value in args if isinstance(value, Tensor)]
    if name in PRODUCTS and not all(one.is_floating_point() or one.is_complex() for one in operands):
        raise NotImplementedError(f'"{name}_cuda" not implemented for {operands[0].dtype}')
    if name == "aten::_int_mm":
        rows, inputs = operands[0].shape
        if rows <= 16 or inputs % 8 or operands[1].shape[1] % 8:
            raise RuntimeError(f"self.size(0) needs to be greater than 16, sizes multiples of 8: {name}")


def warn_of_attention(query: Tensor) -> None:
    """Warn as CUDA does when gradients of attention are wanted and its fused kernel may be used."""
    fused = torch.backends.cuda.mem_efficient_sdp_enabled()
    if query.requires_grad and fused and torch.are_deterministic_algorithms_enabled():
        warnings.warn(_ATTENTION, stacklevel=2)


def require_generator(kwargs: Mapping[str, Any]) -> None:
    """Raise what CUDA does for random numbers that a generator of the CPU would draw."""
    if kwargs.get("generator") is not None:
        raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")


@cache
def _on_cuda(name: str) -> bool:
    """Return whether this build of torch has a CUDA kernel; builds without CUDA know none, so all pass."""
    if torch.version.cuda is None:
        return True
    return bool(torch._C._dispatch_has_computed_kernel_for_dispatch_key(name, "CUDA"))


def _number_on_cpu(value: Tensor) -> bool:
    return value.dim() == 0 and value.device.type == "cpu"
