"""The button "Share": makes a read-only link to exactly what is shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.services.access.share_links import share
from core.services.application import Application
from core.services.projects import projects
from dashboard.access.caller import Access
from dashboard.access.people_page import address_of
from dashboard.ids import ShellIds


def register(app: Dash, product: Application, access: Access) -> None:
    """Wire the panel that the button opens."""

    @app.callback(
        Output(ShellIds.SHARE_LINK, "value"),
        Output(ShellIds.SHARE_TOLD, "children"),
        Input(ShellIds.SHARE_MAKE, "n_clicks"),
        State(ShellIds.PROJECT, "data"),
        State(ShellIds.LOCATION, "href"),
        State(ShellIds.SHARE_DAYS, "value"),
        prevent_initial_call=True,
    )
    def _make(clicks: int | None, slug: str | None, href: str | None, days: str | None) -> tuple[Any, str]:
        if not clicks:
            raise PreventUpdate
        if not slug or not href:
            return no_update, "Open a page of a project first: a link shares one project."
        target = path_of(href)
        made = share(product, projects.get_project(product, slug).id, target, days=float(days or 30))
        ends = made.link.expires_at.strftime("%Y-%m-%d")
        told = f"Read-only until {ends}. It is not shown again; Share links in the account menu revokes it."
        return address_of(access, f"/s/{made.token}"), told

    app.clientside_callback(ClientsideFunction("access", "copy"), Input(ShellIds.SHARE_LINK, "value"))


def path_of(href: str) -> str:
    """Return what follows the host of an address: path, query and what stands behind the #."""
    parts = urlsplit(href)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path}{query}#{parts.fragment}" if parts.fragment else f"{parts.path}{query}"
