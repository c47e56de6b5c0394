"""Callbacks that keep grid, counts and workers fresh, and the filters in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from core.domain.run import RunKind, RunStatus
from core.services.application import Application
from dashboard.ids import ShellIds
from dashboard.views.queue.filters import MOST_ROWS, Filters, chosen
from dashboard.views.queue.ids import Ids, Part
from dashboard.views.queue.live import Scene, scene, update, work_of
from dashboard.views.queue.summary import banner, headline, worker_cards

ANY_COUNT = {"type": Part.COUNT, "status": ALL}
_FILTERS = {
    "statuses": Input(Ids.STATUSES, "value"),
    "kinds": Input(Ids.KINDS, "value"),
    "project": Input(Ids.PROJECT, "value"),
    "experiment": Input(Ids.EXPERIMENT, "data"),
}


def register(app: Dash, product: Application) -> None:
    """Wire the tick and the filters."""
    _register_browser_side(app)

    @app.callback(
        output={
            "rows": Output(Ids.GRID, "rowData"),
            "changes": Output(Ids.CHANGES, "data"),
            "mark": Output(Ids.MARK, "data"),
            "short": Output(Ids.SHORT, "children"),
            "projects": Output(Ids.PROJECT, "data"),
            "summary": Output(Ids.SUMMARY, "children"),
            "banner": Output(Ids.BANNER, "children"),
            "workers": Output(Ids.WORKERS, "children"),
            "counts": Output(ANY_COUNT, "children"),
        },
        inputs={
            "changed": Input(ShellIds.CHANGED, "data"),
            "acted": Input(Ids.ACTED, "data"),
            "filters": _FILTERS,
            "shown": State(Ids.MARK, "data"),
            "counted": State(ANY_COUNT, "id"),
        },
    )
    def _refresh(*, filters: dict[str, Any], shown: Any, counted: list[Any], **_: Any) -> dict[str, Any]:
        wanted = filters_of(filters)
        present = scene(product, wanted.project)
        needed = update(product, present, wanted, shown)
        return {
            "rows": no_update if needed.rows is None else needed.rows,
            "changes": no_update if needed.changes is None else needed.changes,
            "mark": needed.mark.to_json(),
            "short": no_update if needed.rows is None else _short(len(needed.rows)),
            "projects": [{"value": project.slug, "label": project.name} for project in present.projects],
            "workers": worker_cards(present.live, work_of(product), present.around.now),
            **_totals(present, counted),
        }


def filters_of(held: Mapping[str, Any]) -> Filters:
    """Return the filters that the inputs hold."""
    return Filters(
        statuses=chosen(RunStatus, held["statuses"]),
        kinds=chosen(RunKind, held["kinds"]),
        project=held["project"] or "",
        experiment=held["experiment"],
    )


def _totals(present: Scene, counted: list[Any]) -> dict[str, Any]:
    return {
        "summary": headline(present.summary),
        "banner": banner(present.summary, present.live),
        "counts": [f"{present.counts.get(RunStatus(each['status']), 0):,}" for each in counted],
    }


def _short(rows: int) -> str:
    """Say that there may be more than what is listed."""
    return f"The first {MOST_ROWS:,} runs are listed; filter to see others." if rows >= MOST_ROWS else ""


def _register_browser_side(app: Dash) -> None:
    app.clientside_callback(ClientsideFunction("queue", "change"), Input(Ids.CHANGES, "data"))
    app.clientside_callback(
        ClientsideFunction("queue", "age"),
        Input(Ids.TICK, "n_intervals"),
        Input(Ids.MARK, "data"),
        State(Ids.OPEN, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("queue", "limit"), *_FILTERS.values(), Input(Ids.PROJECT, "data")
    )
    app.clientside_callback(ClientsideFunction("queue", "search"), Input(Ids.TEXT, "value"))
    app.clientside_callback(
        ClientsideFunction("queue", "untick"),
        *_FILTERS.values(),
        Input(Ids.TEXT, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("queue", "remember"),
        *_FILTERS.values(),
        Input(Ids.TEXT, "value"),
        Input(Ids.OPEN, "data"),
        Input(Ids.SHOW, "value"),
    )
