"""How a model's figures differ from those of the model it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.domain.metric import MetricDefinition


@dataclass(frozen=True)
class Change:
    """One metric of a model beside that of a reference.

    value, reference: None where it was never measured. `change` is value minus reference.
    better: whether the change goes in the metric's better direction; None if neither or no change.
    """

    metric: MetricDefinition
    value: float | None
    reference: float | None
    change: float | None
    better: bool | None


def changes(
    values: Mapping[str, float], reference: Mapping[str, float], metrics: Iterable[MetricDefinition]
) -> tuple[Change, ...]:
    """Return one change per metric, in the order of `metrics`; empty `reference`: values only."""
    return tuple(_change(metric, values.get(metric.name), reference.get(metric.name)) for metric in metrics)


def _change(metric: MetricDefinition, value: float | None, reference: float | None) -> Change:
    if value is None or reference is None:
        return Change(metric, value, reference, None, None)
    return Change(metric, value, reference, value - reference, metric.better(value, reference))
