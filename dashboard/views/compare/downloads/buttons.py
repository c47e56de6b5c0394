"""Buttons and callbacks of what can be taken away."""

from __future__ import annotations

import base64
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, no_update
from dash.development.base_component import Component

from core.services.application import Application
from core.services.behaviour.behaviour import behaviour, group_table
from core.services.comparison.metrics import compare_metrics
from core.services.projects.projects import get_project
from core.services.reports.html import as_html
from core.services.reports.report import gather
from dashboard import address as addresses
from dashboard.ids import ShellIds
from dashboard.views.compare.downloads.layers import layers_file
from dashboard.views.compare.downloads.tables import groups_file, metrics_file, parquet
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.layers.reading import open_layers
from dashboard.views.compare.opening import Opened, opened
from dashboard.views.compare.state import Tab


def buttons() -> list[Component]:
    """Return the buttons, which download what the address shows."""
    return [
        dmc.Button(
            "CSV",
            id=Ids.CSV,
            variant="default",
            size="compact-sm",
            **{"aria-label": "Download what is shown as CSV"},
        ),
        dmc.Button(
            "Parquet",
            id=Ids.PARQUET,
            variant="default",
            size="compact-sm",
            **{"aria-label": "Download what is shown as Parquet"},
        ),
        dmc.Button(
            "Report",
            id=Ids.REPORT,
            variant="default",
            size="compact-sm",
            **{"aria-label": "Download a report on these models"},
        ),
    ]


def place() -> Component:
    """Return the component that hands files to the browser."""
    return dcc.Download(id=Ids.FILE)


def register(app: Dash, product: Application) -> None:
    """Wire the buttons; errors of services are shown as notifications."""

    @app.callback(
        Output(Ids.FILE, "data"),
        Input(Ids.CSV, "n_clicks"),
        Input(Ids.PARQUET, "n_clicks"),
        Input(Ids.REPORT, "n_clicks"),
        State(Ids.DRAWN, "data"),
        State(ShellIds.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _take(
        _csv: int | None, _parquet: int | None, _report: int | None, drawn: Any, search: str | None
    ) -> Any:
        if not ctx.triggered or not ctx.triggered[0]["value"] or not drawn:
            return no_update
        path, _, query = str(drawn[0]).partition("?")
        here = opened(product, addresses.parse(path, query))
        if here.state.tab is Tab.LAYERS:  # order and filter change without the page being drawn
            here = opened(product, addresses.parse(path, search))
        if here.baseline is None:
            return no_update
        if ctx.triggered_id == Ids.REPORT:
            return {"content": report(product, here), "filename": f"{here.state.project}-report.html"}
        name = f"{here.state.project}-{here.state.tab}"
        if ctx.triggered_id == Ids.PARQUET:
            content = base64.b64encode(parquet(table(product, here))).decode("ascii")
            return {"content": content, "filename": f"{name}.parquet", "base64": True}
        return {"content": table(product, here), "filename": f"{name}.csv"}


def report(product: Application, here: Opened) -> str:
    """Return the report on the models that are shown."""
    baseline = here.baseline.id if here.baseline else None
    return as_html(gather(product, get_project(product, here.state.project), here.state.columns, baseline))


def table(product: Application, here: Opened) -> str:
    """Return what the present tab shows as CSV."""
    state, baseline = here.state, here.baseline.id if here.baseline else None
    if state.tab is Tab.METRICS:
        return metrics_file(compare_metrics(product, state.columns, baseline), here.names)
    if state.tab is Tab.LAYERS and baseline is not None:
        opened_layers = open_layers(product, state.project, state.columns, baseline, state.layers.mode)
        return layers_file(opened_layers.comparison, state.layers, here.names)
    found = behaviour(product, state.columns, baseline)
    return groups_file(found, group_table(product, found, state.by, state.across), here.names)
