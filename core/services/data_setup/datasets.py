"""Data sets of projects: checked as far as this process can, corrected while no result uses them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.condition import QualityCondition
from core.domain.ids import DatasetId, ProjectId
from core.domain.parameters import validated_parameters
from core.domain.project import Dataset, Project
from core.domain.queue.run import ACTIVE, RunStatus
from core.domain.queue.run_query import RunQuery
from core.domain.text import text_problems
from core.errors import Conflict, InvalidInput, NotFound, Problem, UnknownName, all_problems
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.data_setup.file_checks import (
    choice_problems,
    further_problems,
    hosts_elsewhere,
    names_elsewhere,
    names_places,
    outside_problems,
    place_problems,
)
from core.services.workers.workers import catalogue_of

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DatasetRequest:
    """A data set to be: a data source of the catalogue with its parameters."""

    name: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What is known of the workers: what they offer, and whether they see the files that this process sees.

    elsewhere: hosts of live workers for which that is not certain; None if no worker lives.
    allowed: the only folders that may be named; None: any.
    """

    catalogue: Catalogue
    elsewhere: Sequence[str] | None
    allowed: Sequence[Path] | None = None

    @classmethod
    def of(cls, uow: UnitOfWork, app: Application) -> Known:
        """Return what is known at present."""
        return cls(catalogue_of(uow, app), hosts_elsewhere(uow, app), app.limits.allowed_folders)


def checked_dataset(
    wanted: DatasetRequest, task: str, known: Known, *, field: str
) -> tuple[Dataset, list[Problem]]:
    """Return the data set with complete parameters, and every problem at `<field>.name`, `.parameters.x` ...

    Files and columns are looked for where every live worker sees the same files as this process.
    """
    problems = text_problems(f"{field}.name", wanted.name, most=100, required=True)
    complete: Mapping[str, Any] = {}
    try:
        spec = known.catalogue.data_source(wanted.source)
    except UnknownName as error:
        problems.append(Problem(f"{field}.source", error.message, error.hint))
    else:
        complete, wrong = _checked(spec, wanted.parameters, known, field=f"{field}.parameters")
        problems += wrong
        suits = next((entry for entry in known.catalogue.tasks if entry.name == task), None)
        if spec.unavailable:
            problems.append(Problem(f"{field}.source", f"{spec.label}: {spec.unavailable}"))
        if suits is not None and (mismatch := suits.mismatch(spec, complete)):
            problems.append(Problem(f"{field}.source", mismatch, "Choose other data or another task."))
    return Dataset(DatasetId(0), ProjectId(0), wanted.name, wanted.source, complete), problems


@needs(Role.EDITOR)
def change_dataset(
    app: Application,
    project_id: ProjectId,
    dataset_id: DatasetId,
    parameters: Mapping[str, Any],
    unread: Sequence[Problem] = (),
) -> Project:
    """Replace the parameters of a data set that no figure uses yet; return the project.

    unread: problems of unreadable entries: nothing changes, and all problems are reported.

    Raises:
        NotFound: there is no such project or data set.
        Conflict: models were evaluated on it, or a run reads it at present.
        InvalidInput: every problem, at `parameters.<name>`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project, dataset = _found(uow, project_id, dataset_id)
        if reason := _kept_because(uow, dataset):
            raise Conflict(reason, "Create another project for other data.")
        wanted = DatasetRequest(dataset.name, dataset.source, parameters)
        changed, problems = checked_dataset(wanted, project.task, Known.of(uow, app), field="")
        problems = [replace(each, field=each.field.removeprefix(".")) for each in problems]
        if problems or unread:
            raise InvalidInput(all_problems(unread, problems))
        uow.projects.set_dataset_parameters(dataset_id, changed.parameters)
        note(uow, app, Action.CHANGED, Subject("data set", (int(dataset_id),), dataset.name, project_id))
        uow.commit()
    _logger.info("Data set changed", extra={"project": project_id, "dataset": dataset_id})
    with app.unit_of_work() as uow:
        return _found(uow, project_id, dataset_id)[0]


@needs(Role.EDITOR)
def add_dataset(
    app: Application, project_id: ProjectId, wanted: DatasetRequest, unread: Sequence[Problem] = ()
) -> Project:
    """Add a data set to a project; return the project. The first one becomes the protocol's.

    unread: problems of unreadable entries: nothing is added, and all problems are reported.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `name`, `source`, `parameters.<name>`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = _project(uow, project_id)
        dataset, problems = checked_dataset(wanted, project.task, Known.of(uow, app), field="")
        problems = [replace(each, field=each.field.removeprefix(".")) for each in problems]
        problems += _taken(project, wanted.name)
        if problems or unread:
            raise InvalidInput(all_problems(unread, problems))
        added = uow.projects.add_dataset(project_id, dataset)
        note(uow, app, Action.CREATED, Subject("data set", (int(added),), wanted.name, project_id))
        if project.protocol.quality is None:
            protocol = replace(project.protocol, quality=QualityCondition(added))
            uow.projects.set_protocol(project_id, protocol)
        uow.commit()
    _logger.info("Data set added", extra={"project": project_id, "dataset": added})
    with app.unit_of_work() as uow:
        return _project(uow, project_id)


@needs(Role.EDITOR)
def rename_dataset(app: Application, project_id: ProjectId, dataset_id: DatasetId, name: str) -> Project:
    """Give a data set another name; return the project. `NotFound`; `InvalidInput` at `name`."""
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project, dataset = _found(uow, project_id, dataset_id)
        problems = text_problems("name", name, most=100, required=True)
        problems += [] if name.strip() == dataset.name else _taken(project, name)
        if problems:
            raise InvalidInput(problems)
        uow.projects.rename_dataset(dataset_id, name.strip())
        told = f"{dataset.name} is now {name.strip()}"
        note(uow, app, Action.CHANGED, Subject("data set", (int(dataset_id),), told, project_id))
        uow.commit()
    with app.unit_of_work() as uow:
        return _project(uow, project_id)


@needs(Role.EDITOR)
def remove_dataset(app: Application, project_id: ProjectId, dataset_id: DatasetId) -> Project:
    """Remove a data set that nothing was measured on; return the project.

    Raises:
        NotFound: there is no such project or data set.
        Conflict: models were measured on it, a run needs it, or the protocol names it.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project, dataset = _found(uow, project_id, dataset_id)
        if project.evaluated_on == dataset:
            message = f"The protocol names the data set {dataset.name}."
            raise Conflict(message, "Choose another data set in the protocol first.")
        if reason := _kept_because(uow, dataset) or _awaited(uow, dataset):
            raise Conflict(reason, "Keep the data set, or delete what was measured on it first.")
        uow.projects.delete_dataset(dataset_id)
        note(uow, app, Action.DELETED, Subject("data set", (int(dataset_id),), dataset.name, project_id))
        uow.commit()
    _logger.info("Data set removed", extra={"project": project_id, "dataset": dataset_id})
    with app.unit_of_work() as uow:
        return _project(uow, project_id)


def _project(uow: UnitOfWork, project_id: ProjectId) -> Project:
    project = uow.projects.find(int(project_id))
    if project is None:
        raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
    return project


def _taken(project: Project, name: str) -> list[Problem]:
    if name.strip() not in {dataset.name for dataset in project.datasets}:
        return []
    return [Problem("name", f"There is a data set named {name.strip()!r} already.", "Use another name.")]


def _awaited(uow: UnitOfWork, dataset: Dataset) -> str:
    """Return that runs which have not ended need a data set; empty where none do."""
    runs = uow.runs.list(RunQuery(dataset.project_id, frozenset(ACTIVE)))
    needed = any(run.payload.get("dataset_id") == dataset.id for run, *_ in runs)
    return f"Runs in the queue need the data set {dataset.name}." if needed else ""


def kept_because(app: Application, dataset: Dataset) -> str:
    """Return why the parameters of a data set cannot be changed, in a sentence; empty where they can."""
    with app.unit_of_work() as uow:
        return _kept_because(uow, dataset)


def where_checked(app: Application, source: str, parameters: Mapping[str, Any]) -> str:
    """Return in a sentence whether the files of data were looked for; empty where their source names none."""
    with app.unit_of_work() as uow:
        known = Known.of(uow, app)
    spec = known.catalogue.data_source(source)
    if not names_places(spec):
        return ""
    if names_elsewhere(spec, parameters):
        return "A worker asks the hub for the data; the tab Data shows what it got."
    if known.elsewhere is None:
        return "Whether the data are there shows when the first model is made: no worker is connected now."
    if known.elsewhere:
        hosts = ", ".join(known.elsewhere)
        return (
            f"Whether the data are there shows when the first model is made: the worker on {hosts} sees them."
        )
    return "Its files and columns were found."


def _checked(
    spec: SourceSpec, parameters: Mapping[str, Any], known: Known, *, field: str
) -> tuple[Mapping[str, Any], list[Problem]]:
    complete, problems = validated_parameters(spec.parameters, parameters, field=field)
    if outside := outside_problems(spec, complete, known.allowed, field=field):
        return complete, [*problems, *outside]
    problems += choice_problems(spec, complete, field=field)
    if known.elsewhere == []:
        places = partial(place_problems, spec, field=field)
        problems += further_problems(places, complete, problems, field=field)
    return complete, problems


def _found(uow: UnitOfWork, project_id: ProjectId, dataset_id: DatasetId) -> tuple[Project, Dataset]:
    project = uow.projects.find(int(project_id))
    for dataset in project.datasets if project else ():
        if project is not None and dataset.id == dataset_id:
            return project, dataset
    raise NotFound(f"Project {project_id} has no data set {dataset_id}.", "Reload the page.")


def _kept_because(uow: UnitOfWork, dataset: Dataset) -> str:
    names = uow.evaluations.models_measured_on(dataset.id)
    if names:
        measured = f" and {len(names) - 1:,} more were" if len(names) > 1 else " was"
        return f"{names[0]}{measured} measured on these data, so they cannot be changed."
    running = uow.runs.list(RunQuery(dataset.project_id, frozenset({RunStatus.RUNNING})))
    if any(run.payload.get("dataset_id") == dataset.id for run, *_ in running):
        return "A run reads these data at present; wait until it has ended, or cancel it."
    return ""
