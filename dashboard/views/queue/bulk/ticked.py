"""Which runs the buttons above the grid act on: those ticked, or all that match the filters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import State, ctx
from dash.exceptions import PreventUpdate

from core.domain.ids import ExperimentId, RunId
from core.domain.queue.run import RunKind, RunStatus
from core.services.application import Application
from core.services.projects import projects
from core.services.queue import runs
from dashboard.views.queue.filters import Filters, chosen
from dashboard.views.queue.ids import Ids

TICKED = (
    State(Ids.GRID, "selectedRows"),
    State(Ids.EVERY, "data"),
    State(Ids.STATUSES, "value"),
    State(Ids.KINDS, "value"),
    State(Ids.PROJECT, "value"),
    State(Ids.EXPERIMENT, "data"),
    State(Ids.HIDDEN, "value"),
    State(Ids.BATCH, "data"),
)


@dataclass(frozen=True)
class Ticked:
    """Lines that are ticked, whether they stand for every run that matches, and the filters they match."""

    rows: Sequence[Any] | None
    every: bool | None
    statuses: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    project: str | None = None
    experiment: int | None = None
    hidden: Sequence[str] | None = None
    batch: Sequence[int] | None = None


def chosen_runs(product: Application, ticked: Ticked, useful: Collection[RunStatus]) -> list[RunId]:
    """Return the ticked runs; where every line of a cut list is ticked, all `useful` ones that match."""
    if not ticked.every:
        return [RunId(int(row["id"])) for row in ticked.rows or ()]
    experiment = None if ticked.experiment is None else ExperimentId(int(ticked.experiment))
    filters = Filters(
        chosen(RunStatus, ticked.statuses),
        chosen(RunKind, ticked.kinds),
        project=ticked.project or "",
        experiment=experiment,
        hidden_statuses=chosen(RunStatus, ticked.hidden),
        hidden_kinds=chosen(RunKind, ticked.hidden),
        batch=frozenset(RunId(int(one)) for one in ticked.batch or ()),
    )
    statuses = frozenset(useful) & (filters.shown_statuses or frozenset(RunStatus))
    query = replace(filters.query(projects.list_projects(product)), statuses=statuses)
    return runs.matching_runs(product, query)


def require_press() -> None:
    """Stop unless a button was pressed: buttons that were just drawn report that they were not."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
