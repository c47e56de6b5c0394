"""Which combinations of a sweep a program asks for, and how far a search is, as the API writes it."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from core.domain.queue.experiment_progress import ExperimentProgress
from core.domain.search.selection import MOST_AT_ONCE, MOST_SEARCHED
from dashboard.api.routes import Given


class SampleIn(Given):
    """So many combinations, drawn at random without repetition."""

    count: int = Field(ge=1, le=10_000)
    seed: int = Field(0, ge=0, le=2**32 - 1)


class SearchIn(Given):
    """What is looked for, under which conditions, and how long."""

    minimize: list[str] = Field([], max_length=10, description="Metrics to be small.")
    maximize: list[str] = Field([], max_length=10, description="Metrics to be large.")
    at_least: dict[str, float] = Field({}, description="Limits by metric, in its own unit; shares are 0..1.")
    at_most: dict[str, float] = Field({}, description="Limits by metric.")
    models: int = Field(25, ge=1, le=MOST_SEARCHED, description="Models to try at most.")
    at_once: int = Field(2, ge=1, le=MOST_AT_ONCE, description="Models worked on at the same time.")
    patience: int = Field(10, ge=0, description="End once so many in a row improved nothing; 0: never.")
    seed: int = Field(0, ge=0, le=2**32 - 1)


class TrialRow(TypedDict):
    """A model that a search tried. reason: why. told: what became of it, where its values do not say."""

    number: int
    model: int
    state: str
    reason: str
    told: str
    values: dict[str, float]


class SearchState(TypedDict):
    """A search and how far it is. best: the best model, or those that no other beats."""

    sought: str
    progress: str
    ended: str
    best: list[int]
    trials: list[TrialRow]


def search_state(found: ExperimentProgress) -> SearchState | None:
    """Return how far a search is; None for an experiment that is none."""
    search = found.search
    if search is None:
        return None
    return {
        "sought": search.sought,
        "progress": search.in_words,
        "ended": found.experiment.search_ended,
        "best": [int(trial.model_id) for trial in search.standing.best],
        "trials": [
            {
                "number": trial.number,
                "model": int(trial.model_id),
                "state": trial.state.value,
                "reason": trial.reason,
                "told": trial.told,
                "values": dict(trial.values),
            }
            for trial in search.trials
        ],
    }
