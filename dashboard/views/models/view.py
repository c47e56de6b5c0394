"""The Models & data page as a view of the dashboard."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from core.services.application import Application
from core.services.projects import projects
from dashboard.address import Address
from dashboard.view import View, views
from dashboard.views.models.additions import (
    base_model_callbacks,
    catalogue_callbacks,
    project_callbacks,
    quantized_callbacks,
    study_callbacks,
)
from dashboard.views.models.address import read_state
from dashboard.views.models.archive import archive_callbacks
from dashboard.views.models.data import data_callbacks, data_page, data_set_callbacks, preprocessing_callbacks
from dashboard.views.models.grid import (
    deletion_callbacks,
    download_callbacks,
    refresh_callbacks,
    row_callbacks,
    tag_callbacks,
)
from dashboard.views.models.ids import Ids, PatternIds
from dashboard.views.models.page import page
from dashboard.views.models.protocol import protocol_callbacks
from dashboard.views.models.settings import settings_callbacks


@views.register("models")
class Models(View):
    """Models, metrics and data of a project; without one, the ways to start one."""

    label = "Models & data"
    question = "What is in this project, what do its metrics mean, and how does more come in?"
    order = 95
    per_project = False
    changing = (
        *(f"#{one}" for one in (Ids.STAR, Ids.TAG, Ids.ARCHIVE, Ids.UNARCHIVE, Ids.DELETE, Ids.RESTORE)),
        *(f"#{one}" for one in (Ids.TAG_APPLY, Ids.DELETE_YES, Ids.SAVE, Ids.CONFIRM, Ids.IMPORT)),
        *(f"#{one}" for one in (Ids.UPLOAD, Ids.BASE_ADD, Ids.PROTOCOL_SAVE, Ids.PROTOCOL_MEASURE)),
        *(f"#{one}" for one in (Ids.SET_ADD, Ids.NEW_CREATE, Ids.BRING)),
        *(f'[id*="{part}"]' for part in (PatternIds.DATA_SAVE, PatternIds.SET_RENAME, PatternIds.SET_REMOVE)),
    )

    def layout(self, address: Address) -> Component:
        """Return the frame; the project's content follows at once from the server."""
        start = {"project": address.project, "state": dict(address.state)}
        return html.Div([dcc.Store(id=Ids.START, data=start), html.Div(id=Ids.ROOT)], className="models-page")

    def register(self, app: Dash, product: Application) -> None:
        """Wire the page and its parts."""

        @app.callback(Output(Ids.ROOT, "children"), Input(Ids.START, "data"))
        def _fill(start: dict[str, Any]) -> list[Component]:
            project = projects.get_project(product, start["project"]) if start["project"] else None
            return page(product, project, read_state(start["state"]))

        refresh_callbacks.register(app, product)
        row_callbacks.register(app, product)
        tag_callbacks.register(app, product)
        deletion_callbacks.register(app, product)
        download_callbacks.register(app, product)
        settings_callbacks.register(app, product)
        study_callbacks.register(app, product)
        base_model_callbacks.register(app, product)
        quantized_callbacks.register(app, product)
        project_callbacks.register(app, product)
        data_callbacks.register(app, product)
        protocol_callbacks.register(app, product)
        data_set_callbacks.register(app, product)
        data_page.register(app, product)
        preprocessing_callbacks.register(app, product)
        catalogue_callbacks.register(app, product)
        archive_callbacks.register(app, product)
