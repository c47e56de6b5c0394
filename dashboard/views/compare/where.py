"""Where the predictions of one model went: most frequent changes, and the change of its confusion matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from core.comparison.behaviour.confusion import confusion_change
from core.comparison.behaviour.flips import Move
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.domain.ids import ModelId
from core.services.behaviour import Behaviour
from dashboard.views.compare.cells import MINUS
from dashboard.views.compare.state import Names, State

MOST_CLASSES = 16
"""Rows and columns of the matrix; of more classes those with most change are shown."""


def where_they_went(state: State, found: Behaviour, names: Names) -> Component:
    """Return the panel of one model: the one that the state names, or the one with the largest harm."""
    position = shown_position(state, found)
    model, overall = found.models[position], found.comparison.models[position]
    tabs = [
        dcc.Link(
            names[one.id],
            href=replace(state, shown=one.id).href,
            className="compare-switch current" if one is model else "compare-switch",
        )
        for one in found.models
    ]
    moved = [_move(state, model.id, move) for move in overall.moves]
    return html.Section(
        [
            html.H2("Where did they go?"),
            *([html.Div(tabs, className="compare-switches wrapping")] if len(tabs) > 1 else []),
            html.P(
                f"Predictions of {names[model.id]} that differ from the baseline", className="compare-caption"
            ),
            html.Table(html.Tbody(moved), className="compare-moves")
            if moved
            else html.P("Every prediction is that of the baseline."),
            *_matrix(state, found, position),
        ],
        className="compare-card compare-where",
    )


def _move(state: State, model_id: ModelId, move: Move) -> Component:
    wanted = InstanceFilter(FilterKind.MOVE, (str(model_id), move.before, move.after))
    link = dcc.Link(
        f"{move.before} \N{RIGHTWARDS ARROW} {move.after}",
        href=state.filtered(wanted).href,
        className="compare-filtering",
    )
    return html.Tr([html.Td(link), html.Td(f"{move.instances:,}")])


def shown_position(state: State, found: Behaviour) -> int:
    """Return the position of the model that the side panels are about."""
    ids = [model.id for model in found.models]
    if state.shown in ids:
        return [int(one) for one in ids].index(int(state.shown or 0))
    harm = found.comparison.harm
    return harm.model if harm is not None else len(ids) - 1


def _matrix(state: State, found: Behaviour, position: int) -> list[Component]:
    """Return the change of the confusion matrix; nothing where answers are texts."""
    split = found.split
    if split.labels is None or not split.class_names:
        return []
    before = found.predictions[found.baseline.id].prediction
    after = found.predictions[found.models[position].id].prediction
    change = confusion_change(
        split.labels, np.asarray(before, np.int64), np.asarray(after, np.int64), len(split.class_names)
    )
    chosen = _most_changed(change)
    largest = max(int(np.abs(change).max()), 1)
    head = html.Tr([html.Td(""), *[_named(split.class_names[each], "col") for each in chosen]])
    rows = [
        html.Tr(
            [
                _named(split.class_names[row], "row"),
                *[
                    _cell(
                        int(change[row, column]),
                        largest,
                        diagonal=row == column,
                        href=_cell_href(state, found, position, (row, column)),
                    )
                    for column in chosen
                ],
            ]
        )
        for row in chosen
    ]
    left = len(split.class_names) - len(chosen)
    note = f" The {left:,} classes with least change are not shown." if left else ""
    about = f"Rows: right class; columns: prediction. Instances more or fewer than the baseline.{note}"
    return [
        html.H3("Change of the confusion matrix"),
        html.Div(
            html.Table([html.Thead(head), html.Tbody(rows)], className="compare-confusion"),
            className="compare-scroll",
        ),
        html.P(about, className="compare-caption"),
    ]


def _named(name: str, scope: str) -> Component:
    return html.Th(html.Span(name, className="compare-name"), scope=scope, title=name)


def _most_changed(change: NDArray[np.int64]) -> list[int]:
    weight = np.abs(change).sum(axis=0) + np.abs(change).sum(axis=1)
    return sorted(np.argsort(-weight, kind="stable")[:MOST_CLASSES].tolist())


def _cell_href(state: State, found: Behaviour, position: int, cell: tuple[int, int]) -> str:
    """Return the page with the instances of a cell: those that the model has there, else the baseline."""
    row, column = cell
    names, model = found.split.class_names, found.models[position].id
    wanted = InstanceFilter(FilterKind.CELL, (str(model), names[row], names[column]))
    return state.filtered(wanted).href


def _cell(value: int, largest: int, *, diagonal: bool, href: str) -> Component:
    worse = value < 0 if diagonal else value > 0
    tone = "worse" if worse else "better"
    text = "" if value == 0 else f"{MINUS if value < 0 else '+'}{abs(value):,}"
    share = abs(value) / largest
    return html.Td(
        dcc.Link(text, href=href, className="compare-filtering") if value else "",
        className=tone if value else "",
        style={"--strength": f"{12 + 55 * share:.0f}%"} if value else None,
    )
