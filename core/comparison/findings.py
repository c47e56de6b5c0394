"""The kinds of finding that a selection can show, each as one sentence; None where figures are missing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.comparison.clauses import amount_of, brought_back, effect, is_flat, metric_label, moves, plain
from core.comparison.evidence import Evidence
from core.comparison.phrases import at, between, named, sentence, together, too
from core.comparison.values import Value
from core.comparison.variables import Varying
from core.domain.metric import Format, MetricDefinition, format_value

Groups = tuple[list[int], list[int]]
"""Positions of the models without a step, and with it."""


def repeats(evidence: Evidence, leads: Sequence[MetricDefinition]) -> str | None:
    """Models of one recipe: the range that repeating it gives."""
    metric = leads[0]
    values = [model.metrics.get(metric.name, math.nan) for model in evidence.selected]
    finite = [value for value in values if math.isfinite(value)]
    low, high = format_value(metric, min(finite)), format_value(metric, max(finite))
    span = f"is {low} for each" if low == high else f"ranges from {low} to {high}"
    return f"These {len(evidence.selected)} models repeat one recipe: {metric_label(metric)} {span}."


def effect_of_step(
    evidence: Evidence, leads: Sequence[MetricDefinition], step: Varying, other: Varying | None
) -> str | None:
    """Models with and without a step, alone or at several values of another variable."""
    pairs = _pairs(step, other, evidence)
    if not pairs:
        return None
    if len(pairs) == 1:
        level, groups = pairs[0]
        clauses = [clause for metric in leads if (clause := _effect(evidence, metric, groups)) is not None]
        if not clauses:
            return None
        where = at(other, level) if other is not None and level is not None else ""
        company = evidence.company([step, *([other] if other else [])], groups)
        return sentence(f"{together(step.label, company)} {' and '.join(clauses)}{where}")
    return _effects(evidence, leads[0], step, other, pairs) if other is not None else None


def trend(evidence: Evidence, leads: Sequence[MetricDefinition], axis: Varying) -> str | None:
    """Models along one numeric variable: how far the metric holds, and what it does from end to end."""
    clauses: list[str] = []
    ends: list[Value] = []
    for metric in leads:
        means = evidence.per_level(metric, axis)
        if len(means) < 2:
            continue
        ends = ends or [means[0][0], means[-1][0]]
        clauses.append(_trend(metric, means, axis, first=not clauses))
    if not clauses:
        return None
    company = evidence.company([axis], (_having(axis, ends[0]), _having(axis, ends[1])))
    return sentence("; ".join(clauses) + too(company))


def of_values(evidence: Evidence, leads: Sequence[MetricDefinition], axis: Varying) -> str | None:
    """Models that differ in a choice: what one of two does against the other, or the best and the worst."""
    levels = axis.levels()
    if len(levels) == 2:
        groups = (_having(axis, levels[0]), _having(axis, levels[1]))
        clauses = [clause for metric in leads if (clause := _effect(evidence, metric, groups)) is not None]
        choice = f"{named(axis, levels[1])} instead of {named(axis, levels[0], again=True)}"
        subject = together(choice, evidence.company([axis], groups))
        return sentence(f"{subject} {' and '.join(clauses)}") if clauses else None
    means = evidence.per_level(leads[0], axis)
    if len(means) < 2:
        return None
    worst, best = _worst_and_best(leads[0], means)
    company = too(evidence.company([axis], (_having(axis, worst[0]), _having(axis, best[0]))))
    high, low = (format_value(leads[0], mean) for _, mean in (best, worst))
    label = metric_label(leads[0])
    if is_flat(leads[0], worst[1], best[1]):
        return sentence(f"{axis.label} hardly changes {label}: {low} to {high}{company}")
    return sentence(
        f"{label} is best with {named(axis, best[0])} ({high}) "
        f"and worst with {named(axis, worst[0], again=True)} ({low}){company}"
    )


def spread(
    evidence: Evidence, leads: Sequence[MetricDefinition], axis: Varying, colour: Varying
) -> str | None:
    """Models over two variables: the value of the first at which the second matters most."""
    metric = leads[0]
    found = []
    for level in axis.levels():
        means = _means_at(evidence, metric, (axis, level), colour)
        if len(means) > 1:
            found.append((level, *_worst_and_best(metric, means)))
    if not found:
        return None
    level, worst, best = max(found, key=lambda entry: abs(entry[2][1] - entry[1][1]))
    where = at(axis, level).strip()
    if is_flat(metric, worst[1], best[1]):
        return sentence(f"{colour.label} hardly changes {metric_label(metric)} at any {axis.short}")
    groups = (_having(colour, worst[0], axis, level), _having(colour, best[0], axis, level))
    high, low = (format_value(metric, mean) for _, mean in (best, worst))
    company = too(evidence.company([axis, colour], groups))
    return sentence(
        f"{colour.label} matters most {where}: {metric_label(metric)} is {high} with "
        f"{named(colour, best[0])} and {low} with {named(colour, worst[0], again=True)}{company}"
    )


def best_of(evidence: Evidence, leads: Sequence[MetricDefinition]) -> str:
    """Any models: which is best in each metric."""
    winners: dict[str, list[str]] = {}
    for metric in leads:
        measured = [
            model for model in evidence.selected if math.isfinite(model.metrics.get(metric.name, math.nan))
        ]
        best = measured[0]
        for model in measured:
            if metric.better(model.metrics[metric.name], best.metrics[metric.name]):
                best = model
        figure = format_value(metric, best.metrics[metric.name])
        winners.setdefault(best.name, []).append(f"the best {metric_label(metric)} ({figure})")
    clauses = [f"{name} has {' and '.join(claims)}" for name, claims in winners.items()]
    return f"Of these {len(evidence.selected)} models, {' and '.join(clauses)}."


def _having(
    axis: Varying, level: Value, other: Varying | None = None, fixed: Value | None = None
) -> list[int]:
    """Return the positions of the models with a value, and with a fixed one of another variable if given."""
    return [
        position
        for position, value in enumerate(axis.values)
        if value == level and (other is None or other.values[position] == fixed)
    ]


def _pairs(step: Varying, other: Varying | None, evidence: Evidence) -> list[tuple[Value | None, Groups]]:
    """Return, per value of the other variable, the models without and with the step, where there are both."""
    pairs: list[tuple[Value | None, Groups]] = []
    for level in other.levels() if other is not None else (None,):
        groups: Groups = ([], [])
        for position in range(len(evidence.selected)):
            if other is None or other.values[position] == level:
                groups[step.values[position].key is True].append(position)
        if groups[0] and groups[1]:
            pairs.append((level, groups))
    return pairs


def _effect(evidence: Evidence, metric: MetricDefinition, groups: Groups) -> str | None:
    before, after = (evidence.mean(metric, group) for group in groups)
    if before is None or after is None:
        return None
    origin = evidence.origin(metric, [*groups[0], *groups[1]])
    return brought_back(metric, before, after, origin) or effect(metric, before, after)


def _effects(
    evidence: Evidence,
    metric: MetricDefinition,
    step: Varying,
    other: Varying,
    pairs: Sequence[tuple[Value | None, Groups]],
) -> str | None:
    """Return the effect of the step at the two values where it is smallest and largest (signed by better)."""
    measured = []
    for level, groups in pairs:
        before, after = (evidence.mean(metric, group) for group in groups)
        if before is not None and after is not None and level is not None:
            sign = {True: 1, False: -1, None: 0}[metric.better(after, before)]
            measured.append((sign * abs(after - before), level, before, after, groups))
    if not measured:
        return None
    shown = measured if len(measured) <= 2 else _extremes(measured)
    first, last = shown[0], shown[-1]
    company = evidence.company([step, other], first[4]) or evidence.company([step, other], last[4])
    text = f"{together(step.label, company)} {_verb(evidence, metric, first)}{at(other, first[1])}"
    more = "and" if len(measured) == len(shown) else "and up to"
    if last is first:
        return sentence(text)
    if (first[0] > 0) == (last[0] > 0) and metric.format is Format.PERCENT:
        return sentence(f"{text} {more} {plain(abs(last[0]) * 100)}{at(other, last[1], again=True)}")
    return sentence(f"{text} and {effect(metric, last[2], last[3])}{at(other, last[1], again=True)}")


_Measured = tuple[float, Value, float, float, Groups]


def _extremes(measured: Sequence[_Measured]) -> list[_Measured]:
    """Return the smallest and the largest effect; the most harmful and the most helpful if they differ so."""
    one_way = len({entry[0] > 0 for entry in measured}) == 1
    ordered = sorted(measured, key=lambda entry: abs(entry[0]) if one_way else entry[0])
    return [ordered[0], ordered[-1]]


def _verb(evidence: Evidence, metric: MetricDefinition, measured: _Measured) -> str:
    _, _, before, after, groups = measured
    origin = evidence.origin(metric, [*groups[0], *groups[1]])
    regained = brought_back(metric, before, after, origin) is not None
    amount = amount_of(metric, before, after)
    return f"brings back {amount} of {metric_label(metric)}" if regained else effect(metric, before, after)


def _trend(
    metric: MetricDefinition, means: Sequence[tuple[Value, float]], axis: Varying, *, first: bool
) -> str:
    (start, before), (end, after) = means[0], means[-1]
    if not first:
        return f"{metric_label(metric)} {moves(metric, before, after)}"
    held = start
    for level, mean in means[1:]:
        if not is_flat(metric, before, mean):
            break
        held = level
    label = metric_label(metric)
    if held is end:
        return f"{label} holds {between(axis, start, end)}"
    _, (peak, top) = _worst_and_best(metric, means)
    if metric.better(top, before) and metric.better(top, after) and not is_flat(metric, top, after):
        return f"{label} is best{at(axis, peak)} ({format_value(metric, top)})"
    if held is not start and held.present:
        return (
            f"{label} holds up to {axis.short} {held.text} and {moves(metric, before, after)} by {end.text}"
        )
    return f"{label} {moves(metric, before, after)} {between(axis, start, end)}"


def _worst_and_best(
    metric: MetricDefinition, means: Sequence[tuple[Value, float]]
) -> tuple[tuple[Value, float], tuple[Value, float]]:
    worst = best = means[0]
    for entry in means[1:]:
        if metric.better(entry[1], best[1]):
            best = entry
        if metric.better(worst[1], entry[1]):
            worst = entry
    return worst, best


def _means_at(
    evidence: Evidence, metric: MetricDefinition, fixed: tuple[Varying, Value], colour: Varying
) -> list[tuple[Value, float]]:
    """Return the mean of the metric per value of `colour`, among the models with the fixed value."""
    axis, level = fixed
    means = []
    for other in colour.levels():
        mean = evidence.mean(metric, _having(colour, other, axis, level))
        if mean is not None:
            means.append((other, mean))
    return means
