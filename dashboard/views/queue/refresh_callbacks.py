"""The browser's side: what the page asks for, where the answers go, and the filters in the address."""

from __future__ import annotations

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from dashboard.ids import ShellIds
from dashboard.views.queue.ids import Ids, PatternIds

ANY_COUNT = {"type": PatternIds.COUNT, "status": ALL}
_FILTERS = (
    Input(Ids.STATUSES, "value"),
    Input(Ids.KINDS, "value"),
    Input(Ids.PROJECT, "value"),
    Input(Ids.EXPERIMENT, "data"),
    Input(Ids.HIDDEN, "value"),
    Input(Ids.BATCH, "data"),
)


def register(app: Dash) -> None:
    """Wire the filters to what `assets/queue/asking.js` asks for, and the answers to the page."""
    app.clientside_callback(
        ClientsideFunction("queue", "ask"),
        Output(Ids.ASKED, "data"),  # without an output Dash would call it on other pages, too
        *_FILTERS,
        Input(Ids.OPEN, "data"),
        Input(Ids.SHOW, "value"),
        Input(ShellIds.SCHEME, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("queue", "spread"),
        Output(Ids.SHORT, "children"),
        Output(Ids.PROJECT, "data"),
        Output(Ids.SUMMARY, "children"),
        Output(Ids.BANNER, "children"),
        Output(Ids.WORKERS, "children"),
        Output(Ids.NOTHING, "children"),
        Output(ANY_COUNT, "children"),
        Input(Ids.LIVE, "data"),
        State(ANY_COUNT, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("live", "refresh"), Input(Ids.ACTED, "data"), prevent_initial_call=True
    )
    app.clientside_callback(ClientsideFunction("queue", "change"), Input(Ids.CHANGES, "data"))
    app.clientside_callback(
        ClientsideFunction("queue", "age"),
        Input(Ids.TICK, "n_intervals"),
        Input(Ids.LIVE, "data"),
        State(Ids.OPEN, "data"),
    )
    app.clientside_callback(ClientsideFunction("queue", "limit"), *_FILTERS, Input(Ids.PROJECT, "data"))
    app.clientside_callback(ClientsideFunction("queue", "search"), Input(Ids.TEXT, "value"))
    app.clientside_callback(
        ClientsideFunction("queue", "untick"),
        *_FILTERS[:-1],
        Input(Ids.TEXT, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("queue", "followed"),
        Output(Ids.BATCH_BAR, "hidden"),
        Output(Ids.BATCH_TEXT, "children"),
        Input(Ids.BATCH, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("queue", "remember"),
        *_FILTERS,
        Input(Ids.TEXT, "value"),
        Input(Ids.OPEN, "data"),
        Input(Ids.SHOW, "value"),
    )
