"""Choices in words: `best with method l1 and worst with random`, `changes accuracy by up to 50 points`."""

from __future__ import annotations

from core.comparison.sentences.clauses import amount_of, aside, metric_label
from core.comparison.sentences.phrases import places
from core.comparison.sentences.statement import Ranking, Spread, Verdict
from core.domain.metric import format_value


def ranking(found: Ranking) -> str:
    """Return best and worst as far as they stand apart: `accuracy is best with method l1 (80.0 %) ...`."""
    label = metric_label(found.difference.metric)
    prefix = f"{found.where.place}, " if found.where else ""
    told = _apart(found) if found.difference.changed else _level(found)
    return f"{prefix}{label} {told}{aside(found.difference)}"


def _apart(found: Ranking) -> str:
    worst, best = found.points[0].setting, found.points[-1].setting
    values = [format_value(found.difference.metric, point.figure.value) for point in found.points]
    low, high, others = values[0], values[-1], len(values) - 1
    if found.best_apart and found.worst_apart:
        return f"is best {best.place} ({high}) and worst {worst.again} ({low})"
    if found.best_apart:
        return f"is best {best.place} ({high}); the other {others} measure {_span(low, values[-2])}"
    if found.worst_apart:
        return f"is worst {worst.place} ({low}); the other {others} measure {_span(values[1], high)}"
    return f"ranges from {low} {worst.place} to {high} {best.again}"


def _span(low: str, high: str) -> str:
    """Return two values as a range; as one where they read the same."""
    return low if low == high else f"{low} to {high}"


def _level(found: Ranking) -> str:
    ends = [format_value(found.difference.metric, found.points[place].figure.value) for place in (0, -1)]
    span = f"is {ends[0]}" if ends[0] == ends[1] else f"is between {' and '.join(ends)}"
    unclear = ", no clear difference" if found.difference.verdict is Verdict.UNCLEAR else ""
    return f"{span} for all {len(found.points)} choices of {found.label}{unclear}"


def spread(found: Spread) -> str:
    """Return where the variable matters most: `method changes accuracy by up to 50 points: at ...`."""
    label = metric_label(found.metric)
    if found.widest is None or found.difference is None or found.where is None:
        return f"{found.label} makes no clear difference to {label} {places(found.places)}"
    worst, best = found.widest
    low, high = (format_value(found.metric, point.figure.value) for point in (worst, best))
    return (
        f"{found.label} changes {label} by up to {amount_of(found.difference)}: {found.where.place} it is "
        f"{high} {best.setting.place} and {low} {worst.setting.again}{aside(found.difference)}"
    )
