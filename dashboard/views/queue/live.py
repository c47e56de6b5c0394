"""What keeps the page fresh: whole lists when the question changes, else only what changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.domain.catalogue import Worker
from core.domain.ids import RunId, WorkerId
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.errors import NotFound
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.projects import projects
from core.services.queue import runs
from core.services.queue.runs import QueuedRun, QueueSummary, RunQuery
from core.services.workers import workers
from dashboard.components.ancestry import ancestors
from dashboard.projects import snapshot
from dashboard.views.queue.filters import MOST_ROWS, Filters
from dashboard.views.queue.rows import RowContext, grid_rows


@dataclass(frozen=True)
class Mark:
    """What the grid shows: for which filters, at which revision of each project, with which workers."""

    revisions: Mapping[str, int]
    workers: Sequence[str]
    filters: Sequence[Sequence[str]]

    def to_json(self) -> dict[str, Any]:
        """Return what the browser keeps until the next question."""
        return asdict(self)


@dataclass(frozen=True)
class Update:
    """What to do to the grid: show `rows` instead of what is there, or change lines; None: nothing.

    changes: `{"upsert": [row, ...], "remove": [id, ...]}`.
    """

    mark: Mark
    rows: list[dict[str, Any]] | None = None
    changes: dict[str, Any] | None = None


@dataclass(frozen=True)
class Scene:
    """Everything around the runs, read once per refresh; `counts` are those of the chosen project."""

    projects: Sequence[Project]
    live: Sequence[Worker]
    summary: QueueSummary
    counts: Mapping[RunStatus, int]
    around: RowContext


def scene(product: Application, project: str = "") -> Scene:
    """Read projects, workers and counts; those per status of one project, by its short name, or of all."""
    known, now = projects.list_projects(product), product.clock.now()
    ids = {one.slug: one.id for one in known}
    summary = runs.queue_summary(product)
    counts = runs.queue_counts(product, ids[project]) if project in ids else summary.counts
    every = workers.list_workers(product)
    silence_s = product.limits.worker_silence_s
    live = [worker for worker in every if workers.is_live(worker, now=now, silence_s=silence_s)]
    around = RowContext(
        workers={worker.id: worker for worker in every},
        project_names={project.slug: project.name for project in known},
        now=now,
    )
    return Scene(known, live, summary, counts, around)


def update(product: Application, present: Scene, filters: Filters, shown: Mapping[str, Any] | None) -> Update:
    """Return what has to change in a grid that shows `shown` (a mark as JSON, None at first)."""
    mark = _mark(present, filters)
    if shown is None or _question(shown) != _question(mark.to_json()):
        return Update(mark, rows=_all(product, present, filters))
    revisions: Mapping[str, int] = shown["revisions"]
    changed = [project for project in present.projects if project.revision > revisions[project.slug]]
    if not changed:
        return Update(mark)
    found: list[QueuedRun] = []
    for project in changed:
        query = RunQuery(project.id, since_revision=revisions[project.slug], limit=MOST_ROWS)
        some = runs.list_runs(product, query)
        if len(some) == MOST_ROWS:  # perhaps not all of them
            return Update(mark, rows=_all(product, present, filters))
        found += some
    around = row_context(product, present, found)
    upsert = grid_rows([row for row in found if filters.passes(row)], around)
    remove = [str(row.run.id) for row in found if not filters.passes(row)]
    return Update(mark, changes={"upsert": upsert, "remove": remove})


def work_of(product: Application) -> dict[WorkerId, list[QueuedRun]]:
    """Return the runs that each worker is carrying out."""
    carried_out: dict[WorkerId, list[QueuedRun]] = defaultdict(list)
    for row in runs.list_runs(product, RunQuery(statuses=frozenset({RunStatus.RUNNING}))):
        if row.run.worker_id is not None:
            carried_out[row.run.worker_id].append(row)
    return carried_out


def row_of(product: Application, run_id: int) -> QueuedRun:
    """Return one run as a line of the queue; `NotFound` if there is none of that id."""
    run = runs.get_run(product, RunId(run_id))
    rows = runs.list_runs(product, RunQuery(model_ids=frozenset({run.model_id})))
    found = next((row for row in rows if row.run.id == run.id), None)
    if found is None:
        raise NotFound(f"The model of run {run_id} is gone.", "Choose another run of the list.")
    return found


def _all(product: Application, present: Scene, filters: Filters) -> list[dict[str, Any]]:
    found = runs.list_runs(product, filters.query(present.projects))
    return grid_rows(found, row_context(product, present, found))


def row_context(product: Application, present: Scene, rows: Sequence[QueuedRun]) -> RowContext:
    """Return the scene's surroundings with what the models of these runs' projects descend from."""
    shown = {row.run.project_id: row.project_slug for row in rows}
    every = [snapshot.read(product, slug) for _, slug in sorted(shown.items())]
    return replace(
        present.around,
        ancestors=ancestors(model for one in every for model in one.models),
        lineages={model_id: name for one in every for model_id, name in one.lineages.items()},
        experiments={
            number: title
            for project_id in shown
            for number, title in lifecycle.titles(product, project_id).items()
        },
    )


def _mark(present: Scene, filters: Filters) -> Mark:
    return Mark(
        revisions={project.slug: project.revision for project in present.projects},
        workers=sorted(str(worker.id) for worker in present.live),
        filters=[
            *(sorted(filters.statuses), sorted(filters.kinds), filters.hidden),
            [str(one) for one in sorted(filters.batch)],
            [filters.project, str(filters.experiment or "")],
        ],
    )


def _question(mark: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what, when it changes, makes every line a new one; waiting reasons depend on workers."""
    return list(mark["filters"]), list(mark["workers"]), sorted(mark["revisions"])
