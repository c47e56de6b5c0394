"""Skip what would follow a model that misses a budget, where the experiment or its search asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.catalogue import Catalogue
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.experiment import Experiment
from core.domain.queue.giving_up import SEARCH_MARGIN, Miss, first_miss, quality_budgets, searched_budgets
from core.domain.queue.run import Run, RunError, RunKind, RunStatus
from core.domain.queue.run_graph import skipped_after
from core.domain.recipe import Step
from core.domain.search.recovering import recovers
from core.domain.technique import TechniqueSpec
from core.errors import UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.workers.workers import catalogue_of

GIVEN_UP = "given-up"
_HINT = "Retry makes it all the same; set another budget or margin to go further next time."


def give_up_below(uow: UnitOfWork, app: Application, evaluated: Run) -> None:
    """Skip the branches that wait for this evaluation, if the model misses a budget by their margin.

    The evaluation is recorded already. The caller has touched the project.
    """
    graph = uow.runs.graph_below([evaluated.id])
    waiting = uow.runs.get(graph.dependants.get(evaluated.id, ()))
    steps = [
        run for run in waiting.values() if run.kind is RunKind.COMPRESS and run.status is RunStatus.WAITING
    ]
    numbers = {run.experiment_id for run in steps if run.experiment_id}
    found = [one for number in numbers if (one := uow.experiments.get(number)) and _may_give_up(one)]
    project = uow.projects.find(int(evaluated.project_id)) if found else None
    if project is None:
        return
    catalogue = catalogue_of(uow, app)
    model = uow.models.get([evaluated.model_id])[evaluated.model_id]
    for experiment in found:
        own = [run for run in steps if run.experiment_id == experiment.id]
        missed = {run.id: _missed(uow, (project, experiment, catalogue), model.metrics, run) for run in own}
        first = [run_id for run_id, miss in missed.items() if miss is not None]
        skipped = [*first, *skipped_after(graph, first)]
        if (miss := next(filter(None, missed.values()), None)) is not None:
            error = RunError(GIVEN_UP, f"Given up early: {miss.in_words(model.name)}.", _HINT)
            uow.runs.move(skipped, RunStatus.SKIPPED, app.clock.now())
            uow.runs.set_errors(skipped, error)


def hopeless(
    project: Project,
    experiment: Experiment,
    catalogue: Catalogue,
    metrics: Mapping[str, float],
    later: Sequence[Step],
) -> Miss | None:
    """Return the budget for which no model that follows these values by these steps is worth making.

    Without a margin of its own, a search goes on where a later step may recover what is missing.
    """
    search = experiment.selection.search
    margin = experiment.give_up_margin
    if search is not None:
        if margin is None and any(recovers(step.technique, _spec(catalogue, step)) for step in later):
            return None
        used = SEARCH_MARGIN if margin is None else margin
        budgets = searched_budgets(project, search) | (quality_budgets(project) if margin is not None else {})
        return first_miss(project, metrics, margin=used, budgets=budgets)
    return None if margin is None else first_miss(project, metrics, margin=margin)


def _may_give_up(experiment: Experiment) -> bool:
    return experiment.give_up_margin is not None or experiment.selection.search is not None


def _missed(
    uow: UnitOfWork,
    context: tuple[Project, Experiment, Catalogue],
    metrics: Mapping[str, float],
    run: Run,
) -> Miss | None:
    project, experiment, catalogue = context
    later = _steps_from(uow, experiment, run) if experiment.selection.search is not None else ()
    return hopeless(project, experiment, catalogue, metrics, later)


def _steps_from(uow: UnitOfWork, experiment: Experiment, run: Run) -> list[Step]:
    """Return the steps of the model that a run makes and of those that the experiment makes from it."""
    below: list[Model] = uow.models.descendants([run.model_id])
    own = uow.models.get([run.model_id])
    every = {**own, **{one.id: one for one in below if one.experiment_id == experiment.id}}
    return [one.step for one in every.values() if one.step is not None]


def _spec(catalogue: Catalogue, step: Step) -> TechniqueSpec | None:
    try:
        return catalogue.technique(step.technique)
    except UnknownName:
        return None
