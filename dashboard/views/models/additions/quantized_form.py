"""The part of the base model form for files that other programs quantized: a parent, and their content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.quantized_files.survey import QuantizedWeight, Survey, group_text
from core.errors import Problem, UnusableInput
from core.presentation.counts import counted
from core.presentation.sizes import file_size
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest
from core.services.models.quantized_models import ChildRequest, add_quantized_child, look
from dashboard.views.models.ids import Ids

_MOST_ROWS = 500
_COLUMNS = ("Weight", "Bits", "Scales", "Zero points", "Numbers", "Stored")


def quantized_part(made: Sequence[Model]) -> Component:
    """Return the choice of a parent and the place for what files hold; hidden for other sources."""
    options = [
        {"value": str(int(model.id)), "label": f"{model.name} ({int(model.id)})"}
        for model in made
        if model.ready and model.deleted_at is None
    ]
    parent = dmc.Select(
        id=Ids.BASE_PARENT,
        label="Child of",
        description="The model that was quantized. Without one, a base model is made.",
        placeholder="None: a base model",
        data=options,
        value=None,
        clearable=True,
        searchable=True,
    )
    return html.Div(
        [parent, html.Div(id=Ids.BASE_SEEN, role="status")],
        id=Ids.BASE_QUANTIZED,
        className="models-source",
        style={"display": "none"},
    )


def seen_text(survey: Survey) -> list[Component]:
    """Return what was seen of files: a sentence, remarks, and a folded table of the weights."""
    there, dense = file_size(survey.stored_bytes), file_size(survey.dense_bytes)
    count, others = counted(len(survey.weights), "quantized weight"), len(survey.others)
    said = f"{survey.text}: {count} in {there}, {dense} as float32; {counted(others, 'other tensor')}."
    more = len(survey.weights) - _MOST_ROWS
    rows = [_row(weight) for weight in survey.weights[:_MOST_ROWS]]
    table = html.Table([html.Thead(html.Tr([html.Th(name) for name in _COLUMNS])), html.Tbody(rows)])
    rest = [html.P(f"and {more:,} more", className="models-hint")] if more > 0 else []
    summary = html.Summary("Show the weights")
    return [
        html.P(said, className="models-expected"),
        *(html.P(remark, className="models-expected") for remark in survey.remarks),
        html.Details([summary, html.Div([table, *rest], className="models-seen")], className="models-folded"),
    ]


def refused_text(error: UnusableInput) -> list[Component]:
    """Return why files cannot be imported."""
    return [html.P(f"{error.message} {error.hint}".strip(), className="models-expected refused")]


def queue_quantized(product: Application, request: BaseModelRequest, parent: Any) -> list[Problem] | None:
    """Queue a child of a parent, or look at the files of a base model; return why it cannot be made.

    None: the files are sound as far as is seen from here, and the base model is still to be queued.
    """
    try:
        if not parent:
            look(product, request.parameters)
            return None
        child = ChildRequest(
            request.project_id, request.name, ModelId(int(parent)), request.parameters, request.queue
        )
        add_quantized_child(product, child)
    except UnusableInput as error:
        return [Problem("parameters.model", error.message, error.hint)]
    return []


def _row(weight: QuantizedWeight) -> Component:
    cells = (
        weight.name,
        str(weight.bits),
        group_text(weight.group),
        "yes" if weight.zero_points else "no",
        f"{weight.numbers:,}",
        file_size(weight.stored_bytes),
    )
    return html.Tr([html.Td(cell) for cell in cells])
