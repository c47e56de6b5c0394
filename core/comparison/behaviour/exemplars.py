"""Compression-identified exemplars: instances on which compressed models agree on something else.

S. Hooker et al., "What Do Compressed Deep Neural Networks Forget?", 2019 (arXiv 1911.05248).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.comparison.behaviour.predictions import Bools, Numbers, Predictions

FEWEST = 3
"""Compressed models below which the most frequent prediction means little."""


def exemplars(originals: Sequence[Predictions], compressed: Sequence[Predictions]) -> Bools | None:
    """Return on which instances the modal prediction differs, `(instances,)`; None for too few models.

    The modal prediction of a population is the most frequent one; of equally frequent ones, that of the
    model that comes first.
    """
    if not originals or len(compressed) < FEWEST:
        return None
    before = modal([each.prediction for each in originals])
    after = modal([each.prediction for each in compressed])
    return np.asarray(before != after)


def modal(predictions: Sequence[Numbers]) -> Numbers:
    """Return the most frequent prediction of each instance, `(instances,)`, from one array per model."""
    votes = [np.sum([one == other for other in predictions], axis=0) for one in predictions]
    winners = np.argmax(votes, axis=0)
    found = predictions[0]
    for place, one in enumerate(predictions[1:], start=1):
        found = np.where(winners == place, one, found)
    return found
