"""The server's side of the Overview: what each callback answers, and when. Drawings come from `feeds`."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.services.application import Application
from dashboard.figures.map_style import stylesheet
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.theme import theme_of
from dashboard.views.overview import (
    annotating,
    filtering,
    measurements,
    measuring,
    saved_views,
    tabulating,
)
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.map_document import first_map
from dashboard.views.overview.panes import overview
from dashboard.views.overview.state import read_state


def register(app: Dash, product: Application) -> None:
    """Wire the handlers that need the server."""
    _open(app, product)
    _style(app)
    annotating.register(app, product)
    measurements.register(app, product)
    measuring.register(app, product)
    saved_views.register(app, product)
    filtering.register(app, product)
    tabulating.register(app, product)


def _open(app: Dash, product: Application) -> None:
    @app.callback(Output(Ids.ROOT, "children"), Input(Ids.START, "data"), State(ShellIds.SCHEME, "data"))
    def _fill(start: dict[str, Any], scheme: str | None) -> list[Component]:
        every = snapshot.read(product, start["project"])
        state = read_state(start["state"], every.offered)
        return overview(every.offered, state, first_map(every, state, scheme))


def _style(app: Dash) -> None:
    @app.callback(Output(Ids.MAP, "stylesheet"), Input(ShellIds.SCHEME, "data"), State(Ids.MAP, "stylesheet"))
    def _draw(scheme: str | None, present: list[dict[str, Any]]) -> list[dict[str, Any]]:
        wanted = stylesheet(theme_of(scheme))
        if present == wanted:
            raise PreventUpdate  # it came with the page
        return wanted
