"""Columns of written answers: which are shown, their means per model, and the values of one answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from core.comparison.behaviour import answer_columns as columns
from core.comparison.behaviour.answer_columns import Floats
from core.domain.ids import ModelId
from core.errors import InvalidInput
from core.presentation.labels import in_sentence
from core.presentation.numbers import percent
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour
from core.services.comparison.outcome_cache import kept
from dashboard.components.markup import labelled
from dashboard.views.compare.amounts import NONE
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.state import Names, State


@dataclass(frozen=True, eq=False)
class AnswerColumns:
    """The columns that are shown.

    values: by column and model, a number per instance. wrong: columns that have none, and why.
    """

    values: Mapping[str, Mapping[ModelId, Floats]] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


def read_columns(product: Application, state: State, found: Behaviour) -> AnswerColumns:
    """Return the columns of the state; nothing where predictions are classes."""
    if found.split.class_names:
        return AnswerColumns()
    values: dict[str, Mapping[ModelId, Floats]] = {}
    wrong = []
    for key in state.answer_columns:
        try:
            values[key] = kept(product, ("answers", found.key, key), partial(_values, found, key))
        except InvalidInput as error:
            wrong.append(str(error))
    return AnswerColumns(values, tuple(wrong))


def _values(found: Behaviour, key: str) -> Mapping[ModelId, Floats]:
    read = {model_id: columns.column_values(key, one) for model_id, one in found.predictions.items()}
    return {model_id: each for model_id, each in read.items() if each is not None}


def answer_columns(
    state: State, found: Behaviour, names: Names, shown: AnswerColumns, positions: NDArray[np.intp]
) -> list[Component]:
    """Return the choice of columns, and their means over the listed instances."""
    if found.split.class_names:
        return []
    known = columns.offered(list(found.predictions.values()), judged=found.split.labelled)
    offered = dict.fromkeys([*known, *state.answer_columns])
    switches = [_switch(state, key, label_of(key, found)) for key in offered]
    group = labelled(html.Div(switches, className="compare-switches wrapping", role="group"), "Columns")
    choice = [html.Span("Columns", className="compare-label"), group, _pattern()]
    return [
        html.Div(choice, className="compare-choice"),
        *[html.P(text, className="compare-note") for text in shown.wrong],
        *([_means(found, names, shown, positions)] if shown.values else []),
    ]


def label_of(key: str, found: Behaviour) -> str:
    """Return what people read for a column."""
    if key.startswith(columns.MATCHES):
        return f"matches {key.removeprefix(columns.MATCHES)}"
    labels = found.evaluation.details.get("answer_functions", {})
    return columns.LABELS.get(key) or str(labels.get(key, key))


def values_line(found: Behaviour, shown: AnswerColumns, model_id: ModelId, place: int) -> list[Component]:
    """Return the values of one answer as a dim line; nothing without columns."""
    told = [
        f"{in_sentence(label_of(key, found))} {_written(key, float(each[model_id][place]), one=True)}"
        for key, each in shown.values.items()
        if model_id in each
    ]
    return [html.Span(" \N{MIDDLE DOT} ".join(told), className="compare-dim answer-values")] if told else []


def _switch(state: State, key: str, label: str) -> Component:
    chosen = key in state.answer_columns
    left = tuple(one for one in state.answer_columns if one != key)
    href = replace(state, answer_columns=left if chosen else (*state.answer_columns, key)).href
    return dcc.Link(label, href=href, className="compare-switch current" if chosen else "compare-switch")


def _pattern() -> Component:
    return dmc.TextInput(
        id=Ids.PATTERN,
        value="",
        placeholder="Regular expression",
        debounce=True,
        w=170,
        size="xs",
        **{"aria-label": "Regular expression to search answers for"},
    )


def _means(found: Behaviour, names: Names, shown: AnswerColumns, positions: NDArray[np.intp]) -> Component:
    heads = [html.Th(_head(key, found), scope="col") for key in shown.values]
    rows = []
    for model in (found.baseline, *found.models):
        cells = [
            html.Td(
                _written(key, columns.mean_of(key, each[model.id][positions])) if model.id in each else NONE
            )
            for key, each in shown.values.items()
        ]
        name = html.Th(html.Span(names[model.id], className="compare-name"), scope="row")
        rows.append(html.Tr([name, *cells]))
    head = html.Thead(html.Tr([html.Th("Mean of the listed answers", scope="col"), *heads]))
    return html.Table([head, html.Tbody(rows)], className="answer-means")


def _head(key: str, found: Behaviour) -> str:
    label = label_of(key, found)
    return f"{label} (geometric mean)" if key == columns.PERPLEXITY else label


def _written(key: str, value: float, *, one: bool = False) -> str:
    """Return a value: shares in per cent, of one answer to a pattern yes or no."""
    if math.isnan(value):
        return NONE
    if key.startswith(columns.MATCHES) or key in columns.SHARES:
        whole = one and (key.startswith(columns.MATCHES) or key == columns.EXACT)
        return ("yes" if value else "no") if whole else percent(value)
    return f"{value:,.3g}" if abs(value) < 1e6 else f"{value:.2e}"
