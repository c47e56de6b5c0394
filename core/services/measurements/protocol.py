"""The protocol of a project: under which conditions the values are measured that its pages show."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.condition import (
    FLOAT32,
    EfficiencyCondition,
    MeasuringCondition,
    Protocol,
    QualityCondition,
    difference,
)
from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId, ProjectId, RunId
from core.domain.measurement.figures import Measured
from core.domain.measurement.variants import Variant
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, Run, RunKind
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.figures import drop_unused_variants, refresh, refresh_all
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.measurements.measurements import Measurement, queue_evaluation
from core.services.projects.quality_conditions import condition_problems

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProtocolChange:
    """What to change; None leaves a part as it is. `every_instance` drops the limit on instances.

    efficiency: one of the conditions that `profiled_under` returns.
    """

    dataset_id: DatasetId | None = None
    split: str | None = None
    instances: int | None = None
    every_instance: bool = False
    precision: str | None = None
    efficiency: EfficiencyCondition | None = None


@needs(Role.EDITOR)
def change_protocol(app: Application, project_id: ProjectId, change: ProtocolChange) -> Project:
    """Change the protocol and derive anew what every model of the project shows; return the project.

    Values of the former protocol stay as variants with names of their own. Variants are named by how they
    differ from the protocol, so what is set on one moves to its new name, which may be the plain one.
    Runs that are queued already measure what they were queued for.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `dataset_id`, `split`, `instances`, `precision`, `efficiency`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = _present(uow, project_id)
        problems = _problems(project, change)
        if change.efficiency is not None and change.efficiency not in _profiled_under(uow, project_id):
            message = f"Nothing was profiled on {change.efficiency.device} like that."
            problems.append(Problem("efficiency", message, "Profile a model there first."))
        if problems:
            raise InvalidInput(problems)
        protocol = _changed(project.protocol, change)
        uow.projects.set_protocol(project_id, protocol)
        _move_settings(uow, project, protocol)
        refresh_all(uow, project_id)
        note(uow, app, Action.CHANGED, Subject("project", (int(project_id),), "protocol", project_id))
        uow.commit()
    _logger.info("Protocol changed", extra={"project": project_id})
    with app.unit_of_work() as uow:
        return _present(uow, project_id)


def _move_settings(uow: UnitOfWork, project: Project, protocol: Protocol) -> None:
    """Let what is set on variants follow the names that these have under the new protocol.

    What is set on a metric itself stays there, also where a variant becomes it.
    """
    names: dict[str, str] = {}
    for condition in _measured_under(uow, project.id):
        before, after = project.protocol.of(condition), protocol.of(condition)
        if before is None or after is None:
            continue
        for metric in project.measured_metrics:
            if parts := difference(condition, before, metric.depends_on):
                now = difference(condition, after, metric.depends_on)
                names[Variant(metric.name, parts).name] = (
                    Variant(metric.name, now).name if now else metric.name
                )
    moved = {names.get(name, name): value for name, value in project.budgets.items()}
    budgets = moved | {name: value for name, value in project.budgets.items() if name not in names}
    primary = dict.fromkeys(names.get(name, name) for name in project.primary)
    uow.projects.set_metrics(project.id, project.metrics, primary=primary, budgets=budgets)


def _measured_under(uow: UnitOfWork, project_id: ProjectId) -> set[MeasuringCondition]:
    """Return the conditions of every measurement of a project, those of deleted models included."""
    models = [*uow.models.list(project_id), *uow.models.list(project_id, deleted=True)]
    measured = uow.evaluations.measured([model.id for model in models])
    return {one.condition for several in measured.values() for one in several}


def profiled_under(app: Application, project_id: ProjectId) -> list[EfficiencyCondition]:
    """Return the conditions under which models of a project were profiled, the most frequent first."""
    with app.unit_of_work() as uow:
        return _profiled_under(uow, project_id)


def lacking(app: Application, project_id: ProjectId) -> list[ModelId]:
    """Return the models that could be evaluated but have no evaluation under the protocol, nor one coming."""
    with app.unit_of_work() as uow:
        project = _present(uow, project_id)
        wanted = project.protocol.quality
        if wanted is None:
            return []
        measured = uow.evaluations.evaluated_under(project_id, wanted)
        without = [model_id for model_id in uow.models.with_weights(project_id) if model_id not in measured]
        coming = {run.model_id for run in uow.runs.of_models(without) if _evaluates(run, wanted)}
    return [model_id for model_id in without if model_id not in coming]


@needs(Role.EDITOR)
def queue_lacking(app: Application, project_id: ProjectId, *, queue: str = "cpu") -> tuple[RunId, ...]:
    """Queue the evaluations that models lack under the protocol; return the runs."""
    chosen = lacking(app, project_id)
    return queue_evaluation(app, chosen, Measurement(queue=queue)) if chosen else ()


@needs(Role.EDITOR)
def delete_evaluation(app: Application, evaluation_id: EvaluationId) -> ModelId:
    """Delete an evaluation with its outcomes, derive anew what its model shows, and return the model's id.

    Raises:
        NotFound: there is no such evaluation.
    """
    with app.unit_of_work(writing=True) as uow:
        found = uow.evaluations.evaluation(evaluation_id)
        if found is None:
            raise NotFound(f"There is no evaluation with id {evaluation_id}.", "It may be deleted already.")
        _touch_project(uow, found.model_id)
        uow.evaluations.delete(evaluation_id)
        project_id = _project_of(uow, found.model_id)
        told = f"of model {found.model_id}"
        note(uow, app, Action.DELETED, Subject("evaluation", (int(evaluation_id),), told, project_id))
        return _committed_without(uow, found)


@needs(Role.EDITOR)
def delete_profile(app: Application, profile_id: ProfileId) -> ModelId:
    """Delete a profile, derive anew what its model shows, and return the model's id; `NotFound`."""
    with app.unit_of_work(writing=True) as uow:
        found = uow.evaluations.profile(profile_id)
        if found is None:
            raise NotFound(f"There is no profile with id {profile_id}.", "It may be deleted already.")
        _touch_project(uow, found.model_id)
        uow.evaluations.delete_profile(profile_id)
        project_id = _project_of(uow, found.model_id)
        told = f"of model {found.model_id}"
        note(uow, app, Action.DELETED, Subject("profile", (int(profile_id),), told, project_id))
        return _committed_without(uow, found)


def _touch_project(uow: UnitOfWork, model_id: ModelId) -> None:
    """Make writers of the project wait for each other."""
    uow.projects.touch(_project_of(uow, model_id))


def _committed_without(uow: UnitOfWork, deleted: Measured) -> ModelId:
    """Derive the model's figures and commit; a variant that no other model has goes with its last value."""
    project_id = _project_of(uow, deleted.model_id)
    refresh(uow, project_id, [deleted.model_id])
    drop_unused_variants(uow, project_id)
    uow.commit()
    kind = type(deleted).__name__
    _logger.info("%s deleted", kind, extra={kind.lower(): deleted.id, "model": deleted.model_id})
    return deleted.model_id


def _project_of(uow: UnitOfWork, model_id: ModelId) -> ProjectId:
    return uow.models.get([model_id])[model_id].project_id


def _evaluates(run: Run, wanted: QualityCondition) -> bool:
    told = run.payload
    condition = QualityCondition(
        DatasetId(int(told.get("dataset_id", 0))),
        str(told.get("split", wanted.split)),
        told.get("instances"),
        str(told.get("precision", FLOAT32)),
        str(told.get("group", "")),
    )
    return run.kind is RunKind.EVALUATE and run.status in ACTIVE and condition == wanted


def _profiled_under(uow: UnitOfWork, project_id: ProjectId) -> list[EfficiencyCondition]:
    counts = uow.evaluations.profiled_under(project_id)
    return sorted(counts, key=lambda condition: (-counts[condition], condition.device, condition.threads))


def _present(uow: UnitOfWork, project_id: ProjectId) -> Project:
    found = uow.projects.find(int(project_id))
    if found is None:
        raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
    return found


def _changed(protocol: Protocol, change: ProtocolChange) -> Protocol:
    quality = protocol.quality
    if quality is None and change.dataset_id is not None:
        quality = QualityCondition(change.dataset_id)
    if quality is not None:
        quality = QualityCondition(
            change.dataset_id or quality.dataset_id,
            change.split or quality.split,
            None if change.every_instance else change.instances or quality.instances,
            change.precision or quality.precision,
        )
    return Protocol(quality, change.efficiency or protocol.efficiency)


def _problems(project: Project, change: ProtocolChange) -> list[Problem]:
    problems = condition_problems(change.split, change.instances, change.precision)
    if change.dataset_id is not None and change.dataset_id not in {each.id for each in project.datasets}:
        message = f"The project {project.name} has no data set {change.dataset_id}."
        problems.append(Problem("dataset_id", message, "Choose one of its data sets, or add one."))
    if not project.datasets and (change.split or change.precision or change.instances):
        hint = "Its figures are shown as imported; add a data set first."
        problems.append(Problem("dataset_id", f"The project {project.name} has no data set.", hint))
    return problems
