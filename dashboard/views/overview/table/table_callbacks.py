"""The table's handlers."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.comparison.filtering import passing, read_conditions
from core.domain.ids import ModelId
from core.services.application import Application
from dashboard.components.table_files import JSON, PARQUET, table_download
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.overview.actions import compare_links
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.table import table
from dashboard.views.overview.table.table_file import table_file

_PROJECT = State(ShellIds.PROJECT, "data")


def register(app: Dash, product: Application) -> None:
    """Wire the table: made when its tab is opened; its rows come from `feeds`."""
    _register_rows(app, product)
    _register_columns(app, product)
    _register_download(app, product)
    _register_comparison(app)


def _lines(
    product: Application, slug: str, text: str | None, *, everything: bool
) -> tuple[snapshot.Snapshot, list[table.Row]]:
    now = snapshot.read(product, slug).shown(everything=everything)
    return now, table.table_rows(now, passing(now.models, read_conditions(text or "")))


def _register_rows(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.TABLE, "children"),
        Input(Ids.TAB, "value"),
        State(Ids.FILTER, "data"),
        State(Ids.TABLE, "children"),
        State(Ids.TABLE_STATE, "data"),
        State(Ids.EVERYTHING_SHOWN, "data"),
        _PROJECT,
    )
    def _table(  # noqa: PLR0913, PLR0917  (Dash calls it)
        tab: str, text: str | None, present: Any, wanted: dict[str, Any], everything: bool, slug: str
    ) -> list[Component]:
        if tab != "table" or present:
            raise PreventUpdate
        chosen = None if wanted["columns"] is None else frozenset(wanted["columns"])
        lines = _lines(product, slug, text, everything=everything)
        return table.models_table(*lines, chosen, differing=wanted["differing"])


def _register_columns(app: Dash, product: Application) -> None:
    @app.callback(
        Output(table.GRID, "columnDefs"),
        Output(Ids.TABLE_STATE, "data"),
        Input(Ids.COLUMNS, "value"),
        Input(Ids.DIFFERING, "checked"),
        State(Ids.FILTER, "data"),
        State(Ids.EVERYTHING_SHOWN, "data"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _columns(
        chosen: list[str], differing: bool, text: str | None, everything: bool, slug: str
    ) -> tuple[Any, ...]:
        now, lines = _lines(product, slug, text, everything=everything)
        usual = table.shown_columns(table.table_columns(now, lines))
        told = {"columns": None if set(chosen) == set(usual) else chosen, "differing": bool(differing)}
        return table.table_columns(now, lines, frozenset(chosen), differing=differing), told


def _register_comparison(app: Dash) -> None:
    """Follow the selection with the way to the page that compares it; the table makes its place anew."""

    @app.callback(
        Output(Ids.TABLE_COMPARE, "children"),
        Input(Ids.SELECTION, "data"),
        Input(Ids.TABLE_COMPARE, "id"),
        _PROJECT,
    )
    def _compare(selected: list[int] | None, _place: str, slug: str) -> list[Component]:
        return compare_links(slug, [ModelId(one) for one in selected or ()]) if selected else []


def _register_download(app: Dash, product: Application) -> None:
    @app.callback(
        Output(Ids.CSV_FILE, "data"),
        Input(Ids.CSV, "n_clicks"),
        Input(Ids.JSON, "n_clicks"),
        Input(Ids.PARQUET, "n_clicks"),
        State(Ids.COLUMNS, "value"),
        State(Ids.DIFFERING, "checked"),
        State(Ids.FILTER, "data"),
        State(Ids.EVERYTHING_SHOWN, "data"),
        _PROJECT,
        prevent_initial_call=True,
    )
    def _download(
        _csv: int | None,
        _json: int | None,
        _parquet: int | None,
        chosen: list[str],
        differing: bool,
        text: str | None,
        everything: bool,
        slug: str,
    ) -> dict[str, Any]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        now, lines = _lines(product, slug, text, everything=everything)
        if ctx.triggered_id != Ids.CSV:
            shown = {str(line["id"]) for line in lines}
            listed = [model for model in now.models if str(model.id) in shown]
            return table_download(
                product, listed, now.project, JSON if ctx.triggered_id == Ids.JSON else PARQUET
            )
        content = table_file(now, lines, frozenset(chosen), differing=bool(differing))
        return {"content": content, "filename": f"{slug}.csv", "type": "text/csv"}
