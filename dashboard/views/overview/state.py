"""The Overview's state as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import unquote

from core.comparison.filtering import METRIC, PARAMETER, read_conditions, write_conditions
from core.comparison.map.map_columns import Arrangement
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.project import Project
from dashboard.address import read_ids

PLAIN = "none"
"""Value of the size and colour controls that stands for no metric."""

BY_EXPERIMENT, BY_OPERATION = "by:experiment", "by:operation"
KINDS = {BY_EXPERIMENT: "Experiment", BY_OPERATION: "Operation"}
"""Values of the colour control that stand for kinds of models, and what they are called."""

SWITCHES = frozenset({"x", "y", "front", "names", "dim", "seeds"})
"""What can be on in the scatterplot: logarithmic axes, the front, names on it, ..."""

PLOTS = ("scatter", "parallel")
MOST_AXES = 9

TABS = ("details", "filter", "table")


@dataclass(frozen=True)
class State:
    """What the controls show. Metrics are names; `logs` holds those of `SWITCHES` that are on.

    plot: which of `PLOTS` is shown; axes: fields of the parallel coordinates, empty for the usual ones.
    columns: ids of the table's columns, None for the usual ones; differing: only those in which rows differ.
    filter: conditions as `core.comparison.filtering` writes them. everything: also models that were archived
    or could not be made.
    """

    colour: str
    size: str
    x: str
    y: str
    logs: tuple[str, ...] = ("front",)
    arrangement: Arrangement = Arrangement.BY_OPERATION
    selected: tuple[int, ...] = ()
    filter: str = ""
    plot: str = "scatter"
    axes: tuple[str, ...] = ()
    tab: str = "details"
    columns: tuple[str, ...] | None = None
    differing: bool = False
    everything: bool = False


def read_state(given: Mapping[str, str], project: Project) -> State:
    """Return the state an address asks for; anything unknown in it falls back to the default."""
    default = default_state(project)
    names = {metric.name for metric in project.metrics}

    def metric(key: str, fallback: str, *extra: str) -> str:
        return value if (value := given.get(key, "")) in names | set(extra) else fallback

    wanted = given.get("layout", "")
    return State(
        colour=metric("colour", default.colour, PLAIN, *KINDS),
        size=metric("size", default.size, PLAIN),
        x=metric("x", default.x),
        y=metric("y", default.y),
        logs=_switches(given["log"]) if "log" in given else default.logs,
        arrangement=Arrangement(wanted) if wanted in set(Arrangement) else default.arrangement,
        selected=read_ids(given.get("selected", "")),
        filter=write_conditions(read_conditions(given.get("filter", ""))),
        plot=plot if (plot := given.get("plot", "")) in PLOTS else default.plot,
        axes=_axes(given.get("axes", ""), names)[:MOST_AXES],
        tab=tab if (tab := given.get("tab", "")) in TABS else default.tab,
        columns=_listed(given["columns"]) if "columns" in given else default.columns,
        differing=given.get("differing") == "1",
        everything=given.get("all") == "1",
    )


def default_state(project: Project) -> State:
    """Return what a first visit shows: the leading quality metric against the leading cost.

    Without a quality metric the axes show other metrics, and `PLAIN` where the project has none.
    """
    leading = leading_metrics(project)
    quality = next((metric.name for metric in leading if metric.group is Group.QUALITY), PLAIN)
    costs = [metric for metric in leading if metric.group is Group.EFFICIENCY]
    cost = next((metric.name for metric in costs if metric.direction is Direction.LOWER), quality)
    names = [metric.name for metric in leading if metric.group is not Group.PARAMETER]
    x = next(iter(names), PLAIN) if cost == PLAIN else cost
    y = next((name for name in names if name != x), x) if quality == PLAIN else quality
    return State(colour=quality, size=cost, x=x, y=y)


def leading_metrics(project: Project) -> Sequence[MetricDefinition]:
    """Return the project's metrics, primary ones first."""
    primary = [metric for name in project.primary if (metric := project.metric(name)) is not None]
    return (*primary, *(metric for metric in project.metrics if metric not in primary))


def _switches(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(".") if part in SWITCHES)


def _axes(text: str, metrics: Set[str]) -> tuple[str, ...]:
    """Return the fields, each once: metrics of the project and whatever can be a parameter of a step."""
    fields = [field.partition(":") for field in dict.fromkeys(_listed(text))]
    return tuple(
        f"{kind}:{rest}"
        for kind, _, rest in fields
        if (kind == METRIC and rest in metrics) or (kind == PARAMETER and ":" in rest)
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in text.split(",") if part)
