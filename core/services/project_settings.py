"""What people set on a project: its name, what its metrics mean, which lead, and its budgets."""

from __future__ import annotations

import difflib
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.ids import ProjectId
from core.domain.metric import Authority, Direction, Format, MetricDefinition
from core.domain.project import Project
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

LONGEST_LABEL = 100

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


def update_metrics(
    app: Application,
    project_id: ProjectId,
    *,
    corrections: Iterable[MetricCorrection] = (),
    primary: Sequence[str] | None = None,
    budgets: Mapping[str, float] | None = None,
) -> Project:
    """Correct metrics, choose those that lead and set budgets; what is None stays. Return the project.

    Results of later runs keep what is corrected here. `primary` and `budgets` replace the present ones.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `metrics.<name>.label`, `primary`, `budgets.<name>`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = _present(uow, project_id)
        wanted = list(corrections)
        changed = _corrected(project, wanted)
        leading = project.primary if primary is None else tuple(dict.fromkeys(primary))
        allowed = project.budgets if budgets is None else dict(budgets)
        problems = _correction_problems(project, wanted)
        problems += _primary_problems(project, leading) + _budget_problems(project, changed, allowed)
        if problems:
            raise InvalidInput(problems)
        uow.projects.set_metrics(project_id, changed, primary=leading, budgets=allowed)
        uow.commit()
    _logger.info("Metrics set", extra={"project": project_id, "corrected": len(wanted)})
    with app.unit_of_work() as uow:
        return _present(uow, project_id)


def update_project(
    app: Application, project_id: ProjectId, *, name: str | None = None, description: str | None = None
) -> Project:
    """Rename or describe a project anew; its address stays. Return the project.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `name`, `description`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(project_id)
        project = _present(uow, project_id)
        called = project.name if name is None else name.strip()
        described = project.description if description is None else description.strip()
        problems = text_problems("name", called, most=100, required=True)
        problems += text_problems("description", described, most=10_000)
        if problems:
            raise InvalidInput(problems)
        uow.projects.describe(project_id, name=called, description=described)
        uow.commit()
    with app.unit_of_work() as uow:
        return _present(uow, project_id)


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
    for correction in corrections:
        field = f"metrics.{correction.name}"
        if project.metric(correction.name) is None:
            problems.append(_unknown(field, correction.name, project))
        for part, text in (("label", correction.label), ("unit", correction.unit)):
            required = part == "label"
            if text is not None:
                found = text_problems(f"{field}.{part}", text, most=LONGEST_LABEL, required=required)
                problems += [
                    replace(problem, message=f"{correction.name}: {problem.message}") for problem in found
                ]
    return problems


def _primary_problems(project: Project, primary: Iterable[str]) -> list[Problem]:
    return [_unknown("primary", name, project) for name in primary if project.metric(name) is None]


def _budget_problems(
    project: Project, metrics: Iterable[MetricDefinition], budgets: Mapping[str, float]
) -> list[Problem]:
    by_name = {metric.name: metric for metric in metrics}
    problems = []
    for name, value in budgets.items():
        field = f"budgets.{name}"
        if name not in by_name:
            problems.append(_unknown(field, name, project))
        elif not math.isfinite(value):
            message = f"The budget of {by_name[name].label} is {value}."
            problems.append(Problem(field, message, "Give a number, or no budget."))
        elif by_name[name].direction is Direction.NEITHER:
            message = f"{by_name[name].label} has a budget, but neither direction is better."
            problems.append(Problem(field, message, "Choose a direction first, or remove the budget."))
    return problems


def _unknown(field: str, name: str, project: Project) -> Problem:
    names = [metric.name for metric in project.metrics]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(names) or 'none yet'}."
    return Problem(field, f"The project {project.name} has no metric named {name!r}.", hint)
