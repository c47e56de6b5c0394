"""Values that depend on a device: where they were measured, and whether two of them may be subtracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain.condition import ConditionField, EfficiencyCondition, difference
from core.domain.measurement.evaluation import Profile, crowded, machine_changed
from core.domain.measurement.figures import Measured, of_artifact
from core.domain.measurement.intervals import Interval
from core.domain.measurement.protocol_words import condition_words
from core.domain.measurement.variants import part_words
from core.domain.metric import Group, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project

LOAD_RATIO = 2.0
"""How many times the load of one measurement may be that of the other before times are not subtracted."""


@dataclass(frozen=True)
class Timing:
    """A value measured on a device.

    load: processes per core meanwhile; None where it was not noted, or does not matter as nothing was timed.
    environment: of what was timed; empty where nothing was.
    """

    value: float
    interval: Interval | None
    condition: EfficiencyCondition
    words: str
    caveats: tuple[str, ...]
    load: float | None
    busy: bool
    environment: Mapping[str, Any] = field(default_factory=dict)


def timing_of(
    metric: MetricDefinition, model: Model, measured: Sequence[Measured], project: Project
) -> Timing | None:
    """Return the latest value under the protocol, else the latest one; None for metrics of other kinds."""
    if metric.group is not Group.EFFICIENCY or metric.depends_on == ():
        return None
    profiles = [one for one in measured if isinstance(one, Profile) and metric.name in one.metrics]
    current = of_artifact(profiles, model.artifact)
    if not current:
        return None
    usual = [one for one in current if one.condition == project.protocol.efficiency]
    return _timing(metric, (usual or current)[-1], project)


def why_apart(metric: MetricDefinition, baseline: Timing | None, model: Timing | None) -> str:
    """Return why a value is not subtracted from the baseline's; empty where it may be."""
    if baseline is None or model is None:
        return ""
    parts = difference(model.condition, baseline.condition, metric.depends_on)
    if parts:
        other = {part: baseline.condition.parts[part] for part in parts}
        named = [
            ", ".join(part_words(part, text, {}) for part, text in each.items()) for each in (parts, other)
        ]
        return f"Not subtracted: measured on {named[0]}, the baseline on {named[1]}."
    if baseline.busy != model.busy or _loads_differ(baseline.load, model.load):
        return "Not subtracted: the machine was much busier during one of the two measurements."
    if machine_changed(baseline.environment, model.environment):
        was = "was slower during one of the two measurements, as a fixed workload timed beside them tells"
        return f"Not subtracted: the machine itself {was}."
    return ""


def _timing(metric: MetricDefinition, profile: Profile, project: Project) -> Timing:
    value, condition = profile.metrics[metric.name], profile.condition
    words = condition_words(project, condition) if _of_device(metric) else ""
    if not metric.timed:
        return Timing(value, None, condition, words, (), load=None, busy=False)
    told = profile.environment
    load, cores = told.get("load_average"), told.get("cores")
    per_core = float(load) / float(cores) if load is not None and cores else None
    parts = [words, *([condition.precision] if condition.precision not in words else [])]
    parts += [f"load {per_core:.1f} per core"] if per_core is not None else []
    return Timing(
        value=value,
        interval=profile.intervals.get(metric.name),
        condition=condition,
        words=" \N{MIDDLE DOT} ".join(parts),
        caveats=profile.caveats,
        load=per_core,
        busy=crowded(told),
        environment=told,
    )


def _of_device(metric: MetricDefinition) -> bool:
    return metric.depends_on is None or ConditionField.DEVICE in metric.depends_on


def _loads_differ(one: float | None, other: float | None) -> bool:
    """Return whether the loads are far apart; below one process per core there is room for both."""
    if one is None or other is None or max(one, other) <= 1:
        return False
    return max(one, other) > LOAD_RATIO * max(min(one, other), 0.1)
