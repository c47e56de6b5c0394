"""Callbacks: what costs more than the page is computed behind it, with progress, and then drawn."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update

from core.services.application import Application
from core.services.behaviour.divergences import progress, with_divergences
from dashboard import address as addresses
from dashboard.components.static_html import condensed
from dashboard.ids import ShellIds
from dashboard.views.compare.behaviours.table import told
from dashboard.views.compare.compared import compared_at
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.opening import asked_state
from dashboard.views.compare.showing import content


def register(app: Dash, product: Application) -> None:
    """Wire the computation, its progress, and the page that shows the result."""

    def _href(search: str | None, pathname: str | None) -> str:
        return asked_state(product, addresses.parse(pathname, search)).without_list.href

    @app.callback(
        Output(Ids.COSTLY_DONE, "data"),
        Input(Ids.COSTLY, "data"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
    )
    def _compute(asked: Any, search: str | None, pathname: str | None) -> Any:
        _, found = compared_at(product, addresses.parse(pathname, search)) if asked else (None, None)
        if found is None:
            return no_update
        with_divergences(product, found)
        return _href(search, pathname)

    @app.callback(
        Output(Ids.COSTLY_TOLD, "children"),
        Input(Ids.COSTLY_CLOCK, "n_intervals"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _progress(ticks: int | None, search: str | None, pathname: str | None) -> Any:
        _, found = compared_at(product, addresses.parse(pathname, search)) if ticks else (None, None)
        return no_update if found is None else told(*progress(product, found))

    @app.callback(
        Output(Ids.ROOT, "children", allow_duplicate=True),
        Input(Ids.COSTLY_DONE, "data"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _draw(done: str | None, search: str | None, pathname: str | None) -> Any:
        if not done or done != _href(search, pathname):
            return no_update  # the page has moved on in the meantime
        return condensed(content(product, addresses.parse(pathname, search)))
