"""How far an experiment is, from the runs that it asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.queue.experiment import Experiment
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunStatus
from core.domain.search.selection import Search
from core.domain.search.trials import Standing, Trial


class ExperimentState(StrEnum):
    """Where an experiment is as a whole."""

    RUNNING = "running"  # a run is carried out
    QUEUED = "queued"  # runs wait, none is carried out
    PAUSED = "paused"  # runs wait until somebody resumes it
    DONE = "done"  # every run succeeded
    FAILED = "failed"  # nothing is left to do, and a run failed or was lost
    CANCELLED = "cancelled"  # nothing is left to do, and somebody cancelled runs
    REUSED = "nothing new"  # every model existed already


@dataclass(frozen=True)
class RunCounts:
    """Counts of an experiment: runs by status, models made, models in all; reused models are not counted."""

    runs: Mapping[RunStatus, int] = field(default_factory=dict)
    made: int = 0
    models: int = 0

    def count(self, statuses: frozenset[RunStatus]) -> int:
        """Return how many runs have one of these statuses."""
        return sum(self.runs.get(status, 0) for status in statuses)


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is. in_words: e.g. `12 of at most 25 models, best so far model 41, ...`."""

    search: Search
    trials: tuple[Trial, ...]
    standing: Standing
    sought: str
    in_words: str

    @property
    def fraction(self) -> float:
        """Share of the models it may try that were tried, 0..1."""
        return min(1.0, self.standing.ended / self.search.models)


SEARCH_CANCELLED = "Ended: cancelled"
"""How the reason begins for which a search ended that somebody cancelled."""


@dataclass(frozen=True)
class ExperimentProgress:
    """An experiment with what became of it so far."""

    experiment: Experiment
    tally: RunCounts
    search: SearchProgress | None = None

    @property
    def title(self) -> str:
        """Its name; without one, its number."""
        return experiment_title(self.experiment)

    @property
    def state(self) -> ExperimentState:
        """Where it is as a whole."""
        tally = self.tally
        if self.search is not None:
            return self._state_of_search()
        if not sum(tally.runs.values()):
            return ExperimentState.REUSED
        if tally.count(ACTIVE):
            return self._state_of_active()
        if tally.count(frozenset({RunStatus.FAILED, RunStatus.LOST})):
            return ExperimentState.FAILED
        if tally.count(UNSUCCESSFUL):
            return ExperimentState.CANCELLED
        return ExperimentState.DONE

    def _state_of_active(self) -> ExperimentState:
        if self.experiment.paused_at is not None:
            return ExperimentState.PAUSED
        return ExperimentState.RUNNING if self.tally.runs.get(RunStatus.RUNNING) else ExperimentState.QUEUED

    def _state_of_search(self) -> ExperimentState:
        if self.experiment.searching or self.tally.count(ACTIVE):
            return self._state_of_active()
        if self.experiment.search_ended.startswith(SEARCH_CANCELLED):
            return ExperimentState.CANCELLED
        found = self.search is not None and self.search.standing.results
        return ExperimentState.DONE if found else ExperimentState.FAILED

    @property
    def progress(self) -> float:
        """Share of its runs that ended well, 0..1; of a search the share of models that were tried."""
        if self.search is not None:
            return 1.0 if self.state is ExperimentState.DONE else self.search.fraction
        every = sum(self.tally.runs.values())
        return self.tally.runs.get(RunStatus.SUCCEEDED, 0) / every if every else 1.0


def experiment_title(experiment: Experiment) -> str:
    """Return the name of an experiment; without one, its number."""
    return experiment.name or f"Experiment {experiment.id}"
