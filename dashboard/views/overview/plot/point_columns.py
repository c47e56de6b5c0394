"""The scatterplot's points by model instead of by column, so that a new point is a small difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Figure = dict[str, Any]


def by_point(figure: Figure) -> Figure:
    """Return the figure with `points` (model id to the point's values) and `columns` (where each value goes).

    The lists of the trace of points that are as long as it are taken out of it. `assets/overview/live.js`
    puts them back.
    """
    traces = [trace for trace in figure["data"] if trace.get("meta") == "points"]
    if not traces:
        return {**figure, "columns": [], "points": {}}
    trace = traces[0]
    ids = trace["customdata"]
    columns = dict(_columns(trace, len(ids)))
    rest = _without(trace, set(columns))
    values = zip(*columns.values(), strict=True)
    return {
        **figure,
        "data": [rest if one is trace else one for one in figure["data"]],
        "columns": [path.split(".") for path in columns],
        "points": dict(zip(ids, map(list, values), strict=True)),
    }


def _columns(part: Mapping[str, Any], length: int, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    for name, value in part.items():
        if isinstance(value, Mapping):
            yield from _columns(value, length, f"{path}{name}.")
        elif isinstance(value, list) and len(value) == length:
            yield f"{path}{name}", value


def _without(part: Mapping[str, Any], paths: set[str], path: str = "") -> dict[str, Any]:
    return {
        name: _without(value, paths, f"{path}{name}.") if isinstance(value, Mapping) else value
        for name, value in part.items()
        if f"{path}{name}" not in paths
    }
