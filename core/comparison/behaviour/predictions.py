"""The stored outcomes of one model, in the form in which models are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Numbers = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Predictions:
    """The outcome of every instance of a split, all arrays with the instance as first axis.

    prediction: class index or text, `(instances,)`.
    correct: whether the prediction is right, `(instances,)`.
    log_probabilities: of every class in nats, `(instances, classes)`; None where they are not kept.
    confidence: probability of the prediction, `(instances,)`; None where it is not kept.
    loss: negative log-probability of the right answer in nats, `(instances,)`; None where it is not kept.
    """

    prediction: Numbers
    correct: Bools
    log_probabilities: Numbers | None = None
    confidence: Numbers | None = None
    loss: Numbers | None = None

    @property
    def instances(self) -> int:
        """How many instances there are."""
        return len(self.correct)


@dataclass(frozen=True, eq=False)
class Grouping:
    """A column that divides the instances: classes, or a metadata column.

    values: name of each group. codes: index of the group of each instance, `(instances,)`.
    """

    name: str
    values: tuple[str, ...]
    codes: NDArray[np.integer]

    def members(self, index: int) -> Bools:
        """Return which instances are in a group, `(instances,)`."""
        found: Bools = self.codes == index
        return found


@dataclass(frozen=True, eq=False)
class Split:
    """What all models were evaluated on: label of every instance, and how the instances divide into groups.

    labels: index of the right class; None where answers are texts.
    """

    labels: NDArray[np.integer] | None
    class_names: tuple[str, ...]
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
