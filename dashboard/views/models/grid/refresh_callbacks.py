"""What keeps the list fresh: all lines when the filter changes, else only what changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.model import Model
from core.domain.project import Project
from core.presentation.counts import counted
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.services.workers import workers
from dashboard.ids import ShellIds
from dashboard.projects import snapshot
from dashboard.views.models.address import Show
from dashboard.views.models.grid.grid import columns
from dashboard.views.models.grid.rows import RowContext, grid_rows, made_elsewhere
from dashboard.views.models.ids import Ids


@dataclass(frozen=True)
class Listed:
    """What to do to the grid: show `rows` instead of what is there, or change lines; None: nothing.

    columns: new columns, where metrics came or were changed. total: how many lines the grid then has.
    """

    mark: dict[str, Any]
    rows: list[dict[str, Any]] | None = None
    changes: dict[str, Any] | None = None
    columns: list[dict[str, Any]] | None = None
    total: int = 0
    count: str = ""


def register(app: Dash, product: Application) -> None:
    """Wire the tick, the filter, and what the browser does alone."""
    app.clientside_callback(ClientsideFunction("models", "change"), Input(Ids.CHANGES, "data"))
    app.clientside_callback(ClientsideFunction("models", "search"), Input(Ids.TEXT, "value"))
    app.clientside_callback(ClientsideFunction("models", "count"), Input(Ids.COUNTED, "data"))
    app.clientside_callback(
        ClientsideFunction("models", "remember"),
        Input(Ids.TABS, "value"),
        Input(Ids.SHOW, "value"),
        Input(Ids.TEXT, "value"),
    )

    @app.callback(
        output={
            "rows": Output(Ids.GRID, "rowData"),
            "changes": Output(Ids.CHANGES, "data"),
            "columns": Output(Ids.GRID, "columnDefs"),
            "mark": Output(Ids.MARK, "data"),
            "count": Output(Ids.COUNTED, "data"),
        },
        inputs={
            "changed": Input(ShellIds.REVISION, "data"),
            "acted": Input(Ids.ACTED, "data"),
            "show": Input(Ids.SHOW, "value"),
            "shown": State(Ids.MARK, "data"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
    )
    def _refresh(*, show: str, shown: Mapping[str, Any] | None, slug: str | None, **_: Any) -> dict[str, Any]:
        if slug is None:
            raise PreventUpdate
        listed = refreshed(product, projects.get_project(product, slug), Show(show), shown)
        if listed is None:
            raise PreventUpdate
        return {
            "rows": no_update if listed.rows is None else listed.rows,
            "changes": no_update if listed.changes is None else listed.changes,
            "columns": no_update if listed.columns is None else listed.columns,
            "mark": listed.mark,
            "count": {"total": listed.total, "text": listed.count},
        }


def refreshed(
    product: Application, project: Project, show: Show, shown: Mapping[str, Any] | None
) -> Listed | None:
    """Return what has to change in a grid that shows `shown` (a mark, None at first); None for nothing."""
    mark = _mark(project, show)
    if mark == shown:
        return None
    every = _listed(product, project, show)
    passing = [model for model in every if show.passes(model)]
    around = _around(product, project, every, show)
    listed = Listed(mark, total=len(passing), count=count_text(passing, show))
    if shown is None or show is Show.DELETED or {**shown, "revision": project.revision} != mark:
        fresh = shown is not None and shown["metrics"] != mark["metrics"]
        new_columns = columns(project.leading_metrics) if fresh else None
        return replace(listed, rows=grid_rows(passing, around), columns=new_columns)
    since = models.changed_models(product, project.id, since=shown["revision"])
    changed = {model.id for model in since.models}
    upsert = [model for model in passing if model.id in changed]
    gone = (changed - {model.id for model in upsert}) | set(since.removed_ids)
    remove = [str(model_id) for model_id in sorted(gone)]
    return replace(listed, changes={"upsert": grid_rows(upsert, around), "remove": remove})


def count_text(listed: Sequence[Model], show: Show) -> str:
    """Return how many models are listed, and what can be done where there are none."""
    nothing = {
        Show.PRESENT: "No model yet: bring one in under Add",
        Show.STARRED: "No model is starred: press the star beside one",
        Show.ARCHIVED: "Nothing is archived",
        Show.DELETED: "Nothing is deleted",
    }
    if not listed:
        return nothing[show]
    number = counted(len(listed), "model")
    if not all(made_elsewhere(model) for model in listed):
        return number
    what = "with figures only" if all(model.instances is None for model in listed) else "made elsewhere"
    return f"{number} {what}: no runs on them"


def _listed(product: Application, project: Project, show: Show) -> Sequence[Model]:
    if show is Show.DELETED:
        return models.list_models(product, project.id, deleted=True)
    return snapshot.read(product, project.slug).models


def _around(product: Application, project: Project, every: Sequence[Model], show: Show) -> RowContext:
    """Return what the lines need; ancestors of deleted models may be present ones."""
    others = models.list_models(product, project.id) if show is Show.DELETED else []
    specs = {spec.name: spec for spec in workers.catalogue(product).techniques}
    return RowContext.of(project.slug, project.leading_metrics, [*every, *others], specs)


def _mark(project: Project, show: Show) -> dict[str, Any]:
    said = [[m.name, m.label, m.direction, m.format, m.unit] for m in project.leading_metrics]
    return {
        "project": project.slug,
        "revision": project.revision,
        "show": show.value,
        "metrics": hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16],
    }
