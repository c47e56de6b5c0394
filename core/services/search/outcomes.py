"""What became of the open trials of a search, read from their models and runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, Run, RunKind
from core.domain.search.selection import Search
from core.domain.search.trials import Trial, TrialState
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.queue.giving_up import GIVEN_UP

_MEASURING = frozenset({RunKind.EVALUATE, RunKind.PROFILE})


def ended_trials(uow: UnitOfWork, search: Search, trials: Sequence[Trial], now: datetime) -> list[Trial]:
    """Return the open trials that have an outcome by now, with it."""
    waiting = [trial for trial in trials if trial.state is TrialState.OPEN]
    ids = {model_id for trial in waiting for model_id in trial.model_ids}
    models = uow.models.get(ids)
    runs: dict[ModelId, list[Run]] = {}
    for run in uow.runs.of_models(ids) if ids else ():
        runs.setdefault(run.model_id, []).append(run)
    found = (_outcome(search, trial, models, runs) for trial in waiting)
    return [replace(trial, ended_at=now) for trial in found if trial is not None]


def values_of(search: Search, model: Model) -> dict[str, float]:
    """Return the values that a model has of the metrics that a search judges by."""
    return {
        name: value
        for name in search.metrics
        if (value := model.metrics.get(name)) is not None and math.isfinite(value)
    }


def _outcome(
    search: Search, trial: Trial, models: Mapping[ModelId, Model], runs: Mapping[ModelId, Sequence[Run]]
) -> Trial | None:
    chain = [models.get(model_id) for model_id in trial.model_ids]
    there = [model for model in chain if model is not None and model.deleted_at is None]
    if len(there) < len(chain):
        return replace(trial, state=TrialState.FAILED, told="A model of it was deleted.")
    broken = next((model for model in there if model.status in UNSUCCESSFUL), None)
    if broken is not None:
        return _broken(search, trial, broken, (there, runs))
    last = there[-1]
    if not last.ready:
        return None
    values = values_of(search, last)
    missing = [name for name in search.metrics if name not in values]
    if not missing:
        return replace(trial, state=TrialState.DONE, values=values)
    measuring = [run for run in runs.get(last.id, ()) if run.kind in _MEASURING]
    if any(run.status in ACTIVE for run in measuring):
        return None
    why = next((run.error.message for run in reversed(measuring) if run.error is not None), "")
    told = f"{last.name} has no finite value of {listed(missing)}. {why}".strip()
    return replace(trial, state=TrialState.FAILED, values=values, told=told)


def _broken(
    search: Search,
    trial: Trial,
    broken: Model,
    context: tuple[Sequence[Model], Mapping[ModelId, Sequence[Run]]],
) -> Trial:
    there, runs = context
    making = next((run for run in runs.get(broken.id, ()) if run.id == broken.making_run_id), None)
    error = making.error if making is not None else None
    if error is not None and error.code == GIVEN_UP:
        ready = [model for model in there if model.ready]
        values = values_of(search, ready[-1]) if ready else {}
        return replace(trial, state=TrialState.PRUNED, values=values, told=error.message)
    told = f"{broken.name} was not made: {error.message if error else broken.status.value}"
    return replace(trial, state=TrialState.FAILED, told=told)
