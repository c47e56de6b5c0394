"""Training within a compressed form: pruned weights stay zero, grids and palettes are kept.

Restricted weights are trained with the straight-through estimator: gradients are taken at the
restricted weights and applied to full-precision copies, which are then restricted again
(M. Courbariaux, Y. Bengio and J.-P. David, "BinaryConnect", NeurIPS 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.compression.encoding.encodings import Encoding
from core.compression.model import CompressibleModel


@dataclass
class _Held:
    """One weight: where it was pruned, what it may be, and its full-precision copy."""

    weight: nn.Parameter
    pruned: Tensor | None
    encoding: Encoding | None
    master: Tensor | None


class CompressionConstraint:
    """Keeps pruned weights at zero and others on the grids and palettes that a model has now.

    Weights that are zero without having been pruned, such as those of a fresh head, are trained.
    """

    def __init__(self, model: CompressibleModel) -> None:
        self._held = []
        for name, weight in model.module.named_parameters():
            mask, encoding = model.pruned.get(name), model.encodings.get(name)
            if mask is not None or encoding is not None:
                master = weight.detach().clone() if encoding is not None else None
                pruned = None if mask is None else mask.to(weight.device)
                self._held.append(_Held(weight, pruned, encoding, master))

    @torch.no_grad()
    def before_step(self) -> None:
        """Put the full-precision copies in place, for the optimizer to change."""
        for held in self._held:
            if held.master is not None:
                held.weight.copy_(held.master)

    @torch.no_grad()
    def after_step(self) -> None:
        """Restrict the changed weights again."""
        for held in self._held:
            if held.encoding is not None and held.master is not None:
                held.master.copy_(held.weight)
                held.weight.copy_(held.encoding.project(held.weight))
            if held.pruned is not None:
                held.weight.masked_fill_(held.pruned, 0)
