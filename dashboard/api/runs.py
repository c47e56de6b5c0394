"""Runs: the queue and what one of them says."""

from __future__ import annotations

from flask import Response
from pydantic import Field
from typing_extensions import TypedDict

from core.domain.ids import ExperimentId, ModelId, RunId
from core.domain.queue.run import RunKind, RunStatus
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.services.queue import runs
from core.services.rows.things import QueuedRow, run_row
from dashboard.api.routes import Given, Media, Page, PageQuery, Routes, page

routes = Routes("runs")
_MOST = 100_000


class RunsQuery(PageQuery):
    """Which runs."""

    project: str | None = Field(None, max_length=100, description="Short name of a project.")
    status: list[RunStatus] = Field([], max_length=10, description="Only these statuses.")
    kind: list[RunKind] = Field([], max_length=20, description="Only these kinds.")
    model: int | None = Field(None, ge=1, le=2**53, description="Only those of a model.")
    experiment: int | None = Field(None, ge=1, le=2**53, description="Only those of an experiment.")


class QueueRow(TypedDict):
    """How much work there is: runs by status, and how many can go on at once."""

    counts: dict[str, int]
    active: int
    slots: int


class QueueQuery(Given):
    """Of which project."""

    project: str | None = Field(None, max_length=100, description="Short name of a project; default: all.")


class LogQuery(Given):
    """From which byte on."""

    offset: int = Field(0, ge=0, le=2**53, description="First byte; the header Next-Offset has the next.")


@routes.get("/runs")
def list_runs(app: Application, query: RunsQuery) -> Page[QueuedRow]:
    """List runs, oldest first."""
    wanted = runs.RunQuery(
        project_id=projects.get_project(app, query.project).id if query.project is not None else None,
        statuses=frozenset(query.status) or None,
        kinds=frozenset(query.kind) or None,
        model_ids=frozenset({ModelId(query.model)}) if query.model is not None else None,
        experiment_id=ExperimentId(query.experiment) if query.experiment is not None else None,
        limit=_MOST,
    )
    found = sorted(runs.list_runs(app, wanted), key=lambda row: row.run.id)
    found = [row for row in found if row.run.id > query.cursor]
    parents = models.parents_of(app, {row.run.model_id for row in found[: query.limit]})
    return page([(int(row.run.id), run_row(row, parents.get(row.run.model_id, ()))) for row in found], query)


@routes.get("/runs/{run}")
def get_run(app: Application, run: int) -> QueuedRow:
    """Show a run."""
    return _row(app, runs.get_run(app, RunId(run)).id)


@routes.get("/runs/{run}/log", gives=Media(("text/plain",), "Part of a log."))
def get_log(app: Application, run: int, query: LogQuery) -> Response:
    """Return the log of a run from a byte on."""
    found = runs.get_run(app, RunId(run))
    chunk = runs.read_log(app, found.id, offset=query.offset)
    answer = Response(chunk.text, content_type="text/plain; charset=utf-8")
    answer.headers["Next-Offset"] = str(chunk.next_offset)
    return answer


@routes.get("/queue")
def get_queue(app: Application, query: QueueQuery) -> QueueRow:
    """Count the runs of a project, or of all."""
    project_id = projects.get_project(app, query.project).id if query.project is not None else None
    summary = runs.queue_summary(app, project_id)
    counts = {status.value: count for status, count in summary.counts.items()}
    return {"counts": counts, "active": summary.active, "slots": summary.slots}


def _row(app: Application, run_id: RunId) -> QueuedRow:
    run = runs.get_run(app, run_id)
    found = runs.list_runs(app, runs.RunQuery(model_ids=frozenset({run.model_id}), limit=_MOST))
    row = next(one for one in found if one.run.id == run_id)
    return run_row(row, models.parents_of(app, [run.model_id]).get(run.model_id, ()))
