"""Which statement suits a selection: the strongest that its figures carry, never one that they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from core.comparison.sentences.choices import ranking, spread
from core.comparison.sentences.contrast import contrast
from core.comparison.sentences.evidence import Context, Evidence
from core.comparison.sentences.figures import figure_of
from core.comparison.sentences.statement import (
    BestOf,
    Contrast,
    Effects,
    Ranking,
    Relation,
    Repeats,
    Spread,
    Statement,
    Winner,
)
from core.comparison.sentences.trend import trend
from core.comparison.variables.variables import Kind, Varying
from core.domain.metric import MetricDefinition


def finding(evidence: Evidence, leads: Sequence[MetricDefinition]) -> Statement | None:
    """Return what the selected models show; None where nothing that is true would help."""
    recipes = evidence.recipes()
    if len(recipes) == 1:
        return _repeats(evidence, leads[0])
    if len(recipes) == 2:
        return contrast(evidence, (recipes[0], recipes[1]), leads) or _best_of(evidence, leads)
    return _along_axes(evidence, leads) or _best_of(evidence, leads)


def _along_axes(evidence: Evidence, leads: Sequence[MetricDefinition]) -> Statement | None:
    axes = evidence.axes
    if len(axes) == 1:
        return _along_one(evidence, axes[0], leads)
    if len(axes) != 2:
        return None
    along, axis = sorted(axes, key=lambda varying: not varying.numeric)
    steps = [one for one in axes if one.variable.kind is Kind.PRESENCE]
    if steps:
        return _of_steps(evidence, steps, axes, leads)
    contexts = _comparable(evidence, along, axis)
    if len(contexts) == 1:
        place = evidence.setting(along, along.values[next(iter(contexts[0].values()))[0]])
        found = _of_choices(evidence, axis, contexts[0], leads)
        return replace(found, where=place) if found is not None else None
    both = _spread(evidence, along, axis, leads), _spread(evidence, axis, along, leads)
    return _larger(*both, leads[0])


def _of_steps(
    evidence: Evidence, steps: Sequence[Varying], axes: Sequence[Varying], leads: Sequence[MetricDefinition]
) -> Statement | None:
    """Return what a step does, or what goes with it where that does more than twice as much."""
    step = steps[0]
    other = next(axis for axis in axes if axis is not step)
    found = _effects(evidence, step, other, leads)
    if len(steps) == len(axes):
        return _larger(found, _effects(evidence, other, step, leads), leads[0])
    return _larger(found, _spread(evidence, step, other, leads), leads[0], times=2)


def _comparable(evidence: Evidence, along: Varying, axis: Varying) -> list[Context]:
    return [context for context in evidence.contexts(axis) if _one_place(along, context)]


def _spread(
    evidence: Evidence, along: Varying, axis: Varying, leads: Sequence[MetricDefinition]
) -> Spread | None:
    """Return where the second axis matters most along the first, of the models that have its step."""
    present = [
        {level: group for level, group in context.items() if level.present}
        for context in evidence.contexts(axis)
    ]
    contexts = [context for context in present if context and _one_place(along, context)]
    return spread(evidence, (along, axis), contexts, leads[0])


def _larger(
    first: Statement | None, second: Statement | None, lead: MetricDefinition, *, times: float = 1.0
) -> Statement | None:
    """Return the second where its difference is more than so many times as large as that of the first."""
    if first is None or second is None:
        return first or second
    return second if _largest(second, lead) > times * _largest(first, lead) else first


def _largest(found: Statement, metric: MetricDefinition) -> float:
    """Return the largest difference of the metric that a statement tells as one."""
    if isinstance(found, Spread | Ranking):
        told = [found.difference] if found.difference else []
    elif isinstance(found, Effects):
        told = [one.differences[0] for one in found.contrasts]
    else:
        told = [*found.differences] if isinstance(found, Contrast) else []
    return max((abs(one.amount) for one in told if one.changed and one.metric == metric), default=0.0)


def _one_place(along: Varying, context: Context) -> bool:
    """Return whether all models of a context have one value of another variable that names a place."""
    if along.variable.kind is Kind.ORDER:
        return False
    return len({along.values[position] for group in context.values() for position in group}) == 1


def _along_one(evidence: Evidence, axis: Varying, leads: Sequence[MetricDefinition]) -> Statement | None:
    """Return the effect of the one variable that tells all models apart, if nothing else goes with it."""
    contexts = evidence.contexts(axis)
    if len(contexts) != 1 or len(contexts[0]) != len(axis.levels()):
        return None
    if axis.numeric:
        return trend(evidence, axis, contexts[0], leads)
    return _of_choices(evidence, axis, contexts[0], leads)


def _of_choices(
    evidence: Evidence, axis: Varying, context: Context, leads: Sequence[MetricDefinition]
) -> Contrast | Ranking | None:
    groups = list(context.values())
    if len(groups) == 2:
        return contrast(evidence, (groups[0], groups[1]), leads)
    return ranking(evidence, axis, context, leads)


def _effects(
    evidence: Evidence, step: Varying, other: Varying, leads: Sequence[MetricDefinition]
) -> Statement | None:
    """Return what a step does where models with and without it have the same value of the other variable."""
    found: list[Contrast] = []
    for context in evidence.contexts(step):
        groups = list(context.values())
        if not _one_place(other, context):
            return None  # the step brings another value of it along, e.g. a teacher
        one = contrast(evidence, (groups[0], groups[1]), leads)
        if one is not None and one.relation in (Relation.ADDED, Relation.INSERTED):
            found.append(replace(one, where=evidence.setting(other, other.values[groups[1][0]])))
    if len(found) < 2:
        return found[0] if found else None
    lead = leads[0].name
    told = [
        replace(one, differences=one.differences[:1])
        for one in found
        if one.differences[0].metric.name == lead
    ]
    if len(told) < 2 or len({(one.relation, one.new, one.variables) for one in told}) > 1:
        return None
    if len({one.where for one in told}) < len(told):
        return None
    ordered = _least_first(told)
    return Effects((ordered[0], ordered[-1]), len(told))


def _least_first(found: Sequence[Contrast]) -> list[Contrast]:
    """Order effects by size, those that may be told last; from harm to help where some do either."""
    changed = [one for one in found if one.differences[0].changed]
    if len({_benefit(one) > 0 for one in changed}) == 2:
        return sorted(changed, key=_benefit)
    return sorted(found, key=lambda one: (one.differences[0].changed, abs(_benefit(one))))


def _benefit(one: Contrast) -> float:
    """Return the change of the leading metric, negative where it is for the worse."""
    found = one.differences[0]
    better = found.metric.better(found.after.value, found.before.value)
    return {True: 1, False: -1, None: 0}[better] * abs(found.amount)


def _repeats(evidence: Evidence, metric: MetricDefinition) -> Repeats:
    values = [model.metrics.get(metric.name, math.nan) for model in evidence.selected]
    finite = [value for value in values if math.isfinite(value)]
    ids = tuple(model.id for model in evidence.selected)
    return Repeats(metric, ids, len(finite), min(finite), max(finite))


def _best_of(evidence: Evidence, leads: Sequence[MetricDefinition]) -> BestOf | None:
    winners = [winner for metric in leads if (winner := _winner(evidence, metric)) is not None]
    if not winners:
        return None
    labels = tuple(dict.fromkeys(varying.label for varying in evidence.recipe_variables))
    named = {winner.model_id: evidence.models[winner.model_id] for winner in winners}
    ids = tuple(model.id for model in evidence.selected)
    return BestOf(ids, labels, tuple(winners), untrained=evidence.untrained(named.values()))


def _winner(evidence: Evidence, metric: MetricDefinition) -> Winner | None:
    """Return the best model of a metric; None where no model is apart from any other."""
    measured = [
        (model, figure) for model in evidence.selected if (figure := figure_of(metric, [model])) is not None
    ]
    best, value = measured[0]
    for model, figure in measured[1:]:
        if metric.better(figure.value, value.value):
            best, value = model, figure
    level = {
        model.id: figure.value
        for model, figure in measured
        if model is not best
        and ((gap := evidence.difference(metric, value, figure)) is None or not gap.changed)
    }
    if len(level) == len(measured) - 1:
        return None
    ids = [model.id for model, _ in measured]
    farthest = max(level.values(), key=lambda other: abs(other - value.value), default=value.value)
    caveats = evidence.caveats_of(metric, ids)
    name = evidence.name(best)
    return Winner(metric, best.id, name, value.value, tuple(level), farthest, caveats)
