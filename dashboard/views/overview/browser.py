"""The browser's side of the Overview: which script function listens to which part."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.ids import ShellIds
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.table import GRID


def register(app: Dash) -> None:
    """Wire the scripts in `assets/overview/*.js`; none of these asks the server."""

    def listen(function: str, *inputs: Input) -> None:
        app.clientside_callback(ClientsideFunction("overview", function), *inputs)

    app.clientside_callback(
        ClientsideFunction("overview", "follow"),
        Output(Ids.REVISION, "data"),
        Input(ShellIds.REVISION, "data"),
        State(Ids.REVISION, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
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
