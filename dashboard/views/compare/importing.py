"""Import predictions that were made elsewhere, from the page: choose the model and the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from core.domain.ids import ModelId
from core.domain.model import Model
from core.errors import CompressCompareError, InvalidInput, Problem
from core.presentation.counts import counted
from core.services.application import Application
from core.services.imports.imported_predictions import keep_predictions, read_predictions
from dashboard import address as addresses
from dashboard.components.chosen_file import decoded
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.state import VIEW, Names, options_of

MOST_BYTES = 50_000_000
"""Files larger than this come in by the command: the browser would hold them twice."""
_MOST_TOLD = 8


def button() -> Component:
    """Return the button that opens the dialog."""
    return dmc.Button("Import predictions", id=Ids.IMPORT_OPEN, variant="default", size="compact-sm")


def dialog() -> Component:
    """Return the dialog, closed; its models are filled in when it opens."""
    upload = dcc.Upload(
        html.Div(
            [
                dmc.Button("Choose a file", variant="default"),
                html.Span("or drop it here: .csv, .parquet, .jsonl", className="compare-dim"),
            ],
            className="compare-upload",
        ),
        id=Ids.IMPORT_FILE,
        max_size=MOST_BYTES,
    )
    return dmc.Modal(
        id=Ids.IMPORT_BOX,
        title="Import predictions made elsewhere",
        size="lg",
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack(
            [
                html.P(
                    "One row per instance of the evaluation data: the columns id and prediction, if known "
                    "also confidence and probability:<class>; or the sample log of lm-evaluation-harness.",
                    className="compare-caption",
                ),
                dmc.Select(
                    id=Ids.IMPORT_MODEL, label="Model that made them", data=[], searchable=True, size="xs"
                ),
                upload,
                html.Div(id=Ids.IMPORT_CHOSEN, role="status"),
                html.Div(id=Ids.IMPORT_WRONG),
                dmc.Group(
                    [
                        html.Span(
                            "Larger files: compress-compare import predictions FILE --model ID",
                            className="compare-dim",
                        ),
                        dmc.Button("Import", id=Ids.IMPORT, disabled=True),
                    ],
                    justify="space-between",
                ),
            ]
        ),
    )


def register(app: Dash, product: Application) -> None:
    """Wire the dialog."""

    @app.callback(
        Output(Ids.IMPORT_BOX, "opened"),
        Output(Ids.IMPORT_MODEL, "data"),
        Output(Ids.IMPORT_MODEL, "value"),
        Input(Ids.IMPORT_OPEN, "n_clicks"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _open(clicks: int | None, search: str | None, pathname: str | None) -> Any:
        address = addresses.parse(pathname, search)
        if not clicks or address.view != VIEW or not address.project:
            return no_update, no_update, no_update
        now = snapshot.read(product, address.project)
        return True, choices(now.models, now.lineages), None

    @app.callback(
        Output(Ids.IMPORT_CHOSEN, "children"),
        Output(Ids.IMPORT, "disabled"),
        Output(Ids.IMPORT_WRONG, "children", allow_duplicate=True),
        Input(Ids.IMPORT_FILE, "contents"),
        Input(Ids.IMPORT_MODEL, "value"),
        State(Ids.IMPORT_FILE, "filename"),
        prevent_initial_call=True,
    )
    def _chosen(contents: str | None, model: str | None, name: str | None) -> Any:
        return name or "", not (contents and model), None

    @app.callback(
        Output(Ids.IMPORT_BOX, "opened", allow_duplicate=True),
        Output(Ids.IMPORT_WRONG, "children"),
        Output(Ids.IMPORT_FILE, "contents"),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.IMPORT, "n_clicks"),
        State(Ids.IMPORT_FILE, "contents"),
        State(Ids.IMPORT_FILE, "filename"),
        State(Ids.IMPORT_MODEL, "value"),
        running=[(Output(Ids.IMPORT, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _import(clicks: int | None, contents: str | None, name: str | None, model: str | None) -> Any:
        if not clicks or not contents or not name or not model:
            return no_update, no_update, no_update, no_update
        try:
            told = take(product, name, contents, ModelId(int(model)))
        except InvalidInput as error:
            return no_update, problems(name, error.problems), no_update, no_update
        except CompressCompareError as error:
            return (
                no_update,
                problems(name, [Problem("file", error.message, error.hint)]),
                no_update,
                no_update,
            )
        return False, None, None, [notification(told, "They are compared like any other evaluation.")]


def choices(models: Sequence[Model], names: Names) -> list[dict[str, str]]:
    """Return the models that predictions can be of."""
    return options_of((model for model in models if model.ready), names)


def take(product: Application, name: str, contents: str, model_id: ModelId) -> str:
    """Import a file as the browser hands it over, `data:<type>;base64,<content>`; return what came in.

    Raises:
        InvalidInput, NotFound, UnusableInput: as of `import_predictions`.
    """
    done = keep_predictions(product, read_predictions(name, decoded(contents)), model_id, origin=name)
    instances = done.evaluation.instances
    return f"Imported {counted(instances, 'prediction')} of model {model_id}, {done.right:,} of them right."


def problems(name: str, found: Sequence[Problem]) -> Component:
    """Return why a file cannot be imported, with line and column."""
    lines = [html.Li(f"{one.message} {one.hint}".strip()) for one in found[:_MOST_TOLD]]
    if len(found) > _MOST_TOLD:
        lines.append(html.Li(f"and {len(found) - _MOST_TOLD:,} more"))
    return dmc.Alert(
        html.Ul(lines, className="compare-problems"),
        title=f"{name} was not imported; nothing was stored",
        color="red",
        variant="light",
    )
