"""What models think of one instance: the probability of each class, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.comparison.behaviour.predictions import Predictions, Split, present

MOST_CLASSES = 12


@dataclass(frozen=True)
class ClassRow:
    """Probabilities of a class, one per model; None where a model has no answer or they are not kept."""

    name: str
    right: bool
    probabilities: tuple[float | None, ...]


@dataclass(frozen=True)
class Distribution:
    """The most probable classes of any model, most probable first; `left` classes are not among them."""

    rows: tuple[ClassRow, ...]
    left: int


def distribution(
    split: Split, models: Sequence[Predictions], place: int, *, most: int = MOST_CLASSES
) -> Distribution | None:
    """Return the probabilities of one instance, the right class and every prediction among them.

    None where no model's probabilities are kept.
    """
    known = [_probabilities(model, place, len(split.class_names)) for model in models]
    there = [row for row in known if row is not None]
    if not there or not split.class_names:
        return None
    highest = np.nanmax(np.vstack([np.zeros(len(split.class_names)), *there]), axis=0)
    label = -1 if split.labels is None else int(split.labels[place])
    wanted = {label, *(int(np.asarray(model.prediction)[place]) for model in models)}
    inside = [index for index in wanted if 0 <= index < len(highest)]
    highest[inside] += 1.0
    chosen = np.argsort(-highest, kind="stable")[: max(most, len(inside))]
    highest[inside] -= 1.0
    shown = sorted(chosen.tolist(), key=lambda index: -highest[index])
    rows = tuple(
        ClassRow(split.class_names[index], index == label, tuple(_at(row, index) for row in known))
        for index in shown
    )
    return Distribution(rows, len(split.class_names) - len(rows))


def _probabilities(model: Predictions, place: int, classes: int) -> np.ndarray | None:
    if model.log_probabilities is None or model.log_probabilities.shape[1] != classes:
        return None
    row = np.exp(np.asarray(present(model.log_probabilities)[place], np.float64))
    total = row.sum()
    return row / total if total > 0 else None


def _at(row: np.ndarray | None, index: int) -> float | None:
    return None if row is None else float(row[index])
