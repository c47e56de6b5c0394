"""What a model shows, derived from facts of the model itself and from everything that was measured of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.domain.condition import MeasuringCondition, Protocol, difference
from core.domain.measurement.evaluation import Evaluation, Profile
from core.domain.measurement.intervals import Interval
from core.domain.measurement.variants import Variant, recoverable, recovery, recovery_name
from core.domain.metric import MetricDefinition

Measured = Evaluation | Profile
T = TypeVar("T")
M = TypeVar("M", bound=Measured)


@dataclass(frozen=True)
class Figures:
    """Values by metric, those of other conditions under the names of their variants.

    instances: on how many the protocol's quality values were measured; None before.
    caveats: what to know of a value before it is compared, by metric.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    caveats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instances: int | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything that is kept with the model."""
        return self.metrics, self.intervals, self.caveats, self.instances


def derive(
    own: Mapping[str, float],
    measured: Iterable[Measured],
    definitions: Sequence[MetricDefinition],
    protocol: Protocol,
) -> Figures:
    """Return the figures of a model.

    The latest measurement under each condition counts, all of it: values of two runs are never put together.
    Values under the protocol have the plain name of their metric; of metrics that the difference does not
    concern, such as the file size of a model profiled on another device, there is one value.

    Args:
        own: facts of the model itself, from when it was made or imported.
        measured: evaluations and profiles, oldest first.
        definitions: the metrics of the project that are not derived from others.
        protocol: the conditions that plain names stand for.
    """
    known = {metric.name: metric for metric in definitions}
    metrics: dict[str, float] = dict(own)
    intervals: dict[str, Interval] = {}
    caveats: dict[str, tuple[str, ...]] = {}
    variants: dict[str, Variant] = {}
    instances = None
    for one in latest(measured):
        if one.condition == protocol.quality and isinstance(one, Evaluation):
            instances = one.instances
        for name, value in one.metrics.items():
            key = _key(name, one.condition, known.get(name), protocol)
            if key is None or (name in own and _of_model(known.get(name))):
                continue
            if isinstance(key, Variant):
                variants[key.name] = key
            shown = key.name if isinstance(key, Variant) else key
            metrics[shown] = value
            _put(intervals, shown, one.intervals.get(name))
            _put(caveats, shown, () if _untimed(known.get(name)) else one.caveats)
    return Figures(metrics, intervals, caveats, instances, tuple(variants.values()))


def of_artifact(measured: Iterable[M], artifact: str | None) -> list[M]:
    """Leave out what was measured with other weights, before the model was made again."""
    return [one for one in measured if one.artifact in (None, artifact)]


def latest(measured: Iterable[Measured]) -> list[Measured]:
    """Return the last measurement under each condition, in order; given oldest first."""
    found: dict[MeasuringCondition, Measured] = {}
    for one in measured:
        found.pop(one.condition, None)
        found[one.condition] = one
    return list(found.values())


def with_recovery(
    metrics: Mapping[str, float], base: Mapping[str, float], leading: Iterable[MetricDefinition]
) -> dict[str, float]:
    """Return the metrics with the recovery of each leading quality metric, as far as both have a value."""
    found = dict(metrics)
    for metric in leading:
        found.pop(recovery_name(metric.name), None)
        if not recoverable(metric):
            continue
        share = recovery(metric, metrics.get(metric.name), base.get(metric.name))
        if share is not None:
            found[recovery_name(metric.name)] = share
    return found


def _key(
    name: str, condition: MeasuringCondition, metric: MetricDefinition | None, protocol: Protocol
) -> str | Variant | None:
    """Return the name under the protocol, or the variant; None where no protocol of the kind is known."""
    depends_on = metric.depends_on if metric else None
    named = protocol.of(condition)
    if named is None:
        return name if depends_on == () else None
    parts = difference(condition, named, depends_on)
    return Variant(name, parts) if parts else name


def _of_model(metric: MetricDefinition | None) -> bool:
    return metric is not None and metric.depends_on == ()


def _untimed(metric: MetricDefinition | None) -> bool:
    return metric is not None and not metric.timed


def _put(into: dict[str, T], name: str, value: T | None) -> None:
    """Set what is known of a value, and forget what was known of the one before."""
    into.pop(name, None)
    if value:
        into[name] = value
