"""The menu of saved views: keep what is on the page under a name, open it again, forget it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.ids import SavedViewId
from core.domain.saved.saved_view import SavedView
from core.errors import InvalidInput
from core.services.application import Application
from core.services.projects import projects, saved_views
from dashboard.address import Address
from dashboard.components.markup import labelled
from dashboard.components.undo import undoable_view
from dashboard.ids import ShellIds
from dashboard.views.overview.ids import Ids

_PROJECT = State(ShellIds.PROJECT, "data")


def views_menu() -> Component:
    """Return the button with its panel, which the server fills when it is opened."""
    panel = html.Div(
        [
            html.Div(id=Ids.VIEW_LIST, className="ov-views"),
            dmc.TextInput(
                id=Ids.VIEW_NAME,
                placeholder="Name of this view",
                size="xs",
                **{"aria-label": "Name of this view"},
            ),
            dmc.Button("Save this view", id=Ids.VIEW_SAVE, size="compact-xs", mt=6),
        ],
        className="ov-views-panel",
    )
    return dmc.Popover(
        [
            dmc.PopoverTarget(dmc.Button("Views", id=Ids.VIEWS, variant="default")),
            dmc.PopoverDropdown(panel),
        ],
        position="bottom-end",
        keepMounted=True,
        trapFocus=True,
    )


def forget_id(view: Any) -> dict[str, Any]:
    """Return the id of the button that forgets a view; `dash.ALL` for all of them."""
    return {"part": "overview-view-forget", "view": view}


def entries(views: Sequence[SavedView], slug: str) -> list[Component]:
    """Return a line per view: a link that opens it, and a button that forgets it."""
    if not views:
        return [html.P("Nothing saved yet. A view keeps controls, filter and selection.", className="ov-dim")]
    return [html.Div([_link(view, slug), _forget(view)], className="ov-row") for view in views]


def _link(view: SavedView, slug: str) -> Component:
    when = f"saved {view.created_at:%Y-%m-%d %H:%M} UTC"
    parts = (view.note, when, view.author and f"by {view.author}")
    told = ", ".join(part for part in parts if part)
    # A real link: the page is set up from its address when it is opened.
    return html.A(
        view.name, href=f"{Address(view.page, slug).path}?{view.query}", title=told, className="ov-view"
    )


def _forget(view: SavedView) -> Component:
    button = html.Button(
        "\N{MULTIPLICATION SIGN}", id=forget_id(int(view.id)), type="button", className="ov-remove"
    )
    return labelled(button, f"Forget the view {view.name}")


def register(app: Dash, product: Application) -> None:
    """Wire opening, saving and forgetting."""

    def listed(slug: str) -> list[Component]:
        project = projects.get_project(product, slug)
        return entries(saved_views.list_views(product, project.id), slug)

    @app.callback(
        Output(Ids.VIEW_LIST, "children"), Input(Ids.VIEWS, "n_clicks"), _PROJECT, prevent_initial_call=True
    )
    def _open(_presses: int, slug: str) -> list[Component]:
        return listed(slug)

    @app.callback(
        Output(Ids.VIEW_LIST, "children", allow_duplicate=True),
        Output(Ids.VIEW_NAME, "value"),
        Output(Ids.VIEW_NAME, "error"),
        Input(Ids.VIEW_SAVE, "n_clicks"),
        Input(Ids.VIEW_NAME, "n_submit"),
        State(Ids.VIEW_NAME, "value"),
        State(Ids.ADDRESS, "data"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _save(
        _presses: Any, _entered: Any, name: str | None, query: str | None, slug: str
    ) -> tuple[Any, ...]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        project = projects.get_project(product, slug)
        try:
            request = saved_views.SavedViewRequest(project.id, name or "", query or "")
            saved_views.save_view(product, request)
        except InvalidInput as error:
            return no_update, no_update, error.problems[0].message
        return listed(slug), "", None

    @app.callback(
        Output(Ids.VIEW_LIST, "children", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(forget_id(ALL), "n_clicks"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _remove(_presses: Any, slug: str) -> tuple[Any, Any]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        gone = saved_views.delete_view(product, SavedViewId(ctx.triggered_id["view"]))
        return listed(slug), [undoable_view(gone)]
