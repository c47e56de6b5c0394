"""How far searches are, and why models were tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.queue.experiment import Experiment
from core.domain.queue.experiment_progress import SearchProgress
from core.domain.search.trials import Trial, standing
from core.domain.search.words import progress_words, sought
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application


def search_progress(
    uow: UnitOfWork, experiments: Iterable[Experiment]
) -> Mapping[ExperimentId, SearchProgress]:
    """Return how far the searches among these experiments are."""
    searches = [one for one in experiments if one.selection.search is not None]
    if not searches:
        return {}
    trials = uow.trials.of([one.id for one in searches])
    projects = {one.project_id: uow.projects.find(int(one.project_id)) for one in searches}
    found = {}
    for one in searches:
        search, project = one.selection.search, projects[one.project_id]
        if search is None or project is None:
            continue
        own, metrics = trials.get(one.id, []), {metric.name: metric for metric in project.metrics}
        now = standing(search, own)
        words = progress_words(search, own, now, metrics)
        found[one.id] = SearchProgress(search, tuple(own), now, sought(search, metrics), words)
    return found


def trials_of_model(app: Application, model_id: ModelId) -> list[Trial]:
    """Return the trials that judge a model, with the reasons for which it was tried."""
    with app.unit_of_work() as uow:
        return uow.trials.of_models([model_id])


def reasons(app: Application, project_id: ProjectId) -> Mapping[ModelId, str]:
    """Return why models of a project were tried by searches, for tables."""
    with app.unit_of_work() as uow:
        found = uow.trials.of_project(project_id)
    told: dict[ModelId, str] = {}
    for trial in found:
        told[trial.model_id] = " ".join(filter(None, (told.get(trial.model_id), trial.reason)))
    return told
