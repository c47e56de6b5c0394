"""How a model's figures differ from those of the model it is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.comparison.sentences.figures import difference, figure_of
from core.domain.metric import MetricDefinition
from core.domain.model import Model


@dataclass(frozen=True)
class MetricChange:
    """One metric of a model beside that of a reference.

    value, reference: None where it was never measured. `change` is value minus reference.
    better: whether the change goes in the metric's better direction; None if neither, and for changes that
        sentences do not tell: none at all, or too small ones.
    """

    metric: MetricDefinition
    value: float | None
    reference: float | None
    change: float | None
    better: bool | None


def changes(
    model: Model, reference: Model | None, metrics: Iterable[MetricDefinition]
) -> tuple[MetricChange, ...]:
    """Return one change per metric, in the order of `metrics`; without a reference, values only."""
    return tuple(_change(metric, model, reference) for metric in metrics)


def _change(metric: MetricDefinition, model: Model, reference: Model | None) -> MetricChange:
    value = model.metrics.get(metric.name)
    before = None if reference is None else reference.metrics.get(metric.name)
    if value is None or before is None or reference is None:
        return MetricChange(metric, value, before, None, None)
    found = difference(metric, figure_of(metric, [reference]), figure_of(metric, [model]))
    told = found is not None and found.changed
    return MetricChange(metric, value, before, value - before, metric.better(value, before) if told else None)
