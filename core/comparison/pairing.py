"""Models that were evaluated on the same instances, and the interval of the difference between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.paired import Pairs, share_interval
from core.domain.ids import ModelId
from core.domain.measurement.intervals import Interval, mean_interval


class Scores(Protocol):
    """What one model scored on each instance, in one metric."""

    def interval(self, other: Scores) -> Interval | None:
        """Return the 95 % interval of the other's mean minus this one; None if they cannot be compared."""


@dataclass(frozen=True)
class Rights:
    """On which instances a model is right, as the bits of one integer, so that counting pairs is cheap."""

    bits: int
    instances: int

    @classmethod
    def of(cls, correct: NDArray[np.bool_]) -> Rights:
        """Return them from an array `(instances,)`."""
        packed = np.packbits(correct, bitorder="little").tobytes()
        return cls(int.from_bytes(packed, "little"), len(correct))

    @property
    def share(self) -> float:
        """Share of instances on which the model is right."""
        return self.bits.bit_count() / self.instances

    def interval(self, other: Scores) -> Interval | None:
        """Return Newcombe's interval of the difference of paired proportions."""
        if not isinstance(other, Rights) or other.instances != self.instances:
            return None
        both = (self.bits & other.bits).bit_count()
        before, after = self.bits.bit_count() - both, other.bits.bit_count() - both
        return share_interval(Pairs(both, before, after, self.instances - both - before - after))


@dataclass(frozen=True, eq=False)
class Numbers:
    """A number per instance, `(instances,)`, whose mean is the metric."""

    values: NDArray[np.floating]

    def interval(self, other: Scores) -> Interval | None:
        """Return the normal interval of the mean of the differences."""
        if not isinstance(other, Numbers) or other.values.shape != self.values.shape:
            return None
        return mean_interval(other.values.astype(np.float64) - self.values.astype(np.float64))


@dataclass(frozen=True, eq=False)
class Scored:
    """A model's scores by metric. mark: equal for models that were given the same instances."""

    mark: str
    scores: Mapping[str, Scores]


@dataclass(frozen=True, eq=False)
class Pairing:
    """The scores of some models; intervals are found once per pair and metric."""

    scored: Mapping[ModelId, Scored] = field(default_factory=dict)
    _found: dict[tuple[str, ModelId, ModelId], Interval | None] = field(default_factory=dict)

    def interval(self, metric: str, before: ModelId, after: ModelId) -> Interval | None:
        """Return the 95 % interval of the metric of one model minus that of another; None if not known."""
        key = (metric, before, after)
        if key not in self._found:
            self._found[key] = self._interval(*key)
        return self._found[key]

    def _interval(self, metric: str, before: ModelId, after: ModelId) -> Interval | None:
        first, second = self.scored.get(before), self.scored.get(after)
        if first is None or second is None or first.mark != second.mark:
            return None
        if metric not in first.scores or metric not in second.scores:
            return None
        return first.scores[metric].interval(second.scores[metric])


UNPAIRED = Pairing()
"""No outcomes: intervals of differences are those of independent figures."""
