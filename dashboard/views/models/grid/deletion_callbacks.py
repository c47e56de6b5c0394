"""Deleting the ticked models: what depends on them is listed first, and it can be undone."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.presentation.counts import counted
from core.services.application import Application
from core.services.models.models import Dependants, delete_models, dependants
from dashboard.components.notification import notification
from dashboard.components.undo import Undo, undoable
from dashboard.ids import ShellIds
from dashboard.views.models.grid.row_callbacks import QUICKER, ids_of, now, require_press
from dashboard.views.models.ids import Ids

_NAMED = 5


def register(app: Dash, product: Application) -> None:
    """Wire the button, the question and the deed."""

    @app.callback(
        Output(Ids.DELETE_BOX, "opened"),
        Output(Ids.DELETE_TEXT, "children"),
        Output(Ids.DELETE_YES, "children"),
        Input(Ids.DELETE, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        prevent_initial_call=True,
    )
    def _ask(_presses: Any, ticked: Any) -> tuple[Any, ...]:
        require_press()
        chosen = ids_of(ticked)
        if not chosen:
            raise PreventUpdate
        along = dependants(product, chosen)
        every = len(chosen) + len(along.models)
        return True, question(len(chosen), along), f"Delete {counted(every, 'model')}"

    @app.callback(
        Output(Ids.DELETE_BOX, "opened", allow_duplicate=True),
        Input(Ids.DELETE_NO, "n_clicks"),
        prevent_initial_call=True,
    )
    def _keep(_presses: Any) -> bool:
        require_press()
        return False

    @app.callback(
        Output(Ids.DELETE_BOX, "opened", allow_duplicate=True),
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.DELETE_YES, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        prevent_initial_call=True,
    )
    def _delete(_presses: Any, ticked: Any) -> tuple[Any, ...]:
        require_press()
        gone = delete_models(product, ids_of(ticked), with_descendants=True)
        said = undoable(f"{counted(len(gone), 'model')} deleted", Undo.RESTORE, gone)
        return False, now(product), [said if gone else notification(QUICKER)]


def question(chosen: int, along: Dependants) -> list[Component]:
    """Return what goes along with the models, and that it can be undone."""
    parts: list[Component] = [html.P(f"{counted(chosen, 'model')} ticked.")]
    if along.models:
        verb = "was" if len(along.models) == 1 else "were"
        named = ", ".join(model.name for model in along.models[:_NAMED])
        more = f" and {len(along.models) - _NAMED:,} more" if len(along.models) > _NAMED else ""
        made = counted(len(along.models), "model")
        goes, them = "goes" if len(along.models) == 1 else "go", "it" if chosen == 1 else "them"
        parts.append(html.P(f"{made} {verb} made from {them} and {goes} along: {named}{more}."))
    if along.active_runs:
        parts.append(html.P(f"{counted(along.active_runs, 'run')} of theirs will be cancelled."))
    parts.append(html.P("Figures and files are kept: deleted models can be restored.", className="ov-dim"))
    return parts
