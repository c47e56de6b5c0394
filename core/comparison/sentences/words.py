"""Statements in words. Reads nothing but the statement, so that a sentence claims what its statement does."""

from __future__ import annotations

from collections.abc import Sequence

from core.comparison.sentences.choice_words import ranking, spread
from core.comparison.sentences.clauses import amount_of, aside, effect, metric_label, regained
from core.comparison.sentences.phrases import shortened
from core.comparison.sentences.statement import (
    BestOf,
    Census,
    Contrast,
    Effects,
    Nothing,
    Ranking,
    Reason,
    Relation,
    Repeats,
    Setting,
    Single,
    Spread,
    Statement,
    TradeOff,
    Trend,
    Winner,
)
from core.comparison.sentences.study_words import census, trade_off
from core.comparison.sentences.trend_words import trend
from core.domain.metric import format_value
from core.presentation.lists import joined

MOST_NAMED = 3
"""Variables or steps that a sentence lists; more are counted."""


def written(statement: Statement) -> str:
    """Return the statement as one sentence; the name of a model keeps its first letter."""
    text = _text(statement)
    return f"{text if _starts_with_name(statement) else text[:1].upper() + text[1:]}."


def _starts_with_name(statement: Statement) -> bool:
    if isinstance(statement, Contrast):
        first = statement.settings[0][1].variable if len(statement.settings) == 1 else ""
        return statement.relation is Relation.NAMED or first == "base"
    return isinstance(statement, Single)


def _text(statement: Statement) -> str:  # noqa: C901, PLR0911 - one branch per kind
    match statement:
        case Contrast():
            return _contrast(statement)
        case Effects():
            return _effects(statement)
        case Trend():
            return trend(statement) + never_trained(statement.untrained)
        case Ranking():
            return ranking(statement) + never_trained(statement.untrained)
        case Spread():
            return spread(statement) + never_trained(statement.untrained)
        case BestOf():
            return _best_of(statement) + never_trained(statement.untrained)
        case Repeats():
            return _repeats(statement)
        case Single():
            return _single(statement)
        case Nothing():
            return _nothing(statement)
        case TradeOff():
            return trade_off(statement)
        case Census():
            return census(statement)


def _contrast(one: Contrast) -> str:
    done = joined([effect(found) for found in one.differences])
    where = f" {one.where.place}" if one.where else ""
    seeds = _also(one)
    if one.relation is Relation.NAMED:
        before, after = one.names
        what = shortened(list(one.differ_in), MOST_NAMED)
        return f"{after} differs from {before} in {what}: it {done}{seeds}"
    return f"{_subject(one)} {done}{where}{seeds}"


def _also(*contrasts: Contrast) -> str:
    """Return what else one has to know about the two sides."""
    seeds = "; the seeds differ as well" if any(one.seeds_differ for one in contrasts) else ""
    return seeds + never_trained([name for one in contrasts for name in one.untrained])


def never_trained(names: Sequence[str]) -> str:
    """Return which models were never trained, to be put behind a sentence; empty if there are none."""
    untrained = list(dict.fromkeys(names))
    if not untrained:
        return ""
    who = joined(untrained) if len(untrained) <= MOST_NAMED else f"{len(untrained)} of these models"
    return f"; {who} {'was' if len(untrained) == 1 else 'were'} never trained"


def _subject(one: Contrast) -> str:
    if one.relation in (Relation.ADDED, Relation.INSERTED):
        return _chained(one.new)
    if one.relation is Relation.REPLACED:
        return f"{_chained(one.new)} instead of {_chained(one.old)}"
    if len(one.settings) == 1:
        before, after = one.settings[0]
        return f"{after.name} instead of {before.short}"
    return "changing " + joined([_step_from(before, after) for before, after in one.settings])


def _chained(steps: Sequence[str]) -> str:
    """Return steps in their order; of many, the first ones and how many follow."""
    more = len(steps) - MOST_NAMED
    shown = " followed by ".join(steps[:MOST_NAMED] if more > 1 else steps)
    return f"{shown} and {more} more steps" if more > 1 else shown


def _step_from(before: Setting, after: Setting) -> str:
    """Return e.g. `sparsity from 0.3 to 0.5`, or `resnet20 to resnet56` where the value is its own name."""
    what = before.noun or before.name.removesuffix(before.short).strip()
    return f"{what} from {before.short} to {after.short}" if what else f"{before.name} to {after.name}"


def _effects(found: Effects) -> str:
    first, last = found.contrasts[0], found.contrasts[-1]
    if first.where is None or last.where is None:
        raise ValueError("a contrast of several effects has no place")
    one, other = first.differences[0], last.differences[0]
    more = f" ({found.places} values compared)" if found.places > len(found.contrasts) else ""
    text = f"{_subject(first)} {effect(one)} {first.where.place}"
    if not other.changed:
        where = f"{metric_label(one.metric)} {first.where.place} or {last.where.again}"
        return f"{_subject(first)} makes no clear difference to {where}{more}{aside(one)}{_also(first, last)}"
    alike = one.verdict is other.verdict and (one.lost is None) is (other.lost is None)
    if alike and one.changed and other.metric.points_per_unit is not None:
        amount = amount_of(other).partition(" point")[0] if other.lost is None else regained(other)
        up_to = "up to " if more else ""
        text += f" and {up_to}{amount} {last.where.again}{aside(other)}"
    else:
        text += f" and {effect(other)} {last.where.again}"
    return f"{text}{more}{_also(first, last)}"


def _best_of(found: BestOf) -> str:
    claims: dict[str, list[str]] = {}
    for winner in found.winners:
        claims.setdefault(winner.name, []).append(_claim(winner))
    clauses = [f"{name} {' and '.join(what).replace(' and has ', ' and ')}" for name, what in claims.items()]
    differ = f", which differ in {shortened(list(found.differ_in), MOST_NAMED)}" if found.differ_in else ""
    return f"of these {len(found.model_ids)} models{differ}, {joined(clauses)}"


def _claim(winner: Winner) -> str:
    value, worst = (format_value(winner.metric, one) for one in (winner.value, winner.level_to))
    best = f"the best {metric_label(winner.metric)} ({'; '.join([value, *winner.caveats])})"
    level = len(winner.level_with)
    if not level or value == worst:
        return f"is one of {level + 1} models level at {best}" if level else f"has {best}"
    others = f"1 other ({worst})" if level == 1 else f"{level} others ({worst} or better)"
    return f"has {best}, not clearly ahead of {others}"


def _repeats(found: Repeats) -> str:
    low, high = format_value(found.metric, found.low), format_value(found.metric, found.high)
    span = f"is {low} for each" if low == high else f"ranges from {low} to {high}"
    lacking = len(found.model_ids) - found.measured
    unmeasured = f"; {lacking} of them {'has' if lacking == 1 else 'have'} no figure" if lacking else ""
    label = metric_label(found.metric)
    return f"these {len(found.model_ids)} models repeat one recipe: {label} {span}{unmeasured}"


def _single(found: Single) -> str:
    if not found.values:
        return f"{found.name} has no figures{' yet' if found.pending else ''}"
    figures = ", ".join(
        f"{metric_label(metric)} {format_value(metric, value)}" for metric, value in found.values
    )
    return f"{found.name}: {figures}"


def _nothing(found: Nothing) -> str:
    if found.reason is Reason.EMPTY:
        return "select models in the map or the plot to compare them"
    if found.reason is Reason.NOTHING_SHARED:
        return (
            f"these {found.models} models have no metric in common of which a direction is known to be better"
        )
    return (
        f"none of these {found.models} models has figures{' yet' if found.reason is Reason.PENDING else ''}"
    )


def metrics_of(statement: Statement) -> tuple[str, ...]:
    """Return the names of the metrics that the sentence speaks of."""
    match statement:
        case Contrast():
            found = [one.metric for one in statement.differences]
        case Effects():
            found = [one.metric for one in statement.contrasts[0].differences]
        case Trend():
            found = [line.metric for line in statement.lines]
        case Ranking():
            found = [statement.difference.metric]
        case Spread() | Repeats():
            found = [statement.metric]
        case BestOf():
            found = [winner.metric for winner in statement.winners]
        case Single():
            found = [metric for metric, _ in statement.values]
        case TradeOff():
            found = [statement.cost.metric, statement.quality.metric]
        case Nothing() | Census():
            found = []
    return tuple(metric.name for metric in found)
