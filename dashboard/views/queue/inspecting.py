"""The panel of one run: opens on a click, stays fresh, follows the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.ids import RunId
from core.errors import NotFound
from core.services import runs
from core.services.application import Application
from dashboard import training_curves
from dashboard.components.empty_state import empty_state
from dashboard.ids import ShellIds
from dashboard.theme import theme_of
from dashboard.training_curves import Of, fill
from dashboard.views.queue.ids import Ids
from dashboard.views.queue.live import row_of, scene, surroundings
from dashboard.views.queue.panel import body, can_cancel, can_retry, panel_mark

LOG_TAIL_BYTES = 64 * 1024
"""How much of a log is shown when its panel opens; what comes later is added."""

_HIDDEN = {"display": "none"}
_SHOWN: dict[str, str] = {}


def register(app: Dash, product: Application) -> None:
    """Wire clicks, the panel's contents and its log."""
    _register_browser_side(app)
    training_curves.register(app, product, Of.RUN)

    @app.callback(
        output={
            "body": Output(Ids.PANEL_BODY, "children"),
            "mark": Output(Ids.PANEL_MARK, "data"),
            "cancel": Output(Ids.PANEL_CANCEL, "style"),
            "retry": Output(Ids.PANEL_RETRY, "style"),
        },
        inputs={
            "opened": Input(Ids.OPEN, "data"),
            "changed": Input(ShellIds.CHANGED, "data"),
            "acted": Input(Ids.ACTED, "data"),
            "shown": State(Ids.PANEL_MARK, "data"),
            "scheme": State(ShellIds.SCHEME, "data"),
        },
    )
    def _show(*, opened: str | None, shown: Any, scheme: str | None, **_: Any) -> dict[str, Any]:
        if not opened:
            raise PreventUpdate
        run_id = run_id_of(opened)
        if run_id is None:
            return _gone(opened)
        try:
            row = row_of(product, run_id)
        except NotFound:
            return _gone(opened)
        mark = panel_mark(row)
        if mark == shown:
            raise PreventUpdate
        content = body(row, surroundings(product, scene(product), [row]))
        fill(product, content, theme_of(scheme))
        return {
            "body": content,
            "mark": mark,
            "cancel": _SHOWN if can_cancel(row.run) else _HIDDEN,
            "retry": _SHOWN if can_retry(row.run) else _HIDDEN,
        }

    @app.callback(
        Output(Ids.LOG_CHUNK, "data"),
        Input(Ids.OPEN, "data"),
        Input(ShellIds.CHANGED, "data"),
        State(Ids.LOG_CHUNK, "data"),
    )
    def _follow(opened: str | None, _changed: str | None, last: Mapping[str, Any] | None) -> Any:
        run_id = run_id_of(opened)
        if run_id is None:
            raise PreventUpdate
        goes_on = last is not None and last["run"] == opened
        offset = last["offset"] if goes_on and last else -LOG_TAIL_BYTES
        chunk = runs.read_log(product, run_id, offset=offset)
        if goes_on and not chunk.text:
            return no_update
        return {"run": opened, "offset": chunk.next_offset, "text": chunk.text, "fresh": not goes_on}


def run_id_of(opened: str | None) -> RunId | None:
    """Return the id that an address names, None if that cannot be one."""
    return RunId(int(opened)) if opened and re.fullmatch("[0-9]{1,18}", opened) else None


def _gone(opened: str) -> dict[str, Any]:
    missing = empty_state(f"There is no run {opened}", "Close this panel and choose one from the list.")
    return {"body": [missing], "mark": ["none", opened], "cancel": _HIDDEN, "retry": _HIDDEN}


def _register_browser_side(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("queue", "open"),
        Output(Ids.OPEN, "data"),
        Input(Ids.GRID, "cellClicked"),
        Input(Ids.PANEL_CLOSE, "n_clicks"),
        State(Ids.OPEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("queue", "panel"), Output(Ids.PANEL, "hidden"), Input(Ids.OPEN, "data")
    )
    app.clientside_callback(ClientsideFunction("queue", "log"), Input(Ids.LOG_CHUNK, "data"))
