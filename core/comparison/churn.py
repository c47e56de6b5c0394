"""How predictions changed from a baseline to another model, on the same instances.

A. Dutta et al., "Accuracy is Not All You Need", NeurIPS 2024 (arXiv 2407.09141).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Churn:
    """Shares 0..1 of all instances; NaN where there is none.

    churn: the prediction changed. regressions: from right to wrong. fixes: from wrong to right.
    """

    instances: int
    churn: float
    regressions: float
    fixes: float

    @property
    def flips(self) -> float:
        """Share of instances whose correctness changed."""
        return self.regressions + self.fixes


def churn(baseline: NDArray[np.generic], other: NDArray[np.generic], labels: NDArray[np.generic]) -> Churn:
    """Return how predicted classes changed; all arrays have the shape `(instances,)`.

    Raises:
        ValueError: the shapes differ.
    """
    if not baseline.shape == other.shape == labels.shape:
        raise ValueError(f"shapes differ: {baseline.shape}, {other.shape}, {labels.shape}")
    instances = len(labels)
    if not instances:
        return Churn(0, np.nan, np.nan, np.nan)
    was_right, is_right = baseline == labels, other == labels
    return Churn(
        instances,
        churn=float(np.count_nonzero(baseline != other)) / instances,
        regressions=float(np.count_nonzero(was_right & ~is_right)) / instances,
        fixes=float(np.count_nonzero(~was_right & is_right)) / instances,
    )
