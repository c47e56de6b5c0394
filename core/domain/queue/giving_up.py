"""When a branch of an experiment is given up: a model misses a budget on quality by more than a margin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.domain.metric import Direction, Group, MetricDefinition, format_value
from core.domain.project import Project
from core.domain.search.selection import Search

WIDEST_MARGIN = 1.0
SEARCH_MARGIN = 0.02
"""By how much a model may miss a condition of a search before what follows is given up, unless it says."""


@dataclass(frozen=True)
class Miss:
    """A metric whose value is worse than its budget, in the metric's own unit."""

    metric: MetricDefinition
    value: float
    budget: float

    def in_words(self, model: str) -> str:
        """Return e.g. `pruned has Top-1 accuracy 71.0 %, and the budget is 90.0 %`."""
        value, budget = (format_value(self.metric, one) for one in (self.value, self.budget))
        return f"{model} has {self.metric.label} {value}, and the budget is {budget}"


def quality_budgets(project: Project) -> dict[str, float]:
    """Return the budgets that a model cannot come to meet by being compressed further."""
    return {
        metric.name: project.budgets[metric.name]
        for metric in project.metrics
        if metric.name in project.budgets
        and metric.group is Group.QUALITY
        and metric.direction is not Direction.NEITHER
    }


def searched_budgets(project: Project, search: Search) -> dict[str, float]:
    """Return the conditions of a search that a model cannot come to meet by being compressed further."""
    limits = [(Direction.HIGHER, search.at_least), (Direction.LOWER, search.at_most)]
    return {
        metric.name: budgets[metric.name]
        for direction, budgets in limits
        for metric in project.metrics
        if metric.name in budgets and metric.group is Group.QUALITY and metric.direction is direction
    }


def first_miss(
    project: Project,
    metrics: Mapping[str, float],
    *,
    margin: float,
    budgets: Mapping[str, float] | None = None,
) -> Miss | None:
    """Return the first budget on quality that these values miss by more than the margin.

    margin: 0.01 is one point of a metric in per cent, and 1 % of the budget of any other.
    budgets: other ones than the project's.
    """
    held = quality_budgets(project) if budgets is None else budgets
    return next(_misses(project, metrics, margin, held), None)


def _misses(
    project: Project, metrics: Mapping[str, float], margin: float, budgets: Mapping[str, float]
) -> Iterator[Miss]:
    for name, budget in budgets.items():
        metric, value = project.metric(name), metrics.get(name, math.nan)
        if metric is None or not math.isfinite(value) or metric.better(value, budget) is not False:
            continue
        scale = metric.points_per_unit
        allowed = margin * abs(budget) if scale is None else margin * 100 / scale
        if abs(value - budget) > allowed + 1e-9 * abs(budget):
            yield Miss(metric, value, budget)
