"""The table's handlers."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.comparison.filtering import passing, read_conditions
from core.services.application import Application
from dashboard.ids import ShellIds
from dashboard.views.overview import snapshot, table
from dashboard.views.overview.ids import Ids

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire the table: made when its tab is opened, its rows renewed with filter and revision."""

    def rows(slug: str, text: str | None) -> tuple[snapshot.Snapshot, list[dict[str, Any]]]:
        now = snapshot.read(product, slug)
        shown = passing(now.models, read_conditions(text or ""))
        metrics = now.project.leading_metrics
        return now, table.table_rows(now, metrics, shown)

    @app.callback(Output(Ids.TABLE, "children"), Input(Ids.TAB, "value"), State(Ids.FILTER, "data"), _PROJECT)
    def _table(tab: str, text: str | None, slug: str) -> Component:
        if tab != "table":
            raise PreventUpdate
        now, lines = rows(slug, text)
        return table.models_table(table.table_columns(now.project.leading_metrics), lines)

    @app.callback(
        Output(table.GRID, "rowData"),
        Input(Ids.REVISION, "data"),
        Input(Ids.FILTER, "data"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _rows(_revision: int, text: str | None, slug: str) -> list[dict[str, Any]]:
        return rows(slug, text)[1]
