"""Which predictions changed from a baseline to another model, and from what to what.

A. Dutta et al., "Accuracy is Not All You Need", NeurIPS 2024 (arXiv 2407.09141).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import numpy as np

from core.comparison.behaviour.predictions import Bools, Numbers, Predictions, named


@dataclass(frozen=True)
class Flips:
    """Counts of instances. regressions: from right to wrong. fixes: from wrong to right."""

    instances: int
    changed: int
    regressions: int
    fixes: int

    @property
    def agreement(self) -> float:
        """Share of instances with the same prediction; NaN without instances."""
        return 1 - self.changed / self.instances if self.instances else float("nan")


@dataclass(frozen=True)
class Move:
    """How many predictions went from one answer to another."""

    before: str
    after: str
    instances: int


def flips(baseline: Predictions, model: Predictions) -> Flips:
    """Count what changed; `ValueError` if the models were not given equally many instances."""
    if baseline.instances != model.instances:
        raise ValueError(f"instances differ: {baseline.instances}, {model.instances}")
    return Flips(
        model.instances,
        changed=int(np.count_nonzero(baseline.prediction != model.prediction)),
        regressions=int(np.count_nonzero(baseline.correct & ~model.correct)),
        fixes=int(np.count_nonzero(~baseline.correct & model.correct)),
    )


def moves(
    baseline: Predictions,
    model: Predictions,
    class_names: tuple[str, ...] = (),
    *,
    among: Bools | None = None,
    most: int = 5,
) -> list[Move]:
    """Return the most frequent changes of the prediction, largest first, among the chosen instances.

    class_names: names of the classes that predictions index; empty where predictions are texts.
    """
    differs = baseline.prediction != model.prediction
    chosen = differs if among is None else differs & among
    pairs = _counted(baseline.prediction[chosen], model.prediction[chosen])
    ordered = nsmallest(most, pairs.items(), key=lambda entry: (-entry[1], entry[0]))

    return [
        Move(named(before, class_names), named(after, class_names), count)
        for (before, after), count in ordered
    ]


def _counted(before: Numbers, after: Numbers) -> Mapping[tuple[Any, Any], int]:
    """Return how often each two answers occur together; answers are classes or texts."""
    if before.dtype.kind not in "iu" or after.dtype.kind not in "iu":
        return Counter(zip(before.tolist(), after.tolist(), strict=True))
    if not len(before):
        return {}
    least = min(int(before.min()), int(after.min()))
    width = int(after.max()) - least + 1
    pairs = (before.astype(np.int64) - least) * width + (after.astype(np.int64) - least)
    found, counts = np.unique(pairs, return_counts=True)
    first, then = np.divmod(found, width)
    answers = zip((first + least).tolist(), (then + least).tolist(), strict=True)
    return dict(zip(answers, counts.tolist(), strict=True))
