"""The Models & data page as a view of the dashboard."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from core.services.application import Application
from core.services.projects import projects
from dashboard.address import Address
from dashboard.view import View, views
from dashboard.views.models import (
    acting,
    adding_base,
    changing_data_sets,
    changing_protocol,
    correcting_data,
    creating,
    data_page,
    deleting,
    downloading,
    expecting,
    importing,
    offering,
    refreshing,
    saving,
    tagging,
)
from dashboard.views.models.address import read_state
from dashboard.views.models.ids import Ids, Part
from dashboard.views.models.page import page


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
        *(f"#{one}" for one in (Ids.SET_ADD, Ids.NEW_CREATE)),
        *(f'[id*="{part}"]' for part in (Part.DATA_SAVE, Part.SET_RENAME, Part.SET_REMOVE)),
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

        refreshing.register(app, product)
        acting.register(app, product)
        tagging.register(app, product)
        deleting.register(app, product)
        downloading.register(app, product)
        saving.register(app, product)
        importing.register(app, product)
        adding_base.register(app, product)
        creating.register(app, product)
        correcting_data.register(app, product)
        changing_protocol.register(app, product)
        changing_data_sets.register(app, product)
        data_page.register(app, product)
        expecting.register(app, product)
        offering.register(app, product)
