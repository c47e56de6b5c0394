"""Experiments after they were submitted: how far they are, cancel, retry, rename, delete and restore."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId
from core.domain.queue.experiment import Experiment
from core.domain.queue.experiment_progress import SEARCH_CANCELLED, ExperimentProgress, experiment_title
from core.domain.queue.run import UNSUCCESSFUL
from core.domain.text import text_problems
from core.errors import Conflict, InvalidInput, NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.models.models import restore_models
from core.services.queue.cancellation import cancel_all
from core.services.queue.dispatch import dispatch_unsent
from core.services.queue.runs import cancel_runs, retry_runs
from core.services.search.advancing import advance
from core.services.search.progress import search_progress
from core.services.search.stopping import reopen_search, stop_search

MOST = 500
"""Experiments listed at most, the newest first."""

_logger = logging.getLogger(__name__)


def list_progress(app: Application, project_id: ProjectId | None = None) -> list[ExperimentProgress]:
    """Return the newest experiments of a project, or of all, with how far they are."""
    with app.unit_of_work() as uow:
        found = uow.experiments.list(project_id, most=MOST)
        tallies = uow.experiments.tallies([one.id for one in found])
        searches = search_progress(uow, found)
    return [ExperimentProgress(one, tallies[one.id], searches.get(one.id)) for one in found]


def get_progress(app: Application, experiment_id: ExperimentId) -> ExperimentProgress:
    """Return one experiment with how far it is; `NotFound` if there is none, or it is deleted."""
    with app.unit_of_work() as uow:
        found = _existing(uow, experiment_id)
        tally = uow.experiments.tallies([found.id])[found.id]
        return ExperimentProgress(found, tally, search_progress(uow, [found]).get(found.id))


def titles(app: Application, project_id: ProjectId) -> Mapping[ExperimentId, str]:
    """Return what a project's experiments are called."""
    with app.unit_of_work() as uow:
        return {one.id: experiment_title(one) for one in uow.experiments.list(project_id)}


@needs(Role.EDITOR)
def cancel_experiment(app: Application, experiment_id: ExperimentId) -> tuple[RunId, ...]:
    """Cancel every run of an experiment that has not ended, and end its search; return their ids."""
    stop_search(app, experiment_id, f"{SEARCH_CANCELLED} by {app.caller.name}.")
    return cancel_runs(app, _runs(app, experiment_id))


@needs(Role.EDITOR)
def retry_experiment(app: Application, experiment_id: ExperimentId) -> tuple[RunId, ...]:
    """Try the runs of an experiment again that did not succeed; return every id that is queued again.

    A search that ended goes on, unless it tried as much as it may.
    """
    wanted = _runs(app, experiment_id)
    with app.unit_of_work() as uow:
        unsuccessful = [run.id for run in uow.runs.get(wanted).values() if run.status in UNSUCCESSFUL]
    back = retry_runs(app, unsuccessful)
    reopen_search(app, experiment_id)
    return back


@needs(Role.EDITOR)
def pause_experiment(app: Application, experiment_id: ExperimentId) -> None:
    """Have no further run of an experiment start; those that are carried out go on to their end."""
    _set_paused(app, experiment_id, Action.PAUSED)


@needs(Role.EDITOR)
def resume_experiment(app: Application, experiment_id: ExperimentId) -> None:
    """Let the runs of a paused experiment start again."""
    _set_paused(app, experiment_id, Action.RESUMED)
    dispatch_unsent(app)
    advance(app, experiment_id)


def _set_paused(app: Application, experiment_id: ExperimentId, action: Action) -> None:
    with app.unit_of_work(writing=True) as uow:
        found = _existing(uow, experiment_id)
        uow.projects.touch(found.project_id)
        uow.experiments.edit(experiment_id, paused_at=app.clock.now() if action is Action.PAUSED else None)
        uow.runs.announce_experiment(experiment_id)
        _note(uow, app, action, found, told=experiment_title(found))
        uow.commit()
    _logger.info("Experiment %s", action, extra={"experiment": experiment_id, "by": app.caller.name})


@needs(Role.EDITOR)
def describe_experiment(
    app: Application, experiment_id: ExperimentId, *, name: str | None = None, note: str | None = None
) -> Experiment:
    """Give an experiment another name or note; None leaves it.

    Raises:
        InvalidInput: a text is too long or cannot be stored, at `name` or `note`.
    """
    given = {key: text.strip() for key, text in (("name", name), ("note", note)) if text is not None}
    most = {"name": 200, "note": 10_000}
    checked = (text_problems(key, text, most=most[key]) for key, text in given.items())
    problems = [problem for found in checked for problem in found]
    if problems:
        raise InvalidInput(problems)
    with app.unit_of_work(writing=True) as uow:
        found = _existing(uow, experiment_id)
        if given:
            uow.projects.touch(found.project_id)
            uow.experiments.edit(experiment_id, **given)
            _note(uow, app, Action.CHANGED, found, told=", ".join(given))
            uow.commit()
        return _existing(uow, experiment_id)


@needs(Role.EDITOR)
def delete_experiment(app: Application, experiment_id: ExperimentId) -> tuple[ModelId, ...]:
    """Cancel an experiment and hide it with the models it made; nothing is erased. Return their ids.

    Raises:
        Conflict: models of other experiments were made from its models.
    """
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        found = _existing(uow, experiment_id)
        uow.projects.touch(found.project_id)
        own = uow.models.of_experiment(experiment_id)
        below = [model for model in uow.models.descendants(own) if model.experiment_id != experiment_id]
        if below:
            shown = ", ".join(f"{model.name} ({model.id})" for model in below[:3])
            message = f"Models of others were made from its models: {shown}."
            raise Conflict(message, "Delete those first, or archive the models of this experiment.")
        cancel_all(uow, uow.runs.of_experiment(experiment_id), now)
        uow.models.delete(own, now)
        uow.experiments.hide(experiment_id, now)
        uow.experiments.edit(experiment_id, searching=False)
        _note(uow, app, Action.DELETED, found, told=experiment_title(found))
        uow.commit()
    _logger.info("Experiment deleted", extra={"experiment": experiment_id, "by": app.caller.name})
    return tuple(own)


@needs(Role.EDITOR)
def restore_experiment(app: Application, experiment_id: ExperimentId) -> tuple[ModelId, ...]:
    """Show a deleted experiment again, with the models that were hidden with it. Return their ids.

    Raises:
        Conflict: one of the models was made anew in the meantime.
    """
    with app.unit_of_work() as uow:
        found = uow.experiments.get(experiment_id)
        if found is None:
            raise _missing(experiment_id)
        if found.deleted_at is None:
            return ()
        hidden = uow.models.of_experiment(experiment_id, deleted_at=found.deleted_at)
    restored = restore_models(app, hidden)
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(found.project_id)
        uow.experiments.hide(experiment_id, None)
        _note(uow, app, Action.RESTORED, found, told=experiment_title(found))
        uow.commit()
    return restored


def _note(uow: UnitOfWork, app: Application, action: Action, found: Experiment, *, told: str) -> None:
    note(uow, app, action, Subject("experiment", (int(found.id),), told, found.project_id))


def _runs(app: Application, experiment_id: ExperimentId) -> list[RunId]:
    with app.unit_of_work() as uow:
        _existing(uow, experiment_id)
        return uow.runs.of_experiment(experiment_id)


def _existing(uow: UnitOfWork, experiment_id: ExperimentId) -> Experiment:
    found = uow.experiments.get(experiment_id)
    if found is None or found.deleted_at is not None:
        raise _missing(experiment_id)
    return found


def _missing(experiment_id: ExperimentId) -> NotFound:
    return NotFound(f"There is no experiment with id {experiment_id}.", "Choose one from the list.")
