"""What the two cards do: say sizes and contents before anything is done, then import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.errors import CompressCompareError, InvalidInput
from core.presentation.counts import counted
from core.presentation.sizes import file_size
from core.services.application import Application
from core.services.models.models import list_models
from core.services.project_archives.exporting import archive_sizes
from core.services.project_archives.importing import ArchiveSummary, import_archive, look_at_archive
from core.services.project_archives.receiving import forget_archive, received_archive
from core.services.projects.projects import get_project
from dashboard.address import Address
from dashboard.components.notification import notification
from dashboard.files.project_archives import ALL, NONE, source
from dashboard.ids import ShellIds
from dashboard.views.models.archive.cards import SOME
from dashboard.views.models.grid.row_callbacks import require_press
from dashboard.views.models.ids import Ids


def register(app: Dash, product: Application) -> None:
    """Wire the cards."""
    _register_sizes(app, product)
    _register_look(app, product)
    _register_import(app, product)


def _register_sizes(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.TAKE_TOLD, "children"),
        Output(Ids.TAKE_LINK, "href"),
        Output(Ids.TAKE_MODELS, "data"),
        Output(f"{Ids.TAKE_MODELS}-place", "style"),
        Input(Ids.TAKE_WEIGHTS, "value"),
        Input(Ids.TAKE_MODELS, "value"),
        State(ShellIds.PROJECT, "data"),
    )
    def _size(weights: str | None, chosen: Sequence[str] | None, slug: str | None) -> tuple[Any, ...]:
        if not slug:
            raise PreventUpdate
        project = get_project(product, slug)
        sizes = archive_sizes(product, project)
        wanted = {ALL: None, NONE: []}.get(weights or NONE, [int(one) for one in chosen or ()])
        ids = None if wanted is None else [ModelId(one) for one in wanted if ModelId(one) in sizes.weights]
        rows = file_size(sizes.rows)
        told = f"At most {file_size(sizes.of(ids))}: outcomes and layer statistics {rows}"
        told += (
            f", thumbnails {file_size(sizes.thumbnails)}, weights {file_size(sizes.of(ids) - sizes.of([]))}."
        )
        options = [
            {"value": str(model.id), "label": f"{model.name} ({file_size(sizes.weights[model.id])})"}
            for model in list_models(product, project.id)
            if model.id in sizes.weights
        ]
        style = {} if weights == SOME else {"display": "none"}
        return told, source(project.id, None if ids is None else [int(one) for one in ids]), options, style


def _register_look(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.BRING_HOLDS, "children"),
        Output(Ids.BRING_NAME, "value"),
        Output(Ids.BRING_NAME, "error"),
        Output(Ids.BRING, "disabled"),
        Output(Ids.BRING_OUTCOME, "children"),
        Input(Ids.BRING_FILE, "value"),
        prevent_initial_call=True,
    )
    def _look(token: str | None) -> tuple[Any, ...]:
        if not token:
            return None, "", None, True, None
        try:
            found = look_at_archive(product, received_archive(product, token))
        except CompressCompareError as error:
            return None, "", None, True, _refused(error)
        taken = "A project of this name is here already; choose another." if found.taken else None
        return _held(found), found.manifest.name, taken, False, None


def _register_import(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.BRING_OUTCOME, "children", allow_duplicate=True),
        Output(Ids.BRING_NAME, "error", allow_duplicate=True),
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.BRING, "n_clicks"),
        State(Ids.BRING_FILE, "value"),
        State(Ids.BRING_NAME, "value"),
        running=[(Output(Ids.BRING, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _import(_presses: Any, token: str | None, name: str | None) -> tuple[Any, ...]:
        require_press()
        try:
            done = import_archive(product, received_archive(product, token or ""), name=name or "")
        except InvalidInput as error:
            return None, str(error), no_update, no_update
        except CompressCompareError as error:
            return _refused(error), None, no_update, no_update
        forget_archive(product, token or "")
        news = notification(f"{counted(len(done.models), 'model')} imported into {done.project.name}")
        if done.without_weights:
            without = f"{counted(done.without_weights, 'model')} came without weights."
            news |= {"message": f"{without} Retry the run that made one to make it again."}
        return None, None, Address(project=done.project.slug).href, [news]


def _held(found: ArchiveSummary) -> Component:
    return html.Div([html.P(sentence) for sentence in found.in_words], className="models-found")


def _refused(error: CompressCompareError) -> Component:
    return dmc.Alert(f"{error.message} {error.hint}", color="red", variant="light")
