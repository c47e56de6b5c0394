"""The server's side of the Overview: what each callback answers, and when. Drawings come from `feeds`."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.figures.map.map_style import stylesheet
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.theme import theme_of
from dashboard.views.overview import measure_dialog, saved_views
from dashboard.views.overview.details import annotation_callbacks, card_measurements, export_menu
from dashboard.views.overview.filter import filter_callbacks
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.layout import overview
from dashboard.views.overview.state import read_state
from dashboard.views.overview.table import table_callbacks


def register(app: Dash, product: Application) -> None:
    """Wire the handlers that need the server."""
    _open(app, product)
    _style(app)
    annotation_callbacks.register(app, product)
    card_measurements.register(app, product)
    export_menu.register(app, product)
    measure_dialog.register(app, product)
    saved_views.register(app, product)
    filter_callbacks.register(app, product)
    table_callbacks.register(app, product)


def _open(app: Dash, product: Application) -> None:
    @app.callback(Output(Ids.ROOT, "children"), Input(Ids.START, "data"))
    def _fill(start: dict[str, Any]) -> list[Component]:
        project = snapshot.read(product, start["project"]).offered
        return overview(project, read_state(start["state"], project))


def _style(app: Dash) -> None:
    @app.callback(Output(Ids.MAP, "stylesheet"), Input(ShellIds.SCHEME, "data"))
    def _draw(scheme: str | None) -> list[dict[str, Any]]:
        return stylesheet(theme_of(scheme))
