"""What the browser asks for while somebody scrolls: histograms of rows in sight, and all of a module."""

from __future__ import annotations

from typing import Any

import numpy as np
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from core.comparison.layers.histograms import heights
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.layers.layer_comparison import LayerComparison, shown_figures
from core.services.layers.layer_histograms import DRAWN, drawing, read_histograms
from dashboard import address as addresses
from dashboard.errors import describe
from dashboard.live.encoding import written
from dashboard.views.compare.layers.inside import inside
from dashboard.views.compare.layers.payload import described, packed
from dashboard.views.compare.layers.reading import OpenedLayers, open_layers
from dashboard.views.compare.opening import opened

BINS = 32
MOST_ROWS = 200
_DETAIL_BINS = 64


def register(server: Flask, product: Application) -> None:
    """Add the addresses; `mark` in the query tells which numbers the nodes have."""

    def answer(slug: str, what: str) -> ResponseReturnValue:
        try:
            found = _opened(product, slug)
        except CompressCompareError as error:
            return jsonify(error=describe(error)), 400
        if found is None or request.args.get("mark") != found.mark:
            return jsonify(error={"message": "The models changed.", "hint": "Reload the page."}), 409
        nodes = _nodes(len(found.comparison.tree.names))
        content = _content(found, nodes, what)
        response = Response(written(content), mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    rule = "/layers/<slug>/<any(drawings, module, inside):what>"
    server.add_url_rule(rule, "compare_layers", answer)


def _content(found: OpenedLayers, nodes: list[int], what: str) -> dict[str, Any]:
    if what == "drawings":
        return _drawings(found, nodes)
    if what == "inside":
        return inside(found.product, found.comparison, nodes[0]) if nodes else {}
    return _module(found, nodes[:1])


def _opened(product: Application, slug: str) -> OpenedLayers | None:
    query = request.query_string.decode("utf-8", "replace")
    here = opened(product, addresses.parse(f"/p/{slug}/compare", query))
    if here.baseline is None:
        return None
    return open_layers(product, slug, here.state.columns, here.baseline.id, here.state.layers.mode)


def _nodes(size: int) -> list[int]:
    asked = request.args.get("nodes", "").split(".")[:MOST_ROWS]
    return [int(one) for one in asked if one.isascii() and one.isdecimal() and int(one) < size]


def _drawings(found: OpenedLayers, nodes: list[int]) -> dict[str, Any]:
    """Return the bars of each node and column: all values and those that changed by more than 10 %."""
    if found.comparison.mode not in DRAWN:
        return {}
    return {str(node): _bars(found, node) for node in nodes}


def _bars(found: OpenedLayers, node: int) -> dict[str, Any]:
    counts, low, high = drawing(found.comparison, found.histograms, node, BINS)
    known = [each for each in counts if each is not None]
    if not known:
        return {"bars": [None] * len(counts)}
    totals = np.stack([np.stack([each.sum(axis=0), each[1:].sum(axis=0)]) for each in known])
    bars = iter(heights(totals))
    return {
        "low": low,
        "high": high,
        "bars": [None if each is None else packed(next(bars), "u1") for each in counts],
    }


def _module(found: OpenedLayers, nodes: list[int]) -> dict[str, Any]:
    """Return every figure of a node, and its histograms by class of change with plain counts."""
    if not nodes:
        return {}
    comparison, node = found.comparison, nodes[0]
    told: dict[str, Any] = {
        "node": node,
        "figures": [described(figure, comparison.mode) for figure in shown_figures(comparison)],
        "values": _figures(comparison, node),
    }
    if comparison.mode in DRAWN:
        everything = read_histograms(found.product, comparison, classes=True)
        counts, low, high = drawing(comparison, everything, node, _DETAIL_BINS)
        rounded = [None if each is None else np.round(each, 1).tolist() for each in counts]
        told |= {"low": low, "high": high, "counts": rounded}
    return told


def _figures(comparison: LayerComparison, node: int) -> list[list[float | str | None]]:
    """Return the values by figure and column."""
    rows: list[list[float | str | None]] = []
    for figure in shown_figures(comparison):
        if figure.key == "form":
            rows.append([column.forms[node] if column.forms else "" for column in comparison.columns])
            continue
        known = [column.figures.get(figure.key) for column in comparison.columns]
        rows.append([None if each is None else _number(float(each[node])) for each in known])
    return rows


def _number(value: float) -> float | str:
    """Return a number that JSON can hold; infinite ones as texts, NaN becomes null."""
    return value if np.isfinite(value) or np.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
