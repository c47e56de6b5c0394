"""Clauses about how a metric differs between two values, in the words its definition asks for."""

from __future__ import annotations

from core.domain.metric import Direction, Format, Group, MetricDefinition, format_value

FLAT_POINTS = 0.01
"""Fractions that differ by less than this (one point) are called equal in trends."""

FLAT_SHARE = 0.02
"""Other metrics that differ by less than this share are called equal in trends."""


def metric_label(metric: MetricDefinition) -> str:
    """Return the metric's name inside a sentence: `top-1 accuracy`; abbreviations keep their capitals."""
    return " ".join(word.lower() if word[1:].islower() else word for word in metric.label.split())


def is_flat(metric: MetricDefinition, before: float, after: float) -> bool:
    """Return whether two values are so close that a trend should not be claimed."""
    if metric.format is Format.PERCENT:
        return abs(after - before) < FLAT_POINTS
    return abs(after - before) <= FLAT_SHARE * abs(before)


def moves(metric: MetricDefinition, before: float, after: float) -> str:
    """Return what the metric does between two values, e.g. `falls 12 points`, `rises by 40 %`."""
    if is_flat(metric, before, after):
        return "hardly changes"
    by = " " if _in_points(metric) else " by "
    return f"{'rises' if after > before else 'falls'}{by}{amount_of(metric, before, after)}"


def effect(metric: MetricDefinition, before: float, after: float) -> str:
    """Return what a change does to the metric: `costs 0.2 points of accuracy`, `saves 75 % of size`."""
    label, amount = metric_label(metric), amount_of(metric, before, after)
    better = metric.better(after, before)
    if before == after or amount.startswith("0 "):
        return f"leaves {label} as it is"
    if metric.group is Group.QUALITY and _in_points(metric) and metric.direction is Direction.HIGHER:
        return f"{'gains' if better else 'costs'} {amount} of {label}"
    if metric.group is Group.EFFICIENCY and metric.direction is Direction.LOWER and before > 0:
        return f"saves {amount} of {label}" if better else f"adds {amount} to {label}"
    return f"{'raises' if after > before else 'lowers'} {label} by {amount}"


def brought_back(metric: MetricDefinition, before: float, after: float, origin: float | None) -> str | None:
    """Return e.g. `brings back 47 of 81 points of top-1 accuracy` where `before` had lost against `origin`.

    None where nothing had been lost, nothing is regained, or more than was lost is gained.
    """
    if origin is None or metric.group is not Group.QUALITY or not _in_points(metric):
        return None
    lost, regained = abs(origin - before), abs(after - before)
    if not metric.better(origin, before) or not metric.better(after, before) or regained > lost:
        return None
    return f"brings back {plain(regained * 100)} of {plain(lost * 100)} points of {metric_label(metric)}"


def plain(value: float) -> str:
    """Write a positive number as one says it: one decimal below ten, none above."""
    if value >= 9.95:
        return f"{value:,.0f}"
    text = f"{value:.1f}".removesuffix(".0")
    return f"{value:.1g}" if text == "0" and value >= 0.005 else text


def _in_points(metric: MetricDefinition) -> bool:
    return metric.format is Format.PERCENT


def amount_of(metric: MetricDefinition, before: float, after: float) -> str:
    """Return the size of a difference: points for fractions, the share of efficiency, else the unit."""
    if _in_points(metric):
        return f"{plain(abs(after - before) * 100)} points"
    if metric.group is Group.EFFICIENCY and before != 0:
        return f"{plain(abs(after - before) / abs(before) * 100)} %"
    return format_value(metric, abs(after - before))
