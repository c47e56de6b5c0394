"""What the page shows, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.across import RECOVERY, SharedMetrics
from core.domain.metric import Direction, Group, MetricDefinition
from dashboard.figures.scatter.across import AcrossAxes


@dataclass(frozen=True)
class State:
    """projects: their short names. x, y: metrics, empty for the usual ones. log: logarithmic axes."""

    projects: tuple[str, ...] = ()
    x: str = ""
    y: str = ""
    log: tuple[str, ...] = ()


def read_state(given: Mapping[str, str]) -> State:
    """Return the state an address asks for."""
    projects = tuple(part for part in given.get("of", "").split(".") if part)
    log = tuple(part for part in given.get("log", "").split(".") if part in {"x", "y"})
    return State(projects, given.get("x", ""), given.get("y", ""), log)


def axes_of(state: State, shared: SharedMetrics) -> AcrossAxes | None:
    """Return the axes: what is asked for as far as it is shared, else a cost against recovery or quality."""
    named = {metric.name: metric for metric in shared.metrics}
    if not named:
        return None
    y = named.get(state.y) or named.get(RECOVERY.name) or _first(shared.metrics, Group.QUALITY)
    x = named.get(state.x) or _cost(shared.metrics) or y
    return AcrossAxes(x, y, "x" in state.log, "y" in state.log)


def _cost(metrics: Sequence[MetricDefinition]) -> MetricDefinition | None:
    costs = [one for one in metrics if one.group is Group.EFFICIENCY and one.direction is Direction.LOWER]
    return next((one for one in costs if one.name == "file_bytes"), next(iter(costs), None))


def _first(metrics: Sequence[MetricDefinition], group: Group) -> MetricDefinition:
    return next((one for one in metrics if one.group is group), metrics[0])
