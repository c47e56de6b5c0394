"""Random variation of training images, drawn anew for each image of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Variation:
    """Shifts each image by up to `shift` pixels, the border filled with zeros, and mirrors every other one.

    The usual variation of small images; K. He et al., "Deep Residual Learning for Image Recognition",
    CVPR 2016, section 4.2.
    """

    shift: int
    mirror: bool = False

    def __call__(self, images: Tensor) -> Tensor:
        """Return varied images of the same shape `(instances, channels, height, width)` and dtype."""
        count, _, height, width = images.shape
        columns = _offsets(count, self.shift, images.device) + torch.arange(width, device=images.device)
        rows = _offsets(count, self.shift, images.device) + torch.arange(height, device=images.device)
        if self.mirror:
            mirrored = torch.rand(count, 1, device=images.device) < 0.5
            columns = torch.where(mirrored, columns.flip(1), columns)
        padded = F.pad(images, [self.shift] * 4).permute(0, 2, 3, 1)
        each = torch.arange(count, device=images.device)[:, None, None]
        return padded[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()


def _offsets(count: int, shift: int, device: torch.device) -> Tensor:
    return torch.randint(0, 2 * shift + 1, (count, 1), device=device)
