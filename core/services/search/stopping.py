"""End a search because somebody asks for it, and take it up again."""

from __future__ import annotations

from dataclasses import replace

from core.domain.access.caller import Role
from core.domain.ids import ExperimentId
from core.domain.queue.run import ACTIVE
from core.domain.search.trials import TrialState
from core.services.access.roles import needs
from core.services.application import Application
from core.services.search.advancing import advance


@needs(Role.EDITOR)
def stop_search(app: Application, experiment_id: ExperimentId, why: str) -> None:
    """End the search of an experiment, if it has one; open trials end without a result."""
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        experiment = uow.experiments.get(experiment_id)
        if experiment is None or not experiment.searching:
            return
        uow.projects.touch(experiment.project_id)
        for trial in uow.trials.of([experiment_id]).get(experiment_id, []):
            if trial.state is TrialState.OPEN:
                ended = replace(trial, state=TrialState.FAILED, told="It was cancelled.", ended_at=now)
                uow.trials.put(ended)
        uow.experiments.edit(experiment_id, searching=False, search_ended=why)
        uow.commit()


@needs(Role.EDITOR)
def reopen_search(app: Application, experiment_id: ExperimentId) -> None:
    """Take up the search of an experiment again, with the trials whose runs are tried again."""
    with app.unit_of_work(writing=True) as uow:
        experiment = uow.experiments.get(experiment_id)
        if experiment is None or experiment.selection.search is None:
            return
        uow.projects.touch(experiment.project_id)
        for trial in uow.trials.of([experiment_id]).get(experiment_id, []):
            if trial.state not in {TrialState.FAILED, TrialState.PRUNED}:
                continue
            if any(run.status in ACTIVE for run in uow.runs.of_models(trial.model_ids)):
                again = replace(trial, state=TrialState.OPEN, told="", values={}, ended_at=None)
                uow.trials.put(again)
        uow.experiments.edit(experiment_id, searching=True, search_ended="")
        uow.commit()
    advance(app, experiment_id)
