"""Checks of what is set on metrics, for new projects and for changes of their settings alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.metric import Direction, MetricDefinition
from core.domain.text import shown
from core.errors import Problem
from core.presentation.near_names import suggestion

Metrics = Sequence[MetricDefinition]


def primary_problems(primary: Any, metrics: Metrics, owner: str) -> list[Problem]:
    """Return what is wrong with the leading metrics, at `primary`; `owner` has the metrics."""
    if isinstance(primary, str) or not isinstance(primary, Sequence):
        message = f"{shown(primary)} is not a list of metrics."
        return [Problem("primary", message, "Write a list of names, such as [top1, file_bytes].")]
    known = {metric.name for metric in metrics}
    return [
        unknown_metric("primary", name, metrics, owner)
        for name in primary
        if not isinstance(name, str) or name not in known
    ]


def budget_problems(budgets: Mapping[str, Any], metrics: Metrics, owner: str) -> list[Problem]:
    """Return what is wrong with budgets, at `budgets.<name>`; `owner` has the metrics."""
    by_name = {metric.name: metric for metric in metrics}
    problems = []
    for name, value in budgets.items():
        field, metric = f"budgets.{name}", by_name.get(name)
        if metric is None:
            problems.append(unknown_metric(field, name, metrics, owner))
        elif not is_finite(value):
            message = f"The budget of {metric.label} is {shown(value)}, not a finite number."
            problems.append(Problem(field, message, "Give a number such as 0.9 or 1000000, or no budget."))
        elif by_name.get(metric.variant_of or name, metric).direction is Direction.NEITHER:
            message = f"{metric.label} has a budget, but neither direction is better."
            problems.append(Problem(field, message, "Choose a direction first, or remove the budget."))
    return problems


def is_finite(value: Any) -> bool:
    """Return whether a value is a number that a float can hold; true and false are none."""
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def unknown_metric(field: str, name: Any, metrics: Metrics, owner: str) -> Problem:
    """Return the problem of a name that no metric has, with near matches."""
    names = [metric.name for metric in metrics]
    hint = suggestion(name, names, nothing="none yet")
    return Problem(field, f"{owner} has no metric named {shown(name)}.", hint)
