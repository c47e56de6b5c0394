"""N:M patterns: of every M neighbouring inputs of an output channel, at most N weights are not zero."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from core.compression.layers import Axes
from core.compression.selection.rowwise import from_input_rows, input_rows, smallest_in_rows


@dataclass(frozen=True)
class Pattern:
    """kept: weights that stay of each `group` neighbouring inputs."""

    kept: int
    group: int

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Return the pattern written as `2:4`."""
        kept, _, group = text.partition(":")
        return cls(int(kept), int(group))

    def mask(self, scores: Tensor, axis: Axes) -> Tensor:
        """Return which weights go, in the scores' shape (not negative; `axis` counts output channels).

        A last group with fewer inputs keeps as many as a full one, as if it were filled up with zeros.
        """
        matrix = input_rows(scores, axis)
        inputs = matrix.shape[1]
        padded = functional.pad(matrix, (0, -inputs % self.group), value=-1.0)
        groups = padded.reshape(-1, self.group)
        counts = torch.full((len(groups),), self.group - self.kept)
        chosen = smallest_in_rows(groups, counts).view(len(matrix), -1)[:, :inputs]
        return from_input_rows(chosen, scores, axis)
