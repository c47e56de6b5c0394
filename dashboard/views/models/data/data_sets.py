"""Add, rename and remove data sets of a project: the inputs on the tab Data."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.project import Dataset, Project
from core.services.imports.studies import TASK
from dashboard.views.models.additions.forms import data_choice, first, form
from dashboard.views.models.additions.suitable_sources import suited_data
from dashboard.views.models.data.data_card import data_id
from dashboard.views.models.ids import Ids, PatternIds


def data_sets_card(project: Project, catalogue: Catalogue) -> list[Component]:
    """Return the card with a row per data set and the form of another one; none for an imported study."""
    if project.task == TASK:
        return []
    rows = [row for dataset in project.datasets for row in _row(dataset)]
    heading = html.H2("Data sets", className="models-heading")
    hint = (
        "Models are trained and calibrated on the first. Figures on others than the protocol's have names of "
        "their own. A data set that is not used by any result can be removed."
    )
    said = html.P(hint, className="models-hint")
    another = _another(suited_data(catalogue, project.task))
    return [html.Section([heading, said, *rows, another], className="models-card")]


def _row(dataset: Dataset) -> list[Component]:
    number = int(dataset.id)
    name = dmc.TextInput(
        id=data_id(PatternIds.SET_NAME, number),
        value=dataset.name,
        **{"aria-label": f"Name of {dataset.name}"},
    )
    buttons = [
        dmc.Button(
            text, id=data_id(part, number), variant="default", **{"aria-label": f"{text} {dataset.name}"}
        )
        for text, part in (("Rename", PatternIds.SET_RENAME), ("Remove", PatternIds.SET_REMOVE))
    ]
    outcome = html.Div(id=data_id(PatternIds.SET_OUTCOME, number), role="alert")
    return [html.Div([name, *buttons], className="data-set-row"), outcome]


def _another(sources: Sequence[SourceSpec]) -> Component:
    source = first(sources)
    fields = form(source.parameters, PatternIds.SET_VALUE) if source else []
    add = dmc.Button("Add the data set", id=Ids.SET_ADD, variant="default", disabled=source is None)
    return html.Details(
        [
            html.Summary("Add a data set"),
            html.Div(
                [
                    data_choice(Ids.SET_SOURCE, Ids.SET_EVERY, sources, source),
                    dmc.TextInput(id=Ids.SET_NAME, label="Name of the data set", value="", withAsterisk=True),
                    html.Div(fields, id=Ids.SET_FIELDS, className="models-form"),
                    html.Div(id=Ids.SET_EXPECTED, role="status"),
                    dmc.Group([add], justify="flex-end"),
                    html.Div(id=Ids.SET_OUTCOME, role="alert"),
                ],
                className="data-set-form",
            ),
        ],
        className="models-folded",
    )
