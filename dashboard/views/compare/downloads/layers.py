"""The table of layers as CSV: every figure of the mode, plain numbers, in the order that is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from core.comparison.layers.counterparts import Counterpart
from core.comparison.layers.figures import LayerFigure, Shape, figure_of
from core.comparison.layers.filtering import matching
from core.comparison.layers.node_colours import node_colours, node_data
from core.comparison.layers.ordering import listed, ordered
from core.errors import NotFound
from core.services.layers.layer_comparison import LayerColumn, LayerComparison, shown_figures
from dashboard.components.csv_cells import text_cell
from dashboard.views.compare.downloads.tables import written
from dashboard.views.compare.layers_state import LayersState
from dashboard.views.compare.state import Names

_HEADS = ("module", "type", "model id", "model", "counterpart")


def layers_file(found: LayerComparison, state: LayersState, names: Names) -> str:
    """Return a line per module and model; shares are fractions.

    Raises:
        InvalidInput: the regular expression is none, or takes too long.
    """
    figures = shown_figures(found)
    heads = [
        text_cell(f"{figure.label} [{unit}]" if (unit := _unit(figure)) else figure.label)
        for figure in figures
    ]
    nodes = shown_nodes(found, state)
    return written((*_HEADS, *heads), _lines(found, figures, nodes, names))


def node_colours_file(found: LayerComparison, state: LayersState, names: Names) -> str:
    """Return the shown figure of every node and model as JSON, with a colour, for Model Explorer."""
    figures = shown_figures(found)
    key = figure_of(found.mode, state.figure).key
    figure = next((one for one in figures if one.key == key), None)
    if figure is None:
        raise NotFound("No model has this figure.", "Choose another figure.")
    graphs = {
        _called(column, names): node_colours(found.tree.names, column.figures[figure.key].tolist())
        for column in found.columns
        if figure.key in column.figures
    }
    return json.dumps(node_data(figure.label, graphs), indent=1)


def _called(column: LayerColumn, names: Names) -> str:
    name = names.get(column.model.id, column.model.name)
    return name if column.candidate else f"{name} ({column.model.id})"


def shown_nodes(found: LayerComparison, state: LayersState) -> list[int]:
    """Return the nodes that the table lists, from top to bottom, closed modules as if they were open."""
    tree = found.tree
    nodes = listed(tree, matching(state.pattern, tree.names), flat=state.flat)
    key, rising = state.sort.removeprefix("-"), state.sort.startswith("-")
    if key == "name":
        ranks = np.empty(len(tree.names))
        ranks[np.argsort(np.array(tree.names, np.str_), kind="stable")] = np.arange(len(tree.names))
        return ordered(tree, nodes, ranks, flat=state.flat, rising=not rising)
    column = next((one for one in found.columns if str(one.model.id) == key), None)
    figure = figure_of(found.mode, state.figure)
    if column is None or figure.key not in column.figures:
        return nodes
    return ordered(tree, nodes, column.figures[figure.key], flat=state.flat, rising=rising)


def _lines(
    found: LayerComparison, figures: Sequence[LayerFigure], nodes: Sequence[int], names: Names
) -> Iterator[Sequence[object]]:
    for node in nodes:
        for column in found.columns:
            if column.stored is None:
                continue
            relation = Counterpart(int(column.relation[node])).name.lower()
            yield [
                text_cell(found.tree.names[node]), found.types[node],
                None if column.candidate else int(column.model.id),
                text_cell(names.get(column.model.id, column.model.name)), relation,
                *[_value(column, figure, node) for figure in figures],
            ]  # fmt: skip


def _value(column: LayerColumn, figure: LayerFigure, node: int) -> object:
    if figure.shape is Shape.TEXT:
        return text_cell(column.forms[node]) if column.forms else None
    values = column.figures.get(figure.key)
    return None if values is None else float(values[node])


def _unit(figure: LayerFigure) -> str:
    return "fraction" if figure.shape is Shape.SHARE else figure.unit
