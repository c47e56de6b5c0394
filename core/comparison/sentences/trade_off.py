"""What a whole study shows: the model that saves most at a quality that a named criterion accepts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.comparison.pairing import UNPAIRED, Pairing
from core.comparison.references import path_to, reference_of
from core.comparison.sentences.figures import caveats_of, difference, figure_of, flat_share
from core.comparison.sentences.statement import Criterion, Difference, TradeOff
from core.domain.ids import ModelId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.model import Model


@dataclass(frozen=True)
class Aims:
    """What is weighed: a quality metric against a cost.

    budgets: by metric; one for the quality says what is acceptable.
    acceptable_loss: what may be lost against the base where there is no budget, as in `Project`.
    """

    quality: MetricDefinition
    cost: MetricDefinition
    budgets: Mapping[str, float]
    acceptable_loss: float = 0.01

    @property
    def criterion(self) -> Criterion:
        """Which quality is acceptable."""
        budget = self.budgets.get(self.quality.name)
        limit = self.acceptable_loss if budget is None else budget
        return Criterion(self.quality, limit, budget is not None)

    def measured(self, model: Model) -> bool:
        """Return whether the model has both figures."""
        return all(math.isfinite(model.metrics.get(one.name, math.nan)) for one in (self.quality, self.cost))


def acceptable(criterion: Criterion, value: float, base: float) -> bool:
    """Return whether a quality is within the budget or, without one, not more worse than the loss allowed."""
    metric = criterion.metric
    if criterion.budget:
        return metric.better(criterion.limit, value) is not True
    if metric.better(base, value) is not True:
        return True
    return abs(base - value) <= _allowed(criterion, base) + 1e-9 * abs(base)


def _allowed(criterion: Criterion, base: float) -> float:
    """Return how much worse than its base a value may be, in the metric's unit."""
    scale = criterion.metric.points_per_unit
    return criterion.limit * abs(base) if scale is None else criterion.limit * 100 / scale


def bounds(criterion: Criterion, models: Sequence[Model]) -> dict[str, float]:
    """Return the worst value that is acceptable of what was made from each trained base, by its name."""
    metric = criterion.metric
    sign = 1 if metric.direction is Direction.LOWER else -1
    found = {}
    for base in {pair.base.id: pair.base for pair in _pairs(models)}.values():
        value = base.metrics.get(metric.name, math.nan)
        if math.isfinite(value):
            found[base.name] = value + sign * _allowed(criterion, value)
    return found


def within(criterion: Criterion, models: Sequence[Model]) -> frozenset[ModelId]:
    """Return the models that meet a criterion, each by its own trained base, which meets it as well."""
    metric = criterion.metric
    kept: set[ModelId] = set()
    for pair in _pairs(models):
        value, base = (one.metrics.get(metric.name, math.nan) for one in (pair.model, pair.base))
        if math.isfinite(base):
            kept.add(pair.base.id)
            if math.isfinite(value) and acceptable(criterion, value, base):
                kept.add(pair.model.id)
    return frozenset(kept)


@dataclass(frozen=True)
class _Pair:
    """A model and the trained base of its branch."""

    model: Model
    base: Model

    def share(self, metric: MetricDefinition) -> float:
        """Return the figure as a share of the base's; the figure itself where that is not positive."""
        value, before = (one.metrics[metric.name] for one in (self.model, self.base))
        return value / before if before > 0 else value


def best_trade_off(
    models: Sequence[Model],
    aims: Aims,
    named: Callable[[Model], str],
    pairing_of: Callable[[Sequence[Model]], Pairing] = lambda _: UNPAIRED,
) -> TradeOff | None:
    """Return what saves most at acceptable quality, else the best of what saves at all; None if nothing does.

    Of models level in that, one that is clearly worse in the other metric than another of them is not named.

    named: what a model is called in the sentence. pairing_of: outcomes of models, asked of the two that the
    sentence is about; which model that is goes by the figures alone. Every model is judged by its own base,
    the first model of its branch that was trained; both need both figures, and archived ones take no part.
    """
    pairs = [pair for pair in _pairs(models) if aims.measured(pair.model) and aims.measured(pair.base)]
    cost, quality = aims.cost, aims.quality
    cheaper = [pair for pair in pairs if _difference(pair, cost).changed and _saves(pair, cost)]
    if not cheaper:
        return None
    asked = aims.criterion
    fine = [
        pair
        for pair in cheaper
        if acceptable(asked, pair.model.metrics[quality.name], pair.base.metrics[quality.name])
    ]
    first = _best(fine, cost, quality) if fine else _best(cheaper, quality, cost)
    level = [pair for pair in fine or cheaper if _level(pair, first, cost if fine else quality)]
    best = _undominated(level, *((cost, quality) if fine else (quality, cost)))
    others = [pair.model.id for pair in level if fine and pair is not best]
    return TradeOff(
        asked,
        best.model.id,
        best.base.id,
        named(best.model),
        best.base.name,
        len(fine),
        tuple(others),
        _difference(best, cost),
        _difference(best, quality, pairing_of([best.base, best.model])),
    )


def _pairs(models: Sequence[Model]) -> list[_Pair]:
    by_id = {model.id: model for model in models}
    pairs = []
    for model in models:
        if model.archived or model.parent_id is None:
            continue
        base = reference_of(path_to(model, by_id))
        if base is not None and base.id != model.id and not base.archived:
            pairs.append(_Pair(model, base))
    return pairs


def _saves(pair: _Pair, cost: MetricDefinition) -> bool:
    return cost.better(pair.model.metrics[cost.name], pair.base.metrics[cost.name]) is True


def _difference(pair: _Pair, metric: MetricDefinition, pairing: Pairing = UNPAIRED) -> Difference:
    both = (pair.base, pair.model)
    before, after = (figure_of(metric, [one]) for one in both)
    found = difference(metric, before, after, caveats_of(metric, both), pairing=pairing)
    if found is None:
        raise ValueError(f"{metric.name} of models {pair.base.id} and {pair.model.id} is not finite")
    return found


def _level(pair: _Pair, best: _Pair, metric: MetricDefinition) -> bool:
    """Return whether a model cannot be told from the best one: of efficiency, by what it saves."""
    if pair is best:
        return True
    if metric.group is Group.EFFICIENCY:
        share = best.share(metric)
        return abs(pair.share(metric) - share) <= flat_share(metric) * abs(share)
    return pair.base.id == best.base.id and not _between(best, pair, metric).changed


def _undominated(level: Sequence[_Pair], lead: MetricDefinition, other: MetricDefinition) -> _Pair:
    """Return the best in the leading metric of those that are not clearly worse than any in the other one."""
    kept = [one for one in level if not any(_clearly_better(rival, one, other) for rival in level)]
    return _best(kept or level, lead, other)


def _clearly_better(rival: _Pair, one: _Pair, metric: MetricDefinition) -> bool:
    if rival.base.id != one.base.id:
        return False
    found = _between(one, rival, metric)
    return found.changed and metric.better(found.after.value, found.before.value) is True


def _between(one: _Pair, other: _Pair, metric: MetricDefinition) -> Difference:
    return _difference(_Pair(other.model, one.model), metric)


def _best(pairs: Sequence[_Pair], *metrics: MetricDefinition) -> _Pair:
    """Return the pair that is best in the first metric by its own base; among equals, in the next."""
    best = pairs[0]
    for pair in pairs[1:]:
        for metric in metrics:
            better = metric.better(pair.share(metric), best.share(metric))
            if better is not None:
                best = pair if better else best
                break
    return best
