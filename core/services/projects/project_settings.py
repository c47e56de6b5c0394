"""What people set on a project: its name, what its metrics mean, which lead, and its budgets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ProjectId
from core.domain.metric import Authority, Direction, Format, MetricDefinition
from core.domain.project import Project
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem, all_problems
from core.persistence.figures import refresh_all
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application
from core.services.projects.metric_checks import budget_problems, primary_problems, unknown_metric
from core.services.queue.dispatch import dispatch_unsent

LONGEST_LABEL = 100
MOST_RUNNING = 10_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MetricCorrection:
    """What a person says about one metric; None leaves that as it is.

    Naming a metric confirms it: what was guessed about it counts as said by a person from then on.
    """

    name: str
    label: str | None = None
    direction: Direction | None = None
    format: Format | None = None
    unit: str | None = None


@dataclass(frozen=True)
class SettingsChange:
    """What to set on a project; None leaves it as it is. `primary` and `budgets` replace the present ones.

    most_running: how many runs may be carried out at once; 0: any number.
    """

    corrections: Sequence[MetricCorrection] = ()
    primary: Sequence[str] | None = None
    budgets: Mapping[str, float] | None = None
    acceptable_loss: float | None = None
    most_running: int | None = None
    name: str | None = None
    description: str | None = None


@needs(Role.EDITOR)
def change_settings(
    app: Application,
    project_id: ProjectId,
    change: SettingsChange,
    unread: Sequence[Problem] = (),
    *,
    conflicts: Callable[[Project], Sequence[Problem]] | None = None,
) -> Project:
    """Change what is set on a project, all or nothing, and return it. Its address stays.

    unread: problems of unreadable entries: nothing changes, and all problems are reported.
    conflicts: returns what others have changed since the caller looked; then nothing is changed.

    Results of later runs keep the metrics that are corrected here; open pages learn of it by the revision.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `metrics.<name>.label`, `primary`, `budgets.<name>`,
            `acceptable_loss`, `most_running`, `name`, `description`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = _present(uow, project_id)
        if conflicts and (lost := conflicts(project)):
            raise InvalidInput(lost)
        wanted = _wanted(project, change)
        problems = _correction_problems(project, change.corrections)
        owner = f"The project {wanted.name}"
        problems += primary_problems(wanted.primary, wanted.metrics, owner)
        problems += budget_problems(wanted.budgets, wanted.metrics, owner)
        problems += _loss_problems(wanted.acceptable_loss)
        problems += _limit_problems(wanted.most_running)
        problems += text_problems("name", wanted.name, most=100, required=True)
        problems += text_problems("description", wanted.description, most=10_000)
        if problems or unread:
            raise InvalidInput(all_problems(unread, problems))
        uow.projects.describe(project_id, name=wanted.name, description=wanted.description)
        uow.projects.set_acceptable_loss(project_id, wanted.acceptable_loss)
        if wanted.most_running != project.most_running:
            uow.projects.set_most_running(project_id, wanted.most_running)
            uow.runs.announce_project(project_id)
        uow.projects.set_metrics(project_id, wanted.metrics, primary=wanted.primary, budgets=wanted.budgets)
        if _recovery_changed(project, wanted):
            refresh_all(uow, project_id)
        note(
            uow,
            app,
            Action.CHANGED,
            Subject("project", (int(project_id),), _told(project, wanted), project_id),
        )
        uow.commit()
    _logger.info("Settings changed", extra={"project": project_id, "corrected": len(change.corrections)})
    if change.most_running is not None:
        dispatch_unsent(app)
    with app.unit_of_work() as uow:
        return _present(uow, project_id)


def _told(before: Project, after: Project) -> str:
    """Return which settings changed, for the audit trail."""
    fields = ("name", "description", "primary", "budgets", "acceptable_loss", "most_running", "metrics")
    names = (field.replace("_", " ") for field in fields if getattr(before, field) != getattr(after, field))
    return f"settings: {', '.join(names)}"


def _recovery_changed(before: Project, after: Project) -> bool:
    """Return whether recovery is of other metrics, or counted the other way."""
    directions = [[(each.name, each.direction) for each in one.measured_metrics] for one in (before, after)]
    return before.primary != after.primary or directions[0] != directions[1]


def _wanted(project: Project, change: SettingsChange) -> Project:
    stale = (project.budgets.keys() | set(project.primary)) - {metric.name for metric in project.metrics}
    primary = project.primary if change.primary is None else tuple(dict.fromkeys(change.primary))
    budgets = project.budgets if change.budgets is None else change.budgets
    return replace(
        project,
        name=project.name if change.name is None else change.name.strip(),
        description=project.description if change.description is None else change.description.strip(),
        metrics=_corrected(project, change.corrections),
        primary=tuple(name for name in primary if name not in stale),
        budgets={name: value for name, value in budgets.items() if name not in stale},
        acceptable_loss=project.acceptable_loss if change.acceptable_loss is None else change.acceptable_loss,
        most_running=project.most_running if change.most_running is None else change.most_running or None,
    )


def _present(uow: UnitOfWork, project_id: ProjectId) -> Project:
    found = uow.projects.find(int(project_id))
    if found is None:
        raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
    return found


def _corrected(project: Project, corrections: Iterable[MetricCorrection]) -> tuple[MetricDefinition, ...]:
    by_name = {correction.name: correction for correction in corrections}
    return tuple(
        _applied(metric, by_name[metric.name]) if metric.name in by_name else metric
        for metric in project.metrics
    )


def _applied(metric: MetricDefinition, correction: MetricCorrection) -> MetricDefinition:
    return replace(
        metric,
        label=metric.label if correction.label is None else correction.label.strip(),
        direction=correction.direction or metric.direction,
        format=correction.format or metric.format,
        unit=metric.unit if correction.unit is None else correction.unit.strip(),
        authority=Authority.CORRECTED,
    )


def _correction_problems(project: Project, corrections: Iterable[MetricCorrection]) -> list[Problem]:
    problems: list[Problem] = []
    owner = f"The project {project.name}"
    for correction in corrections:
        field = f"metrics.{correction.name}"
        metric = project.metric(correction.name)
        if metric is None:
            problems.append(unknown_metric(field, correction.name, project.metrics, owner))
        elif metric.variant_of is not None:
            problems += _derived_problems(metric, correction, project)
        for part, text in (("label", correction.label), ("unit", correction.unit)):
            required = part == "label"
            if text is not None:
                found = text_problems(f"{field}.{part}", text, most=LONGEST_LABEL, required=required)
                problems += [
                    replace(problem, message=f"{correction.name}: {problem.message}") for problem in found
                ]
    return problems


def _derived_problems(
    metric: MetricDefinition, correction: MetricCorrection, project: Project
) -> list[Problem]:
    """Return which parts of a derived metric the correction would change: they follow its origin."""
    wanted, origin = _applied(metric, correction), project.metric(str(metric.variant_of))
    name = origin.label if origin else str(metric.variant_of)
    return [
        Problem(
            f"metrics.{metric.name}.{part}",
            f"{metric.label} is derived from {name}, so its {part} cannot be changed.",
            f"Change {name} instead, or leave this as it is.",
        )
        for part in ("label", "direction", "format", "unit")
        if getattr(wanted, part) != getattr(metric, part)
    ]


def _loss_problems(loss: float) -> list[Problem]:
    if 0 <= loss <= 1:
        return []
    message = f"{loss * 100:g} is not a valid acceptable loss."
    return [Problem("acceptable_loss", message, "Give points from 0 to 100, for example 1.")]


def _limit_problems(most: int | None) -> list[Problem]:
    if most is None or 1 <= most <= MOST_RUNNING:
        return []
    message = f"{most:,} is no limit of runs at once."
    return [
        Problem("most_running", message, f"Give a number from 1 to {MOST_RUNNING:,}, or nothing for any.")
    ]
