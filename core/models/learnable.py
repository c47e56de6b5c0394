"""A task as training sees it."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor, nn

from core.data.dataset import Batch


class Learnable(Protocol):
    """What training minimises."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, a scalar with a gradient."""
        ...
