"""The card that takes the project away as one file, and the one that brings a project in."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.project import Project
from dashboard.components.form.file_upload import Around, upload_alone
from dashboard.files.project_archives import ALL, ARRIVING, NONE, source
from dashboard.views.models.ids import Ids

SOME = "some"
_WEIGHTS = {NONE: "No weights", SOME: "Of some models", ALL: "Of all models"}


def taking_away(project: Project) -> Component:
    """Return the card with the choice of weights, what the file would take, and the link to it."""
    return html.Section(
        [
            html.H2("Take the project away", className="models-heading"),
            html.P(
                "One file with models, recipes, figures, outcomes, layer statistics, notes and saved views. "
                "Data sets come as descriptions. It is imported under Add, or by command.",
                className="models-hint",
            ),
            dmc.SegmentedControl(
                id=Ids.TAKE_WEIGHTS,
                data=[{"value": value, "label": label} for value, label in _WEIGHTS.items()],
                value=NONE,
                **{"aria-label": "Whose weights to add"},
            ),
            html.Div(
                dmc.MultiSelect(
                    id=Ids.TAKE_MODELS,
                    label="Models",
                    data=[],
                    searchable=True,
                    placeholder="Choose models that have weights",
                    limit=50,
                ),
                style={"display": "none"},
                id=f"{Ids.TAKE_MODELS}-place",
            ),
            html.P(id=Ids.TAKE_TOLD, className="models-hint", role="status"),
            dmc.Group(
                [
                    html.A(
                        "Download the archive",
                        id=Ids.TAKE_LINK,
                        href=source(project.id, []),
                        download="",
                        className="models-download",
                    )
                ],
                justify="flex-end",
            ),
        ],
        className="models-card",
    )


def bringing_in() -> Component:
    """Return the card that takes an archive and makes a project of it."""
    return html.Section(
        [
            html.H2("Import a project", className="models-heading"),
            html.P(
                "An archive that was downloaded here or elsewhere becomes a project of its own. Each file in "
                "it is compared with its hash; of a damaged one nothing is imported.",
                className="models-hint",
            ),
            upload_alone(
                Ids.BRING_FILE,
                accepts=".zip",
                address=ARRIVING,
                around=Around(blocks=Ids.BRING, changes={}),
            ),
            dcc.Loading(html.Div(id=Ids.BRING_HOLDS, role="status"), type="dot"),
            dmc.TextInput(id=Ids.BRING_NAME, label="Name of the new project", value=""),
            dmc.Group([dmc.Button("Import the project", id=Ids.BRING, disabled=True)], justify="flex-end"),
            html.Div(id=Ids.BRING_OUTCOME, role="alert"),
        ],
        className="models-card",
    )
