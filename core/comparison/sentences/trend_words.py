"""Trends in words: `holds up to sparsity 0.5 and falls 42 points by 0.9`."""

from __future__ import annotations

from core.comparison.sentences.clauses import aside, metric_label, moves, within
from core.comparison.sentences.phrases import places
from core.comparison.sentences.statement import Line, Setting, Shape, Trend, Verdict
from core.domain.metric import format_value


def trend(found: Trend) -> str:
    """Return one clause per metric; the values are named once where they are the same."""
    clauses: list[str] = []
    told: tuple[Setting, ...] = ()
    for line in found.lines:
        settings = tuple(point.setting for point in line.points)
        clauses.append(_clause(line, settings, again=settings == told))
        if line.shape is not Shape.EXTREME:
            told = settings
    return "; ".join(clauses)


def _clause(line: Line, settings: tuple[Setting, ...], *, again: bool) -> str:
    label, first, last = metric_label(line.metric), settings[0], settings[-1]
    match line.shape:
        case Shape.HOLDS:
            where = "" if again else f" {places(settings)}"
            return f"{label} {_holding(line)}{where}{aside(line.difference)}"
        case Shape.EXTREME if line.held is not None:
            return f"{label} {_extreme(line, line.held.setting)}"
        case Shape.HELD if line.held is not None:
            held = line.held.setting.short if again else line.held.setting.name
            return f"{label} holds up to {held} and {moves(line.difference)} by {last.short}"
        case Shape.RANGES:
            low, high = sorted(line.points, key=lambda point: point.figure.value)[:: len(line.points) - 1]
            ends = [format_value(line.metric, point.figure.value) for point in (low, high)]
            return (
                f"{label} ranges from {ends[0]} {low.setting.place} to {ends[1]} {high.setting.again}"
                f"{aside(line.difference)}"
            )
        case _:
            return f"{label} {moves(line.difference)}{'' if again else _between(first, last)}"


def _between(first: Setting, last: Setting) -> str:
    """Return e.g. ` from sparsity 0.3 to 0.9`, ` from 2 to 8 bits` or ` from no pruning to sparsity 0.3`."""
    if first.noun and last.noun:
        return f" from {first.short} to {last.name}"
    return f" from {first.name} to {last.name if first.name == first.short else last.short}"


def _holding(line: Line) -> str:
    low, high = sorted((line.difference.before.value, line.difference.after.value))
    if low == high:
        return f"is {format_value(line.metric, low)}"
    if line.difference.verdict is Verdict.UNCLEAR:
        ends = f"{format_value(line.metric, low)} to {format_value(line.metric, high)}"
        return f"does not differ measurably ({ends})"
    return f"stays within {within(line.difference)}"


def _extreme(line: Line, at: Setting) -> str:
    values = {point.setting: format_value(line.metric, point.figure.value) for point in line.points}
    first, last = line.points[0].setting, line.points[-1].setting
    side = "highest" if line.difference.amount > 0 else "lowest"
    place = at.place if line.unique else f"around {at.name}"
    ends = f"{values[first]} {first.again} and {values[last]} {last.again}"
    return f"is {side} {place} ({values[at]}, against {ends}){aside(line.difference)}"
