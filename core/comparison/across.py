"""Which metrics models of several projects share, so that they can be drawn on the same axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.measurement.variants import recoverable, recovery_name
from core.domain.metric import Authority, Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.presentation.lists import joined

RECOVERY = MetricDefinition(
    "@recovery",
    "Recovery of the leading quality metric",
    Direction.HIGHER,
    Format.PERCENT,
    group=Group.QUALITY,
    description="The share of its own base's value that a model keeps, of its project's leading metric.",
    authority=Authority.DECLARED,
)
"""What models of any projects share: each is compared with the base that it descends from."""


@dataclass(frozen=True)
class SharedMetrics:
    """metrics: those that all projects measure, and recovery. apart: the others by label, and why not."""

    metrics: tuple[MetricDefinition, ...]
    apart: Mapping[str, str]


def shared_metrics(projects: Sequence[Project]) -> SharedMetrics:
    """Return the metrics that have one name, direction, format and unit in every project."""
    named: dict[str, list[tuple[Project, MetricDefinition]]] = {}
    for project in projects:
        for metric in project.measured_metrics:
            named.setdefault(metric.name, []).append((project, metric))
    shared, apart = [], {}
    for each in named.values():
        definition = each[0][1]
        if (reason := _reason(each, projects)) is None:
            shared.append(definition)
        else:
            apart[definition.label] = reason
    recovers = all(leading_quality(project) is not None for project in projects)
    return SharedMetrics((*([RECOVERY] if recovers else []), *shared), apart)


def leading_quality(project: Project) -> MetricDefinition | None:
    """Return the quality metric that leads in a project and of which there is recovery."""
    leading = (project.metric(name) for name in project.primary)
    return next(
        (one for one in leading if one is not None and one.variant_of is None and recoverable(one)), None
    )


def with_shared_recovery(models: Iterable[Model], project: Project) -> list[Model]:
    """Return models whose recovery of the leading quality metric has the name that projects share."""
    leading = leading_quality(project)
    name = recovery_name(leading.name) if leading else ""
    return [
        replace(model, metrics={**model.metrics, RECOVERY.name: model.metrics[name]})
        if name in model.metrics
        else model
        for model in models
    ]


def _reason(found: Sequence[tuple[Project, MetricDefinition]], projects: Sequence[Project]) -> str | None:
    """Return why a metric is no axis for all projects; None if it is one."""
    if len(found) < len(projects):
        return f"only in {joined([project.name for project, _ in found])}"
    kinds = {
        "better": {project.name: metric.direction.value for project, metric in found},
        "shown as": {project.name: metric.format.value for project, metric in found},
        "unit": {project.name: metric.unit or "none" for project, metric in found},
    }
    for what, values in kinds.items():
        if len(set(values.values())) > 1:
            return ", ".join(f"{what} {value} in {name}" for name, value in values.items())
    return None
