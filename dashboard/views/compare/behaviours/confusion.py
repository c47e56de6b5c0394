"""The confusion matrix of a model, or its change: a table of few classes, a picture of many."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from core.comparison.behaviour import confusion as matrices
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.services.behaviour.behaviour import Behaviour
from dashboard.components.markup import attributed, labelled
from dashboard.figures.confusion_picture import picture
from dashboard.views.compare.amounts import MINUS
from dashboard.views.compare.state import State

MOST_CLASSES = 16
"""Rows and columns of the table; of more classes those with most beside the diagonal are shown."""
MOST_ORDERED = 400
"""Classes that are ordered by similarity; more would take too long."""
_LEAST_CELL_PX, _WIDTH_PX = 2, 330


class Matrix(StrEnum):
    """Which matrix is shown, and in which unit."""

    CHANGE = "change"
    CHANGE_SHARE = "change-share"
    MODEL = "model"
    MODEL_SHARE = "model-share"


MATRIX_LABELS: Mapping[Matrix, str] = {
    Matrix.CHANGE: "Change",
    Matrix.CHANGE_SHARE: "Change, %",
    Matrix.MODEL: "Matrix",
    Matrix.MODEL_SHARE: "Matrix, %",
}
_ABOUT: Mapping[Matrix, str] = {
    Matrix.CHANGE: "Instances more or fewer than the baseline.",
    Matrix.CHANGE_SHARE: "Change in points of the instances of the right class.",
    Matrix.MODEL: "Instances.",
    Matrix.MODEL_SHARE: "Per cent of the instances of the right class.",
}


@dataclass(frozen=True, eq=False)
class _Drawn:
    """values: `(classes, classes)`; of a model's matrix the diagonal is drawn without colour."""

    state: State
    model_id: str
    baseline_id: str
    class_names: Sequence[str]
    which: Matrix
    values: NDArray[np.float64]


def confusion(state: State, found: Behaviour, position: int) -> list[Component]:
    """Return the matrix of one model with the choice of what it shows; nothing where answers are texts."""
    split, model_id = found.split, found.models[position].id
    if split.labels is None or not split.class_names or not split.labelled:
        return []
    which = Matrix(state.matrix) if state.matrix in set(Matrix) else Matrix.CHANGE
    values = _values(found, position, which)
    drawn = _Drawn(state, str(model_id), str(found.baseline.id), split.class_names, which, values)
    heading = "Change of the confusion matrix" if which in _CHANGES else "Confusion matrix"
    return [html.H3(heading), _choice(state, which), *_body(drawn)]


_CHANGES = frozenset({Matrix.CHANGE, Matrix.CHANGE_SHARE})
_SHARES = frozenset({Matrix.CHANGE_SHARE, Matrix.MODEL_SHARE})


def _values(found: Behaviour, position: int, which: Matrix) -> NDArray[np.float64]:
    split = found.split
    labels = np.asarray(split.labels, np.int64)
    before, after = (
        np.asarray(found.predictions[model_id].prediction, np.int64)
        for model_id in (found.baseline.id, found.models[position].id)
    )
    classes = len(split.class_names)
    if which in _CHANGES:
        counts = matrices.confusion_change(labels, before, after, classes)
    else:
        counts = matrices.confusion(labels, after, classes)
    return matrices.shares(counts, labels) if which in _SHARES else counts.astype(np.float64)


def _choice(state: State, which: Matrix) -> Component:
    links = [
        dcc.Link(
            label,
            href=replace(state, matrix="" if one is Matrix.CHANGE else one.value).href,
            className="compare-switch current" if one is which else "compare-switch",
        )
        for one, label in MATRIX_LABELS.items()
    ]
    return labelled(html.Div(links, className="compare-switches wrapping", role="group"), "Confusion matrix")


def _body(drawn: _Drawn) -> list[Component]:
    classes = len(drawn.class_names)
    shown = list(range(classes)) if classes <= MOST_CLASSES else matrices.busiest(drawn.values, MOST_CLASSES)
    if not shown:
        return [html.P("No prediction changed its class.", className="compare-caption")]
    about = f"Rows: right class; columns: prediction. {_ABOUT[drawn.which]} Click a cell for its instances."
    left = classes - len(shown)
    note = f" Of {classes:,} classes the {len(shown)} with most are in the table." if left else ""
    return [
        html.Div(_table(drawn, shown), className="compare-scroll"),
        html.P(about + note, className="compare-caption"),
        *(_whole(drawn) if left else []),
    ]


def _table(drawn: _Drawn, shown: Sequence[int]) -> Component:
    part = drawn.values[np.ix_(shown, shown)]
    largest = max(float(np.nanmax(np.abs(part), initial=0)), 1e-9)
    head = html.Tr([html.Td(""), *[_named(drawn.class_names[each], "col") for each in shown]])
    rows = [
        html.Tr(
            [
                _named(drawn.class_names[row], "row"),
                *[_cell(drawn, row, column, largest) for column in shown],
            ]
        )
        for row in shown
    ]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="compare-confusion")


def _named(name: str, scope: str) -> Component:
    return html.Th(html.Span(name, className="compare-name"), scope=scope, title=name)


def _cell(drawn: _Drawn, row: int, column: int, largest: float) -> Component:
    value = float(drawn.values[row, column])
    text = _text(value, drawn.which)
    if not text:
        return html.Td("")
    names = drawn.class_names
    fewer = drawn.which in _CHANGES and value < 0  # what is gone is seen where the baseline has it
    owner = drawn.baseline_id if fewer else drawn.model_id
    wanted = InstanceFilter(FilterKind.CELL, (owner, names[row], names[column]))
    link = dcc.Link(text, href=drawn.state.filtered(wanted).href, className="compare-filtering")
    strength = {"--strength": f"{12 + 55 * abs(value) / largest:.0f}%"}
    return html.Td(link, className=_tone(drawn, row, column, value), style=strength)


def _tone(drawn: _Drawn, row: int, column: int, value: float) -> str:
    if drawn.which not in _CHANGES:
        return "better" if row == column else "worse"
    return "worse" if (value < 0 if row == column else value > 0) else "better"


def _text(value: float, which: Matrix) -> str:
    if np.isnan(value) or value == 0:
        return ""
    number = f"{abs(value) * 100:.0f}" if which in _SHARES else f"{abs(value):,.0f}"
    if which not in _CHANGES:
        return number
    return f"{MINUS if value < 0 else '+'}{number}"


def _whole(drawn: _Drawn) -> list[Component]:
    """Return all classes with anything beside the diagonal as one picture; a click opens a cell."""
    shown = matrices.busiest(drawn.values, len(drawn.class_names))
    values = np.nan_to_num(drawn.values[np.ix_(shown, shown)])
    ordered = matrices.alike_together(values) if len(shown) <= MOST_ORDERED else list(range(len(shown)))
    names = [drawn.class_names[shown[index]] for index in ordered]
    cells = values[np.ix_(ordered, ordered)].copy()
    if drawn.which not in _CHANGES:
        cells[np.diag_indices(len(cells))] = 0
    side = len(names) * max(_LEAST_CELL_PX, _WIDTH_PX // len(names))
    image = html.Img(
        src=picture(cells),
        alt=f"{len(names):,} classes, rows: right class, columns: prediction",
        className="confusion-picture",
        style={"width": f"{side}px", "height": f"{side}px"},
    )
    attributed(image, {"data-names": json.dumps(names), "data-model": drawn.model_id})
    order = ", those taken for each other together" if len(shown) <= MOST_ORDERED else ""
    caption = f"All {len(names):,} classes with a mistake that changed{order}."
    if drawn.which not in _CHANGES:
        caption = f"All {len(names):,} classes with a mistake{order}."
    return [
        html.Div(image, className="compare-scroll confusion-whole"),
        html.P(caption, className="compare-caption"),
    ]
