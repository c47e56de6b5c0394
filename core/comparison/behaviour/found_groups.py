"""Groups nobody named: where the difference between baseline and model is concentrated.

Every value of a column and every intersection of two is a candidate, as in the first two levels of
S. Sagadeeva, M. Boehm, "SliceLine: Fast, Linear-Algebra-based Slice Finding for ML Model Debugging",
SIGMOD 2021; candidates are scored by the difference of the losses, not by one model's loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.crossing import crossed
from core.comparison.behaviour.false_discovery import false_discovery_rates
from core.comparison.behaviour.predictions import Bools, Grouping

LEVEL = 0.05
LEAST_INSTANCES = 20
LEAST_SHARE = 0.002
MOST_VALUES = 2_000
"""Groups of a column above which it is not searched: it names single instances."""


@dataclass(frozen=True, eq=False)
class FoundGroup:
    """A group whose losses grew more than those of all other instances.

    effect: mean growth of the loss in the group minus that of the others; low, high: its 95 % interval.
    conditions: column and value of each. p_value: Welch's test. adjusted: after Benjamini-Hochberg over all
        candidates.
    """

    name: str
    conditions: tuple[tuple[str, str], ...]
    members: Bools
    instances: int
    effect: float
    low: float
    high: float
    p_value: float
    adjusted: float


@dataclass(frozen=True, eq=False)
class _Candidates:
    grouping: Grouping
    parents: tuple[Grouping, ...]
    test: _Test
    p_values: NDArray[np.float64]


def found_groups(
    columns: Sequence[Grouping], growth: NDArray[np.floating], *, most: int = 5
) -> tuple[list[FoundGroup], int]:
    """Return the groups with the surest growth of the loss, and the number of candidates.

    A group whose instances are nearly those of a group before it is left out.

    `growth` is the loss of the model minus that of the baseline, `(instances,)`; not finite: not counted.
    """
    values = np.asarray(growth, np.float64)
    usable = [each for each in columns if 1 < len(each.values) <= MOST_VALUES]
    scored = list(_scored(usable, values))
    if not scored:
        return [], 0
    p_values = np.concatenate([each.p_values for each in scored])
    adjusted = false_discovery_rates(p_values)
    starts = np.cumsum([0, *(len(each.p_values) for each in scored)])
    chosen: list[FoundGroup] = []
    order = np.argsort(np.where(np.isnan(p_values), 2.0, p_values), kind="stable")
    ranks = {each.name: rank for rank, each in enumerate(columns)}
    for place in order.tolist():
        if len(chosen) == most or not adjusted[place] <= LEVEL:
            break
        part = int(np.searchsorted(starts, place, side="right")) - 1
        one = _group(scored[part], place - int(starts[part]), float(adjusted[place]))
        if one.effect > 0:
            _take(one, chosen, ranks)
    return chosen, int(np.isfinite(p_values).sum())


def _scored(columns: Sequence[Grouping], growth: NDArray[np.float64]) -> Iterator[_Candidates]:
    yield from (_score(each, growth) for each in columns)
    for one, other in combinations(columns, 2):
        if len(one.values) * len(other.values) <= MOST_VALUES:
            yield _score(crossed(one, other), growth, (one, other))


def _score(
    grouping: Grouping, growth: NDArray[np.float64], parents: tuple[Grouping, ...] = ()
) -> _Candidates:
    """Return Welch's test of every group against all other instances.

    The p-value of an intersection is the largest of that test and of those against the remainder of each of
    the two groups that it lies in: an intersection that is no worse than they are is no finding.
    """
    own = _Moments.of(grouping, growth)
    every = _Moments(*(np.full(len(own.counts), each.sum()) for each in (own.counts, own.sums, own.squares)))
    test = own.against(every)
    p_values = test.p_values
    first = np.zeros(len(own.counts), np.int64)
    first[grouping.codes[::-1]] = np.arange(len(growth))[::-1]  # an instance of each group
    for parent in parents:
        within = _Moments.of(parent, growth).at(parent.codes[first])
        p_values = np.maximum(p_values, own.against(within).p_values)
    few = own.counts < max(LEAST_INSTANCES, LEAST_SHARE * len(growth))
    return _Candidates(grouping, parents, test, np.where(few, np.nan, p_values))


@dataclass(frozen=True, eq=False)
class _Moments:
    """Number, sum and sum of squares of the growth in each group."""

    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, grouping: Grouping, growth: NDArray[np.float64]) -> _Moments:
        groups = len(grouping.values)
        known = np.isfinite(growth)
        codes, kept = grouping.codes[known], growth[known]
        weights = (None, kept, kept**2)
        return cls(*(np.bincount(codes, each, minlength=groups).astype(np.float64) for each in weights))

    def at(self, places: NDArray[np.integer]) -> _Moments:
        return _Moments(self.counts[places], self.sums[places], self.squares[places])

    def against(self, whole: _Moments) -> _Test:
        """Return the test of each group against the rest of a larger one."""
        rest = _Moments(whole.counts - self.counts, whole.sums - self.sums, whole.squares - self.squares)
        (mean, spread), (other, further) = self._mean(), rest._mean()
        both = np.maximum(spread + further, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            freedom = both**2 / (spread**2 / (self.counts - 1) + further**2 / (rest.counts - 1))
        return _Test(mean - other, np.sqrt(both), freedom)

    def _mean(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean and the square of its standard error; NaN for fewer than two instances."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.sums / self.counts
            spread = (self.squares - self.counts * mean**2) / (self.counts - 1) / self.counts
        return mean, np.where(self.counts > 1, spread, np.nan)


@dataclass(frozen=True, eq=False)
class _Test:
    """Differences of means, their standard errors, and degrees of freedom (B. L. Welch, Biometrika 1947)."""

    effects: NDArray[np.float64]
    errors: NDArray[np.float64]
    freedom: NDArray[np.float64]

    @property
    def p_values(self) -> NDArray[np.float64]:
        """Return the two-sided p-values; NaN where nothing varies."""
        from scipy.special import stdtr

        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = -np.abs(self.effects) / np.where(self.errors > 0, self.errors, np.nan)
        found: NDArray[np.float64] = 2 * stdtr(self.freedom, ratios)
        return found

    def interval(self, place: int) -> tuple[float, float]:
        """Return the 95 % interval of one difference."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom[place], 0.975) * self.errors[place])
        return float(self.effects[place]) - reach, float(self.effects[place]) + reach


def _group(scored: _Candidates, place: int, adjusted: float) -> FoundGroup:
    low, high = scored.test.interval(place)
    grouping = scored.grouping
    members = grouping.members(place, len(grouping.codes))
    first = int(np.argmax(members))
    conditions = [(each.name, each.values[int(each.codes[first])]) for each in scored.parents or (grouping,)]
    return FoundGroup(
        name=", ".join(f"{column} {value}" for column, value in conditions),
        conditions=tuple(conditions),
        members=members,
        instances=int(np.count_nonzero(members)),
        effect=float(scored.test.effects[place]),
        low=low,
        high=high,
        p_value=float(scored.p_values[place]),
        adjusted=adjusted,
    )


def _take(one: FoundGroup, chosen: list[FoundGroup], ranks: Mapping[str, int]) -> None:
    """Add a group to those chosen, unless four fifths of its instances are those of a group before.

    Of two such groups the one whose columns come first is kept: it is easier to name.
    """
    for place, other in enumerate(chosen):
        shared = int(np.count_nonzero(one.members & other.members))
        if shared / max(1, one.instances + other.instances - shared) > 0.8:
            if _rank(one, ranks) < _rank(other, ranks):
                chosen[place] = one
            return
    chosen.append(one)


def _rank(one: FoundGroup, ranks: Mapping[str, int]) -> tuple[int, int]:
    return len(one.conditions), max(ranks[column] for column, _ in one.conditions)
