"""Instances that compressed models agree to answer differently than their originals.

S. Hooker et al., "What Do Compressed Deep Neural Networks Forget?" (arXiv 1911.05248).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput

FEWEST = 3
"""Compressed models needed: of fewer, a difference is only a disagreement."""


def exemplars(
    originals: Sequence[NDArray[np.integer]], compressed: Sequence[NDArray[np.integer]]
) -> NDArray[np.bool_]:
    """Return which instances have another most frequent prediction among compressed models, `(instances,)`.

    Of predictions that are equally frequent the lowest class counts, for both groups alike.

    Raises:
        InvalidInput: there is no original, or there are fewer than three compressed models.
    """
    if not originals or len(compressed) < FEWEST:
        message = f"{len(originals)} originals and {len(compressed)} compressed models are too few."
        raise InvalidInput.of("models", message, "Choose at least one original and three compressed models.")
    differs: NDArray[np.bool_] = _modal(originals) != _modal(compressed)
    return differs


def _modal(predictions: Sequence[NDArray[np.integer]]) -> NDArray[np.int64]:
    """Return the most frequent prediction of each instance, `(instances,)`."""
    table = np.sort(np.stack([np.asarray(each, np.int64) for each in predictions]), axis=0)
    best = np.zeros(table.shape[1], np.int64)
    modal: NDArray[np.int64] = table[0].copy()
    run = np.zeros(table.shape[1], np.int64)
    for position in range(len(table)):
        same = table[position] == table[max(0, position - 1)]
        run = np.where(same, run + 1, 1)
        better = run > best
        best, modal = np.where(better, run, best), np.where(better, table[position], modal)
    return modal
