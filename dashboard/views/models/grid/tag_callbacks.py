"""The dialog that adds tags to the ticked models and removes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.errors import InvalidInput
from core.presentation.counts import counted
from core.services.application import Application
from core.services.models.annotations import annotate, list_tags
from core.services.projects import projects
from dashboard.components.notification import notification
from dashboard.ids import ShellIds
from dashboard.views.models.grid.row_callbacks import ids_of, now, require_press
from dashboard.views.models.ids import Ids


def register(app: Dash, product: Application) -> None:
    """Wire opening and applying."""

    @app.callback(
        Output(Ids.TAG_BOX, "opened"),
        Output(Ids.TAG_TITLE, "children"),
        Output(Ids.TAG_ADD, "value"),
        Output(Ids.TAG_ADD, "data"),
        Output(Ids.TAG_ADD, "error", allow_duplicate=True),
        Output(Ids.TAG_REMOVE, "value"),
        Output(Ids.TAG_REMOVE, "data"),
        Input(Ids.TAG, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _open(_presses: Any, ticked: Any, slug: str) -> tuple[Any, ...]:
        require_press()
        project = projects.get_project(product, slug)
        offered = [count.tag for count in list_tags(product, project.id)]
        title = f"Tags of {counted(len(ticked or ()), 'model')}"
        return True, title, [], offered, None, [], tags_of(ticked or ())

    @app.callback(
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Output(Ids.TAG_BOX, "opened", allow_duplicate=True),
        Output(Ids.TAG_ADD, "error"),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.TAG_APPLY, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        State(Ids.TAG_ADD, "value"),
        State(Ids.TAG_ADD, "searchValue"),
        State(Ids.TAG_REMOVE, "value"),
        prevent_initial_call=True,
    )
    def _apply(_presses: Any, ticked: Any, add: Any, typed: str | None, remove: Any) -> tuple[Any, ...]:
        require_press()
        wanted = [*(add or ()), *([typed] if typed and typed.strip() else [])]
        if not wanted and not remove:
            return no_update, no_update, "Type a tag to add, or choose one to remove.", no_update
        try:
            changed = annotate(product, ids_of(ticked), add_tags=wanted, remove_tags=remove or ())
        except InvalidInput as error:
            return no_update, no_update, str(error), no_update
        return now(product), False, None, [notification(f"Tags of {counted(len(changed), 'model')} changed")]


def tags_of(ticked: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the tags that any of the lines has, in order of first sight."""
    if not ticked:
        raise PreventUpdate
    return list(dict.fromkeys(tag for row in ticked for tag in row["tags"]))
