"""Colours of the nodes of a graph from a figure, as Model Explorer and Netron's node attributes take them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

_LOW, _HIGH = (237, 242, 250), (38, 57, 127)


def node_colours(names: Sequence[str], values: Sequence[float]) -> dict[str, dict[str, float | str]]:
    """Return `value` and `bgColor` of each node with a finite value; the largest is darkest.

    Names have slashes for dots, as graphs of namespaces do.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    found: dict[str, dict[str, float | str]] = {}
    for name, value in zip(names, values, strict=True):
        if math.isfinite(value):
            share = (value - low) / (high - low) if high > low else 1.0
            found[name.replace(".", "/")] = {"value": value, "bgColor": _colour(share)}
    return found


def node_data(label: str, graphs: Mapping[str, dict[str, dict[str, float | str]]]) -> dict[str, object]:
    """Return the document that Model Explorer reads as node data; one graph per model."""
    return {
        f"{label}: {graph}": {"results": results, "gradient": _GRADIENT} for graph, results in graphs.items()
    }


def _colour(share: float) -> str:
    mixed = (round(low + share * (high - low)) for low, high in zip(_LOW, _HIGH, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


_GRADIENT = [{"stop": stop, "bgColor": _colour(stop)} for stop in (0.0, 1.0)]
