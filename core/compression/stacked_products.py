"""What is multiplied with each matrix of a stack, such as the experts of a mixture in one tensor.

Experts are no modules, so no hook sees their inputs. Instead every matrix product is looked at while the
model runs: its second factor lies in the memory of a stack or it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from core.compression.finite import require_finite
from core.compression.layers import Layer

Look = Callable[[Layer, int, Tensor], None]
_PRODUCTS = {
    functional.linear,
    torch.matmul,
    torch.mm,
    torch.bmm,
    Tensor.matmul,
    Tensor.__matmul__,
    Tensor.mm,
    Tensor.bmm,
}
_IMPLEMENTATION = "_experts_implementation"


@contextmanager
def products_seen(module: nn.Module, stacks: Sequence[Layer], look: Look) -> Iterator[None]:
    """Call `look(stack, index, inputs)` for each product with a matrix of a stack.

    inputs: `(samples, inputs)`.

    Raises:
        UnusableInput: inputs are NaN or infinite.
    """
    if not stacks:
        yield
        return
    with _one_by_one(module), _Products(stacks, look):
        yield


class _Products(TorchFunctionMode):
    """Looks at every matrix product as long as it is entered."""

    def __init__(self, layers: Sequence[Layer], look: Look) -> None:
        super().__init__()
        self._layers = {layer.weight.untyped_storage().data_ptr(): layer for layer in layers}
        self._look = look

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Look at a product, then compute it."""
        if func in _PRODUCTS and len(args) > 1 and isinstance(args[1], Tensor):
            layer = self._layers.get(args[1].untyped_storage().data_ptr())
            if layer is not None:
                self._see(layer, args[0].detach(), args[1])
        return func(*args, **(kwargs or {}))

    def _see(self, layer: Layer, inputs: Tensor, factor: Tensor) -> None:
        require_finite(inputs, f"The inputs of {layer.parameter_name}", ())
        size = layer.weight[0].numel()
        first = int(factor.storage_offset() - layer.weight.storage_offset()) // size
        if factor.numel() == size:
            self._look(layer, first, inputs.reshape(-1, inputs.shape[-1]))
        elif factor.numel() == layer.weight.numel() and factor.dim() == inputs.dim() == 3:
            for index, part in enumerate(inputs):
                self._look(layer, index, part)


@contextmanager
def _one_by_one(module: nn.Module) -> Iterator[None]:
    """Let experts of the transformers library be multiplied one after the other, not all at once."""
    found = {id(child.config): child.config for child in module.modules() if _chooses(child)}
    before = {key: getattr(config, _IMPLEMENTATION) for key, config in found.items()}
    for config in found.values():
        setattr(config, _IMPLEMENTATION, "eager")
    try:
        yield
    finally:
        for key, config in found.items():
            setattr(config, _IMPLEMENTATION, before[key])


def _chooses(module: nn.Module) -> bool:
    return hasattr(getattr(module, "config", None), _IMPLEMENTATION)
