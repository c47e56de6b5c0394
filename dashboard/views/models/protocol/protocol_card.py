"""The protocol of a project as a form: under which conditions the values are measured that its pages show."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.condition import QualityCondition
from core.domain.measurement.protocol_words import condition_words
from core.domain.project import Project
from core.presentation.counts import agreeing, counted
from core.services.application import Application
from core.services.measurements.protocol import lacking, profiled_under
from core.services.projects.quality_conditions import PRECISIONS, SPLITS, ProtocolRequest
from dashboard.views.models.ids import Ids

_HINT = (
    "Map, plots, tables and sentences show values measured under this protocol. Other measurements are "
    "metrics of their own, such as \N{LEFT DOUBLE QUOTATION MARK}Top-1 accuracy \N{MIDDLE DOT} train"
    "\N{RIGHT DOUBLE QUOTATION MARK}, that can be chosen by name."
)
_IMPORTED = "The figures of this project are shown as imported."


def protocol_card(product: Application, project: Project) -> Component:
    """Return the card; a project without data shows its figures as imported."""
    quality = project.protocol.quality
    if quality is None:
        return html.Section([_heading(), _said(_IMPORTED)], className="models-card")
    inputs = [
        dmc.Select(
            id=Ids.PROTOCOL_DATA,
            label="Data set",
            data=[{"value": str(int(each.id)), "label": each.name} for each in project.datasets],
            value=str(int(quality.dataset_id)),
            allowDeselect=False,
        ),
        *condition_inputs(quality, (Ids.PROTOCOL_SPLIT, Ids.PROTOCOL_INSTANCES, Ids.PROTOCOL_PRECISION)),
        _devices(product, project),
    ]
    save = dmc.Button("Save the protocol", id=Ids.PROTOCOL_SAVE, variant="default")
    return html.Section(
        [
            _heading(),
            _said(_HINT),
            html.Div(inputs, className="models-form"),
            html.Div(without_values(product, project), id=Ids.PROTOCOL_LACKING),
            dmc.Group([save], justify="flex-end"),
            html.Div(id=Ids.PROTOCOL_OUTCOME, role="alert"),
        ],
        className="models-card",
    )


def condition_inputs(shown: QualityCondition | ProtocolRequest, ids: tuple[Ids, Ids, Ids]) -> list[Component]:
    """Return the inputs for split, instances and precision, with these ids."""
    split, instances, precision = ids
    return [
        dmc.Select(id=split, label="Split", data=list(SPLITS), value=shown.split, allowDeselect=False),
        dmc.TextInput(
            id=instances,
            label="Instances",
            value="" if shown.instances is None else str(shown.instances),
            placeholder="all",
        ),
        dmc.Select(
            id=precision,
            label="Precision",
            data=list(PRECISIONS),
            value=shown.precision,
            allowDeselect=False,
        ),
    ]


def without_values(product: Application, project: Project) -> list[Component]:
    """Return how many models have no values under the protocol, with a button that queues evaluations."""
    count = len(lacking(product, project.id))
    measure = dmc.Button(
        "Evaluate them",
        id=Ids.PROTOCOL_MEASURE,
        variant="default",
        size="compact-xs",
        style={} if count else {"display": "none"},
    )
    models = f"{counted(count, 'model')} {agreeing(count, 'has', 'have')}"
    said = f"{models} no values under this protocol. " if count else ""
    return [html.P([said, measure], className="models-hint", role="status")]


def _devices(product: Application, project: Project) -> Component:
    known = profiled_under(product, project.id)
    names = [condition_words(project, each) for each in known]
    settled = project.protocol.efficiency
    chosen = str(known.index(settled)) if settled in known else None
    return dmc.Select(
        id=Ids.PROTOCOL_DEVICE,
        label="Times on",
        data=[{"value": str(index), "label": name} for index, name in enumerate(names)],
        value=chosen,
        placeholder="settled by the first profile",
        disabled=not known,
        allowDeselect=False,
    )


def _heading() -> Component:
    return html.H2("Measurement protocol", className="models-heading")


def _said(text: str) -> Component:
    return html.P(text, className="models-hint")
