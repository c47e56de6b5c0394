"""The browser's side of the Overview: which script function listens to which part."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.ids import ShellIds
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.table.table import GRID

_SHOWN = (
    Input(Ids.COLOUR, "value"),
    Input(Ids.SIZE, "value"),
    Input(Ids.X, "value"),
    Input(Ids.Y, "value"),
    Input(Ids.LOGS, "value"),
    Input(Ids.ARRANGEMENT, "value"),
    Input(Ids.SELECTION, "data"),
    Input(Ids.FILTER, "data"),
    Input(Ids.PLOT, "value"),
    Input(Ids.AXES, "value"),
    Input(Ids.TAB, "value"),
)
"""What both the address and the questions of the page follow."""


def register(app: Dash) -> None:
    """Wire the scripts in `assets/overview/*.js`; none of these asks the server."""

    def listen(function: str, *inputs: Input) -> None:
        app.clientside_callback(ClientsideFunction("overview", function), *inputs)

    _follow(app)
    listen("drawGrouped", Input(Ids.DRAWINGS, "data"))
    listen("drawMap", Input(Ids.SCENE, "data"), Input(Ids.MAP, "stylesheet"))
    listen("drawScatter", Input(Ids.SCATTER_DRAWING, "data"))
    listen("adoptRows", Input(GRID, "selectedRows"))
    listen("showRows", Input(GRID, "virtualRowData"))
    listen("selectFront", Input(Ids.FRONT, "n_clicks"))
    listen("drawParallel", Input(Ids.PARALLEL_SCENE, "data"))
    app.clientside_callback(
        ClientsideFunction("overview", "showPlot"),
        Output(Ids.PLOT_FRAME, "className"),
        Input(Ids.PLOT, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("overview", "showPanel"), Output(Ids.PANELS, "className"), Input(Ids.TAB, "value")
    )
    # With an output, it also runs for the selection that an address brings along.
    app.clientside_callback(
        ClientsideFunction("overview", "adopt"), Output(Ids.SCRIPT, "data"), Input(Ids.SELECTION, "data")
    )
    app.clientside_callback(
        ClientsideFunction("overview", "writeAddress"),
        Output(Ids.ADDRESS, "data"),
        *_SHOWN,
        Input(Ids.TABLE_STATE, "data"),
        Input(Ids.EVERYTHING, "value"),
        Input(ShellIds.PROJECT, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("overview", "everything"),
        Output(Ids.EVERYTHING_SHOWN, "data"),
        Input(Ids.EVERYTHING, "value"),
        Input(Ids.FILTER, "data"),
        State(Ids.EVERYTHING_SHOWN, "data"),
        prevent_initial_call=True,
    )


def _follow(app: Dash) -> None:
    """Wire `assets/overview/live.js`: which parts it asks for, and which stores get the answers."""
    app.clientside_callback(
        ClientsideFunction("overview", "ask"),
        Output(Ids.ASKED, "data"),  # without an output Dash would call it on other pages, too
        *_SHOWN,
        Input(Ids.EVERYTHING_SHOWN, "data"),
        Input(ShellIds.SCHEME, "data"),
        Input(ShellIds.PROJECT, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("live", "refresh"), Input(Ids.REVISION, "data"), prevent_initial_call=True
    )
    places: dict[str, list[tuple[str, str]]] = {
        Ids.LIVE_MAP: [(Ids.SCENE, "data"), (Ids.MAP_LEGEND, "children"), (Ids.MAP_EMPTY, "children")],
        Ids.LIVE_SCATTER: [
            (Ids.SCATTER_DRAWING, "data"),
            (Ids.SCATTER_TITLE, "children"),
            (Ids.SCATTER_NOTE, "children"),
            (Ids.FRONT, "disabled"),
        ],
        Ids.LIVE_PARALLEL: [(Ids.PARALLEL_SCENE, "data"), (Ids.AXES, "data"), (Ids.AXES, "value")],
        Ids.LIVE_FILTER: [
            (Ids.HIDDEN, "data"),
            (Ids.FILTER_CHIPS, "children"),
            (Ids.COUNT, "children"),
            (Ids.FILTER_COUNT, "children"),
            (Ids.FILTER_LABEL, "children"),
            (Ids.MAP_NOTICE, "children"),
            (Ids.AWAY_LABEL, "children"),
            (Ids.AWAY, "hidden"),
        ],
        Ids.LIVE_DETAILS: [(Ids.DETAILS, "children"), (Ids.DRAWINGS, "data")],
        Ids.LIVE_TABLE: [(GRID, "rowData")],
    }
    for store, outputs in places.items():
        function = f"spread_{store.removeprefix('overview-').replace('-', '_')}"
        app.clientside_callback(
            ClientsideFunction("overview", function), *(Output(*one) for one in outputs), Input(store, "data")
        )
    app.clientside_callback(
        ClientsideFunction("overview", "tabLabel"),
        Output(Ids.TAB_LABEL, "children"),
        Input(Ids.SELECTION, "data"),
        Input(Ids.SCENE, "data"),
    )
