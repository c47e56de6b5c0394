"""Products of tensors, whichever of torch's functions computes them, written with a label for each axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_letters
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Terms = tuple[tuple[str, ...], ...]
_MATRICES = {
    torch.matmul,
    torch.mm,
    torch.bmm,
    torch.mv,
    Tensor.matmul,
    Tensor.__matmul__,
    Tensor.mm,
    Tensor.bmm,
    Tensor.mv,
}
_SUMS = {torch.addmm, torch.baddbmm, Tensor.addmm, Tensor.baddbmm}  # of a tensor and a product


@dataclass(frozen=True)
class Product:
    """A product of operands, summed over the labels that `out` lacks.

    terms: the labels of each operand's axes. bias: what is added.
    """

    operands: tuple[Any, ...]
    terms: Terms
    out: tuple[str, ...]
    bias: Any = None

    def replaced(self, place: int, operand: Any) -> Product:
        """Return the same with another operand of the same axes."""
        return replace(self, operands=(*self.operands[:place], operand, *self.operands[place + 1 :]))

    def computed(self) -> Tensor:
        """Return the result."""
        labels = dict.fromkeys(label for term in self.terms for label in term)
        letters = {label: ascii_letters[at] for at, label in enumerate(labels)}
        left = ",".join("".join(letters[label] for label in term) for term in self.terms)
        result: Tensor = torch.einsum(
            f"{left}->{''.join(letters[label] for label in self.out)}", *self.operands
        )
        return result if self.bias is None else result + self.bias


def product(
    function: Callable[..., Any], arguments: Sequence[Any], named: Mapping[str, Any] | None = None
) -> Product | None:
    """Return what a call multiplies; None if it is not a product of tensors.

    Operands need `dim()` only, so that what stands for a tensor is one.
    """
    values = (*arguments, *(named or {}).values())
    if function is torch.einsum and isinstance(values[0], str):
        return _written(values[0], values[1:])
    if function is functional.linear and len(values) >= 2:
        lines = tuple(f"sample {axis}" for axis in range(values[0].dim() - 1))
        bias = values[2] if len(values) > 2 else None
        if values[1].dim() == 2:
            return Product(tuple(values[:2]), ((*lines, "in"), ("out", "in")), (*lines, "out"), bias)
    if function in _MATRICES and len(values) >= 2:
        return _matrices(values[0], values[1])
    if function in _SUMS and len(values) == 3:  # without factors
        return replace(_matrices(values[1], values[2]), bias=values[0])
    return None


def _matrices(one: Any, other: Any) -> Product:
    """Return a product as `torch.matmul` computes it."""
    lines = () if one.dim() == 1 else ("line",)
    columns = () if other.dim() == 1 else ("column",)
    before, after = (tuple(_stacked(factor.dim() - 2)) for factor in (one, other))
    return Product(
        (one, other),
        ((*before, *lines, "in"), (*after, "in", *columns)),
        (*max(before, after, key=len), *lines, *columns),
    )


def _stacked(axes: int) -> list[str]:
    """Return labels of leading axes, which are counted from the last one."""
    return [f"stack {axis}" for axis in range(axes, 0, -1)]


def _written(equation: str, operands: Sequence[Any]) -> Product | None:
    """Return what an equation of `torch.einsum` says."""
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    left, arrow, right = equation.replace(" ", "").partition("->")
    written = left.split(",")
    if len(written) != len(operands):
        return None
    hidden = [
        operand.dim() - len(term.replace("...", "")) for term, operand in zip(written, operands, strict=True)
    ]
    terms = tuple(_labels(term, axes) for term, axes in zip(written, hidden, strict=True))
    if arrow:
        out = _labels(right, max(hidden) if "..." in right else 0)
    else:
        named = "".join(written).replace(".", "")
        most = _stacked(max(hidden)) if "..." in left else []
        out = (*most, *sorted(letter for letter in set(named) if named.count(letter) == 1))
    return Product(tuple(operands), terms, out)


def _labels(term: str, hidden: int) -> tuple[str, ...]:
    before, dots, after = term.partition("...")
    return (*before, *(_stacked(hidden) if dots else ()), *after)
