"""What is multiplied with each matrix of a stack, such as the experts of a mixture in one tensor.

Experts are no modules, so no hook sees their inputs. Instead every product is looked at while the model runs:
one of its factors lies in the memory of a stack or it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from core.compression.finite import require_finite
from core.compression.layers import Layer
from core.compression.stacked_weights.products import Product, product
from core.compression.stacked_weights.single_experts import one_by_one
from core.compression.stacked_weights.stand_ins import StandIn

Look = Callable[[Layer, int, Tensor], None]


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
    with one_by_one(module), _Products(stacks, look):
        yield


class _Products(TorchFunctionMode):
    """Looks at every product as long as it is entered."""

    def __init__(self, layers: Sequence[Layer], look: Look) -> None:
        super().__init__()
        self._layers = {layer.weight.untyped_storage().data_ptr(): layer for layer in layers}
        self._look = look

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Look at a product, then compute it."""
        if any(isinstance(value, StandIn) for value in args):
            with self:  # which looks at the products that it is computed with
                return StandIn.__torch_function__(func, types, args, kwargs)
        found = product(func, args, kwargs)
        if found is not None and all(isinstance(operand, Tensor) for operand in found.operands):
            for place, operand in enumerate(found.operands):
                layer = self._layers.get(operand.untyped_storage().data_ptr())
                if layer is not None:
                    self._see(layer, found, place)
        return func(*args, **(kwargs or {}))

    def _see(self, layer: Layer, found: Product, place: int) -> None:
        """Look at what meets the matrices that the operand at `place` holds."""
        factor = found.operands[place]
        axes = _axes(layer, factor)
        labels = dict(zip(axes, found.terms[place], strict=True))
        outputs, inputs = layer.stack_axes
        others = _others(found, place)
        if others is None or labels.get(inputs) not in others[1] or labels.get(outputs) in others[1]:
            return
        if factor.shape[axes.index(inputs)] != layer.weight.shape[inputs]:
            return
        values, term = others
        if values.numel() == 0:
            return
        require_finite(values, f"The inputs of {layer.parameter_name}", ())
        values = values.detach().movedim(term.index(labels[inputs]), -1)
        term = tuple(label for label in term if label != labels[inputs])
        first = int(factor.storage_offset() - layer.weight.storage_offset()) // layer.weight.stride(0)
        if 0 not in labels:
            self._look(layer, first, values.reshape(-1, values.shape[-1]))
            return
        count = factor.shape[axes.index(0)]
        apart = values.movedim(term.index(labels[0]), 0) if labels[0] in term else values[None]
        for index in range(count):
            part = apart[index if len(apart) == count else 0]
            self._look(layer, first + index, part.reshape(-1, part.shape[-1]))


def _axes(layer: Layer, factor: Tensor) -> list[int]:
    """Return which axis of a stack each axis of a view of it is; -1 for another."""
    strides = layer.weight.stride()
    return [strides.index(stride) if stride in strides else -1 for stride in factor.stride()]


def _others(found: Product, place: int) -> tuple[Tensor, tuple[str, ...]] | None:
    """Return what an operand is multiplied with and the labels of its axes; None if these repeat."""
    rest = [at for at in range(len(found.operands)) if at != place]
    if any(len(set(found.terms[at])) < len(found.terms[at]) for at in rest) or not rest:
        return None
    if len(rest) == 1:
        return found.operands[rest[0]], found.terms[rest[0]]
    terms = tuple(found.terms[at] for at in rest)
    labels = tuple(dict.fromkeys(label for term in terms for label in term))
    return Product(tuple(found.operands[at] for at in rest), terms, labels).computed(), labels
