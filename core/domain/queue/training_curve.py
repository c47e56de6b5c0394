"""Training curves: loss and metrics of a run that trains, as they were while it went on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.ids import RunId

LOSS = "loss"
"""Name of the series that every training has: the mean loss of the updates since the last point."""


@dataclass(frozen=True)
class CurvePoint:
    """Figures after `update` weight updates, counted over all trainings of the run.

    epoch: passes over the training data until then, fractional.
    values: by series: `LOSS`, and metrics of the task on a sample of the training data.
    """

    update: int
    epoch: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class TrainingCurve:
    """The curve of one attempt of a run; `points` in order."""

    run_id: RunId
    attempt: int
    points: tuple[CurvePoint, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The series there are, the loss first."""
        found = dict.fromkeys(name for point in self.points for name in point.values)
        return tuple(sorted(found, key=lambda name: name != LOSS))

    def series(self, name: str) -> tuple[tuple[int, float, float], ...]:
        """Return update, epoch and value of one series."""
        return tuple(
            (point.update, point.epoch, point.values[name]) for point in self.points if name in point.values
        )
