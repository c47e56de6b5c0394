"""Star, note, archive and restore, for one line or for the ticked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.presentation.counts import counted
from core.services.application import Application
from core.services.models.annotations import annotate
from core.services.models.models import restore_models
from dashboard.components.notification import Notification, notification
from dashboard.components.undo import Undo, undoable
from dashboard.ids import ShellIds
from dashboard.views.models.ids import Ids

QUICKER = "Nothing left to do: somebody else was quicker"


def register(app: Dash, product: Application) -> None:
    """Wire the grid's own cells and the buttons above it."""
    app.clientside_callback(
        ClientsideFunction("models", "enable"),
        Output(Ids.TAG, "disabled"),
        Output(Ids.ARCHIVE, "style"),
        Output(Ids.ARCHIVE, "disabled"),
        Output(Ids.UNARCHIVE, "style"),
        Output(Ids.UNARCHIVE, "disabled"),
        Output(Ids.DELETE, "style"),
        Output(Ids.DELETE, "disabled"),
        Output(Ids.RESTORE, "style"),
        Output(Ids.RESTORE, "disabled"),
        Input(Ids.GRID, "selectedRows"),
        Input(Ids.SHOW, "value"),
        Input(Ids.CHANGES, "data"),
    )

    @app.callback(
        Output(Ids.ACTED, "data", allow_duplicate=True), Input(Ids.STAR, "data"), prevent_initial_call=True
    )
    def _star(pressed: Mapping[str, Any] | None) -> float:
        if not pressed:
            raise PreventUpdate
        annotate(product, [ModelId(int(pressed["id"]))], starred=bool(pressed["starred"]))
        return now(product)

    @app.callback(
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Input(Ids.GRID, "cellValueChanged"),
        prevent_initial_call=True,
    )
    def _note(edited: Sequence[Mapping[str, Any]] | None) -> float:
        notes = [edit for edit in edited or () if edit["colId"] == "note"]
        if not notes:
            raise PreventUpdate
        for edit in notes:
            annotate(product, [ModelId(int(edit["rowId"]))], note=str(edit["value"] or ""))
        return now(product)

    @app.callback(
        Output(Ids.ACTED, "data", allow_duplicate=True),
        Output(ShellIds.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(Ids.ARCHIVE, "n_clicks"),
        Input(Ids.UNARCHIVE, "n_clicks"),
        Input(Ids.RESTORE, "n_clicks"),
        State(Ids.GRID, "selectedRows"),
        prevent_initial_call=True,
    )
    def _move(_archive: Any, _unarchive: Any, _restore: Any, ticked: Any) -> tuple[float, list[Any]]:
        require_press()
        return now(product), [moved(product, str(ctx.triggered_id), ids_of(ticked))]


def moved(product: Application, pressed: str, model_ids: Sequence[ModelId]) -> Notification:
    """Archive, unarchive or restore the models, by the id of the button; say so, with an undo."""
    if pressed == Ids.RESTORE:
        back = restore_models(product, model_ids)
        if not back:
            return notification(QUICKER)
        return undoable(f"{counted(len(back), 'model')} restored", Undo.DELETE, back)
    archived = pressed == Ids.ARCHIVE
    changed = annotate(product, model_ids, archived=archived)
    if not changed:
        return notification(QUICKER)
    said = f"{counted(len(changed), 'model')} {'archived' if archived else 'taken out of the archive'}"
    return undoable(said, Undo.UNARCHIVE if archived else Undo.ARCHIVE, changed)


def ids_of(ticked: Sequence[Mapping[str, Any]] | None) -> list[ModelId]:
    """Return the ids of the ticked lines."""
    return [ModelId(int(row["id"])) for row in ticked or ()]


def require_press() -> None:
    """Stop unless a button was pressed: buttons that were just drawn report that they were not."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate


def now(product: Application) -> float:
    """Return what makes the page look again at once when it is written to `Ids.ACTED`."""
    return product.clock.now().timestamp()
