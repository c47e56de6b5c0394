"""What a whole study shows in one sentence: the model that saves most at an acceptable loss of quality."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.comparison.clauses import effect, is_flat, metric_label
from core.comparison.phrases import sentence
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition
from core.domain.model import Model


@dataclass(frozen=True)
class Aims:
    """What is weighed: a quality metric against a cost, within budgets by metric, if there are any."""

    quality: MetricDefinition
    cost: MetricDefinition
    budgets: Mapping[str, float]

    def measured(self, model: Model) -> bool:
        """Return whether the model has both figures."""
        return all(math.isfinite(model.metrics.get(one.name, math.nan)) for one in (self.quality, self.cost))

    def acceptable(self, model: Model, base: Model) -> bool:
        """Return whether the model's quality is within its budget; without one, about that of the base."""
        value, before = (one.metrics[self.quality.name] for one in (model, base))
        if self.quality.name in self.budgets:
            return self.quality.better(self.budgets[self.quality.name], value) is not True
        return self.quality.better(before, value) is not True or is_flat(self.quality, before, value)


@dataclass(frozen=True)
class TradeOff:
    """A sentence about a study, the model that it speaks of, and the base that this is compared with."""

    text: str
    model_id: ModelId
    base_id: ModelId


@dataclass(frozen=True)
class _Pair:
    """A model and the base at the root of its branch."""

    model: Model
    base: Model

    def better(self, metric: MetricDefinition, other: _Pair) -> bool | None:
        """Return whether this model improves a metric more, each by its own base's figure."""
        return metric.better(self._share(metric), other._share(metric))

    def _share(self, metric: MetricDefinition) -> float:
        value, before = (one.metrics[metric.name] for one in (self.model, self.base))
        return value / before if before > 0 else value


def best_trade_off(models: Sequence[Model], aims: Aims, named: Callable[[Model], str]) -> TradeOff | None:
    """Return what saves most at acceptable quality, else the best of what saves at all; None if nothing does.

    named: what a model is called in the sentence. Every model is judged by its own base, the root of its
    branch; both need both figures, and archived ones take no part.
    """
    by_id = {model.id: model for model in models if not model.archived}
    pairs = [_Pair(model, _root(model, by_id)) for model in by_id.values() if model.parent_id is not None]
    cheaper = [
        pair
        for pair in pairs
        if aims.measured(pair.model)
        and pair.base.parent_id is None
        and aims.measured(pair.base)
        and aims.cost.better(pair.model.metrics[aims.cost.name], pair.base.metrics[aims.cost.name])
    ]
    fine = [pair for pair in cheaper if aims.acceptable(pair.model, pair.base)]
    if fine:
        return _told("the best trade-off so far is", _best(fine, aims.cost, aims.quality), aims, named)
    if cheaper:
        close = f"nothing keeps {metric_label(aims.quality)} acceptable so far; the closest is"
        return _told(close, _best(cheaper, aims.quality, aims.cost), aims, named)
    return None


def _root(model: Model, by_id: Mapping[ModelId, Model]) -> Model:
    """Return the base that a model was made from, or the last of its ancestors that is known."""
    while model.parent_id is not None and model.parent_id in by_id:
        model = by_id[model.parent_id]
    return model


def _best(pairs: Sequence[_Pair], *metrics: MetricDefinition) -> _Pair:
    """Return the pair that is best in the first metric; among equals, in the next."""
    best = pairs[0]
    for pair in pairs[1:]:
        for metric in metrics:
            better = pair.better(metric, best)
            if better is not None:
                best = pair if better else best
                break
    return best


def _told(opening: str, pair: _Pair, aims: Aims, named: Callable[[Model], str]) -> TradeOff:
    model, base = pair.model, pair.base
    done = [
        effect(metric, base.metrics[metric.name], model.metrics[metric.name])
        for metric in (aims.cost, aims.quality)
    ]
    text = f"{opening} {named(model)}: against {base.name}, it {done[0]} and {done[1]}"
    return TradeOff(sentence(text), model.id, base.id)
