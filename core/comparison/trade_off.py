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


def best_trade_off(models: Sequence[Model], aims: Aims, named: Callable[[Model], str]) -> TradeOff | None:
    """Return the cheapest model of acceptable quality, else the best of the cheaper ones; None if none is.

    named: what a model is called in the sentence. A model is compared with the best base that has both
    figures; archived models take no part.
    """
    measured = [model for model in models if aims.measured(model) and not model.archived]
    bases = [model for model in measured if model.parent_id is None]
    if not bases:
        return None
    base = _best(bases, aims.quality)
    cheaper = [
        model
        for model in measured
        if model.parent_id is not None
        and aims.cost.better(model.metrics[aims.cost.name], base.metrics[aims.cost.name])
    ]
    fine = [model for model in cheaper if aims.acceptable(model, base)]
    if fine:
        return _told("the best trade-off so far is", _best(fine, aims.cost, aims.quality), base, aims, named)
    if cheaper:
        close = f"nothing keeps {metric_label(aims.quality)} acceptable so far; the closest is"
        return _told(close, _best(cheaper, aims.quality, aims.cost), base, aims, named)
    return None


def _best(models: Sequence[Model], *metrics: MetricDefinition) -> Model:
    """Return the model that is best in the first metric; among equals, in the next."""
    best = models[0]
    for model in models[1:]:
        for metric in metrics:
            better = metric.better(model.metrics[metric.name], best.metrics[metric.name])
            if better is not None:
                best = model if better else best
                break
    return best


def _told(opening: str, model: Model, base: Model, aims: Aims, named: Callable[[Model], str]) -> TradeOff:
    done = [
        effect(metric, base.metrics[metric.name], model.metrics[metric.name])
        for metric in (aims.cost, aims.quality)
    ]
    text = f"{opening} {named(model)}: against {base.name}, it {done[0]} and {done[1]}"
    return TradeOff(sentence(text), model.id, base.id)
