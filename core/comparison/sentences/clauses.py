"""Clauses about one difference, in the words that the metric's definition asks for."""

from __future__ import annotations

from dataclasses import replace

from core.comparison.sentences.amounts import scaled, with_margin
from core.comparison.sentences.statement import Difference, Verdict
from core.domain.metric import Direction, Format, Group, MetricDefinition, format_value
from core.presentation.labels import in_sentence

_FINEST = 9
"""Decimals of amounts in the unit of a metric, which may be seconds."""


def metric_label(metric: MetricDefinition) -> str:
    """Return the metric's name inside a sentence: `top-1 accuracy`; abbreviations keep their capitals."""
    return in_sentence(metric.label)


def effect(found: Difference) -> str:
    """Return what a change does to the metric: `costs 2 points of accuracy`, `saves 75 % of file size`."""
    metric, label = found.metric, metric_label(found.metric)
    better = metric.better(found.after.value, found.before.value)
    if found.verdict is Verdict.UNCLEAR:
        return f"does not change {label} measurably ({signed(found)}){aside(found)}"
    if found.verdict is Verdict.SAME:
        most = within(found)
        same = found.amount == 0 or most.startswith("0 ")
        return (f"leaves {label} as it is" if same else f"keeps {label} within {most}") + aside(found)
    amount = amount_of(found)
    if found.lost is not None and metric.points_per_unit is not None:
        return f"brings back {regained(found)} points of {label}{aside(found)}"
    if metric.group is Group.QUALITY and metric.points_per_unit and metric.direction is Direction.HIGHER:
        return f"{'gains' if better else 'costs'} {amount} of {label}{aside(found)}"
    if metric.group is Group.EFFICIENCY and metric.direction is Direction.LOWER and found.before.value > 0:
        clause = f"saves {amount} of {label}" if better else f"adds {amount} to {label}"
        return clause + aside(found)
    return f"{'raises' if found.amount > 0 else 'lowers'} {label} by {amount}{aside(found)}"


def moves(found: Difference) -> str:
    """Return what the metric does from the first to the second figure: `falls 12 points`."""
    if found.verdict is Verdict.UNCLEAR:
        return f"does not change measurably ({signed(found)}){aside(found)}"
    if found.verdict is Verdict.SAME:
        return ("stays the same" if found.amount == 0 else f"stays within {within(found)}") + aside(found)
    by = " " if found.metric.points_per_unit else " by "
    return f"{'rises' if found.amount > 0 else 'falls'}{by}{amount_of(found)}{aside(found)}"


def aside(found: Difference) -> str:
    """Return what makes the figures hard to compare, in brackets."""
    return f" ({'; '.join(found.caveats)})" if found.caveats else ""


def within(found: Difference) -> str:
    """Return the size of a difference without its margin, of figures that are reported as equal."""
    return amount_of(replace(found, margin=None))


def amount_of(found: Difference) -> str:
    """Return the size of a difference with its margin: points, the share of efficiency, else the unit."""
    metric, before = found.metric, found.before.value
    if (scale := metric.points_per_unit) is not None:
        amount = _with_margin(found, scale)
        return f"{amount} point{'s' * (amount != '1')}"
    if metric.group is Group.EFFICIENCY and before != 0:
        if found.margin is None and found.amount < 0 and 0.995 <= abs(found.amount) / abs(before) < 1:
            return "more than 99 %"
        return f"{_with_margin(found, 100.0, abs(before))} %"
    if found.margin is None or metric.format is not Format.DECIMAL:
        return format_value(metric, abs(found.amount))
    both = with_margin(abs(found.amount), found.margin, finest=_FINEST)
    return f"{both} {metric.unit}".strip() if both else format_value(metric, abs(found.amount))


def regained(found: Difference) -> str:
    """Return what came back of what was lost, in points: `47 of 81`."""
    scale = found.metric.points_per_unit or 1.0
    return f"{_with_margin(found, scale)} of {scaled(found.lost or 0.0, scale)}"


def signed(found: Difference) -> str:
    """Return the amount with its sign, e.g. `-0.4 ± 1.6 points`."""
    sign = "\N{MINUS SIGN}" if found.amount < 0 else "+"
    return f"{sign}{amount_of(found)}"


def _with_margin(found: Difference, scale: float, over: float = 1.0) -> str:
    amount = abs(found.amount)
    if found.margin is None:
        return scaled(amount, scale, over)
    return with_margin(amount, found.margin, scale, over) or scaled(amount, scale, over)
