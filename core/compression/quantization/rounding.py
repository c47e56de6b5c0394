"""Rounding a weight matrix so that what one weight loses, the weights not yet rounded make up for.

E. Frantar et al., "GPTQ", ICLR 2023 (arXiv 2210.17323): inputs are rounded one after the other, the one
that sees the largest values first, and the error is spread over the remaining ones as the inverse of the
inputs' second moments demands. Grids are fixed beforehand, from the unchanged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 128  # columns between two updates of all that is left


@dataclass(frozen=True)
class Steps:
    """The grid of each weight, `(groups, outputs, inputs)`: `weight = (code - zero) * scale`."""

    scale: Tensor
    zero: Tensor
    levels: int

    def ordered(self, order: Tensor) -> Steps:
        """Return the same with the inputs in another order `(groups, inputs)`."""
        return Steps(_taken(self.scale, order), _taken(self.zero, order), self.levels)

    def rounded(self, column: Tensor, index: int) -> Tensor:
        """Return the nearest allowed values of the inputs' column `(groups, outputs)`."""
        scale, zero = self.scale[..., index], self.zero[..., index]
        return ((column / scale).round_().add_(zero).clamp_(0, self.levels) - zero) * scale


def compensated(weight: Tensor, moments: Tensor, steps: Steps, *, damping: float) -> Tensor:
    """Return the weight on its grid, with a small error of the outputs; zeros stay zeros.

    weight: `(groups, outputs, inputs)` float32. moments: `(groups, inputs, inputs)`, sums of products of
        inputs. damping: share of their mean square that is added to each, against overfitting to few data.
    """
    order = moments.diagonal(dim1=1, dim2=2).argsort(dim=1, descending=True, stable=True)
    moments = _taken(_taken(moments, order).transpose(1, 2), order)
    factor = inverse_factor(moments, damping)
    result = _rounded(_taken(weight, order), factor, steps.ordered(order))
    return torch.empty_like(result).scatter_(2, order[:, None, :].expand_as(result), result)


def inverse_factor(moments: Tensor, damping: float) -> Tensor:
    """Return the upper Cholesky factor of the inverse of damped moments `(groups, inputs, inputs)`, float32.

    Where rounding errors make the matrix indefinite, damping grows until it is not.
    """
    exact = moments.double()
    diagonal = exact.diagonal(dim1=1, dim2=2)
    diagonal.masked_fill_(diagonal == 0, 1)  # inputs that are always zero cannot make up for anything
    mean = diagonal.mean(dim=1)[:, None, None]
    unit = torch.eye(exact.shape[1], dtype=exact.dtype, device=exact.device)
    while True:
        lower, failed = torch.linalg.cholesky_ex(exact + damping * mean * unit)
        if not bool(failed.any()):
            break
        damping *= 10
    factor: Tensor = torch.linalg.cholesky(torch.cholesky_inverse(lower), upper=True)
    return factor.float()


def _rounded(weight: Tensor, factor: Tensor, steps: Steps) -> Tensor:
    """Round the columns from the first to the last, each block's errors at once to all that follow."""
    pruned = weight == 0
    weight, result = weight.clone(), torch.empty_like(weight)
    for start in range(0, weight.shape[2], BLOCK):
        end = min(start + BLOCK, weight.shape[2])
        errors = torch.empty_like(weight[..., start:end])
        for index in range(start, end):
            column = weight[..., index]
            rounded = steps.rounded(column, index).masked_fill_(pruned[..., index], 0)
            error = (column - rounded) / factor[:, index, index, None]
            rest = factor[:, index, index:end]
            weight[..., index:end] -= error[..., None] * rest[:, None, :]
            result[..., index], errors[..., index - start] = rounded, error
        weight[..., end:] -= errors @ factor[:, start:end, end:]
    return result


def _taken(values: Tensor, order: Tensor) -> Tensor:
    """Return `(groups, rows, inputs)` with the inputs in the given order."""
    return values.gather(2, order[:, None, :].expand_as(values))
