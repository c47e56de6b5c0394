"""Trials of a search: what was proposed and what became of it, which are best, and when the search ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.ids import ExperimentId, ModelId
from core.domain.search.selection import Search
from core.domain.search.space import Picks

FAILURES = 5
"""So many trials in a row without a result end a search."""


class TrialState(StrEnum):
    """Where a trial is."""

    OPEN = "open"  # its model is made or measured
    DONE = "done"  # its model has a value of every metric that the search judges by
    PRUNED = "pruned"  # a model on the way missed a condition, so the rest was not made
    FAILED = "failed"  # no result: a run failed or was cancelled, or a value is missing


@dataclass(frozen=True)
class Trial:
    """One combination that a search tries.

    number: from 1 within its search. picks: which value of each axis was chosen.
    model_ids: the models of the recipe's steps; the last one is judged.
    reason: why it is tried, in words. told: what became of it, where there is more to say than its values.
    values: of the metrics that the search judges by; of a pruned trial those of the model that missed.
    """

    experiment_id: ExperimentId
    number: int
    picks: Picks
    model_ids: tuple[ModelId, ...]
    reason: str
    proposed_at: datetime
    state: TrialState = TrialState.OPEN
    values: Mapping[str, float] = field(default_factory=dict)
    told: str = ""
    ended_at: datetime | None = None

    @property
    def model_id(self) -> ModelId:
        """The model that is judged."""
        return self.model_ids[-1]


@dataclass(frozen=True)
class Standing:
    """How far a search is.

    best: the best trial, or all that no other beats; empty before any meets the conditions.
    unimproved: trials in a row, up to the last that ended, that improved nothing.
    results: trials that ended with values. failures: trials without, in a row up to the last.
    """

    best: tuple[Trial, ...] = ()
    unimproved: int = 0
    ended: int = 0
    results: int = 0
    failures: int = 0


class Next(StrEnum):
    """What a search does next."""

    PROPOSE = "propose"
    WAIT = "wait"  # for trials that are open
    STOP_MODELS = "models"
    STOP_PATIENCE = "patience"
    STOP_FAILURES = "failures"


def shortfalls(search: Search, values: Mapping[str, float]) -> dict[str, float]:
    """Return by how much each condition is missed as a share of its limit; 0 or less where it is met."""
    found = {}
    for limits, sign in ((search.at_least, 1.0), (search.at_most, -1.0)):
        for name, limit in limits.items():
            missed = sign * (limit - values.get(name, math.nan))
            key = f"{name} {'at least' if sign > 0 else 'at most'}"
            found[key] = math.inf if math.isnan(missed) else missed / (abs(limit) or 1.0)
    return found


def meets(search: Search, values: Mapping[str, float]) -> bool:
    """Return whether values meet every condition."""
    return all(missed <= 0 for missed in shortfalls(search, values).values())


def goal_values(search: Search, values: Mapping[str, float]) -> tuple[float, ...]:
    """Return the values of the goals, turned so that less is better."""
    return (
        *(values.get(name, math.inf) for name in search.minimize),
        *(-values.get(name, -math.inf) for name in search.maximize),
    )


def standing(search: Search, trials: Iterable[Trial]) -> Standing:
    """Return how far a search is, from its trials in the order in which they ended."""
    ended = sorted((one for one in trials if one.ended_at is not None), key=_order)
    best: list[Trial] = []
    nearest = math.inf
    unimproved = results = failures = 0
    for trial in ended:
        if trial.state is TrialState.FAILED:
            failures += 1
            continue
        failures, results = 0, results + 1
        unimproved += 1
        if trial.state is TrialState.DONE and meets(search, trial.values):
            if _joins(search, trial, best):
                best = [*(one for one in best if not _beats(search, trial, one)), trial]
                unimproved = 0
        elif not best:
            missed = sum(max(0.0, one) for one in shortfalls(search, trial.values).values())
            if missed < nearest:
                nearest, unimproved = missed, 0
    return Standing(tuple(best), unimproved, len(ended), results, failures)


def next_move(search: Search, trials: Sequence[Trial]) -> Next:
    """Return what a search does next, before anything is known of what is left to propose."""
    now = standing(search, trials)
    waiting = sum(trial.state is TrialState.OPEN for trial in trials)
    stop = None
    if now.failures >= FAILURES:
        stop = Next.STOP_FAILURES
    elif len(trials) >= search.models:
        stop = Next.STOP_MODELS
    elif search.patience and now.unimproved >= search.patience:
        stop = Next.STOP_PATIENCE
    if stop is not None:
        return Next.WAIT if waiting else stop
    return Next.WAIT if waiting >= search.at_once else Next.PROPOSE


def _order(trial: Trial) -> tuple[float, int]:
    return (trial.ended_at.timestamp() if trial.ended_at else math.inf), trial.number


def _beats(search: Search, one: Trial, other: Trial) -> bool:
    mine, theirs = goal_values(search, one.values), goal_values(search, other.values)
    return all(a <= b for a, b in zip(mine, theirs, strict=True)) and mine != theirs


def _joins(search: Search, trial: Trial, best: Iterable[Trial]) -> bool:
    mine = goal_values(search, trial.values)
    return not any(_beats(search, one, trial) or goal_values(search, one.values) == mine for one in best)
