"""The parts of the Queue page that follow the runs; `assets/queue/asking.js` asks for them."""

from __future__ import annotations

import re
from typing import Any

from core.domain.ids import ExperimentId, ProjectId, RunId
from core.domain.project import Project
from core.domain.queue.experiment_progress import ExperimentProgress
from core.domain.queue.run import Run, RunKind, RunStatus
from core.domain.queue.usage import RunUsage
from core.errors import NotFound
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.projects import projects
from core.services.queue import runs
from core.services.queue.outlook import experiment_left, outlook
from core.services.workers import workers
from dashboard.components.empty_state import empty_state
from dashboard.live.difference import Document
from dashboard.live.encoding import plain
from dashboard.live.feed import Asked, Drawing, Feed, Present, feeds
from dashboard.theme import theme_of
from dashboard.training_curves import fill
from dashboard.views.queue.emptiness import nothing
from dashboard.views.queue.experiments.experiments import experiment_bar, experiment_list, experiments_mark
from dashboard.views.queue.filters import Filters, chosen
from dashboard.views.queue.listing import Listing, listed
from dashboard.views.queue.live import row_context, row_of, scene
from dashboard.views.queue.panel.panel import body, can_cancel, can_retry, panel_mark
from dashboard.views.queue.summary import banner, headline, worker_cards

LOG_TAIL_BYTES = 64 * 1024
"""How much of a log is shown when its panel opens; what comes later is added."""


@feeds.register("queue")
class QueueFeed(Feed):
    """The lines of the grid by id, the counts, the workers."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the runs that the filters let through, and what stands around them."""
        filters = Filters(
            statuses=chosen(RunStatus, asked.texts("statuses")),
            kinds=chosen(RunKind, asked.texts("kinds")),
            project=asked.text("project"),
            experiment=_experiment(asked),
            hidden_statuses=chosen(RunStatus, asked.texts("hidden")),
            hidden_kinds=chosen(RunKind, asked.texts("hidden")),
            batch=frozenset(map(RunId, asked.numbers("batch"))),
        )

        def read(before: Listing | None) -> Listing:
            return listed(present.product, filters, before)

        found = present.read(("queue", filters), read)
        return Drawing(filters, found.present.around.now, lambda: _document(found, filters))


def _document(found: Listing, filters: Filters) -> Document:
    present = found.present
    return {
        "rows": found.rows,
        "short": found.short,
        "nothing": [] if found.rows else plain([nothing(present, filters)]),
        "projects": [{"value": project.slug, "label": project.name} for project in present.projects],
        "summary": headline(present.summary),
        "counts": {status.value: f"{present.counts.get(status, 0):,}" for status in RunStatus},
        "banner": plain(banner(present.summary, present.live)),
        "workers": plain(worker_cards(present.live, found.work, present.around.now)),
    }


@feeds.register("queue-run")
class RunFeed(Feed):
    """The panel of one run: its contents, and which of its buttons are shown."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the panel of the run asked for."""
        opened, scheme, product = asked.text("run"), asked.text("scheme"), present.product
        row = present.read(("run", opened), lambda _before: _row(product, opened))
        if row is None:
            return Drawing(opened, "none", lambda: _gone(opened))

        def draw() -> Document:
            content = body(row, row_context(product, scene(product), [row]), outlook(product, row.run))
            fill(product, content, theme_of(scheme))
            buttons = {"cancel": can_cancel(row.run), "retry": can_retry(row.run)}
            return {"body": plain(content), **buttons}

        used = present.read(("usage", opened), lambda _before: used_now(product, row.run))
        return Drawing((opened, scheme), (*panel_mark(row), used), draw)


@feeds.register("queue-log")
class LogFeed(Feed):
    """The end of a run's log: lines by the byte at which they begin."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the log of the run asked for."""
        opened, product = asked.text("run"), present.product
        lines = present.read(("log", opened), lambda _before: _lines(product, opened))
        return Drawing(opened, lines, lambda: {"lines": {str(at): line for at, line in lines}})


@feeds.register("queue-experiments")
class ExperimentsFeed(Feed):
    """The list of experiments."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the experiments of the project asked for, or of all."""
        product, slug = present.product, asked.text("project")

        def read(_before: object) -> tuple[dict[ProjectId, Project], list[ExperimentProgress]]:
            known = {project.id: project for project in projects.list_projects(product)}
            wanted = next((one.id for one in known.values() if one.slug == slug), None)
            return known, lifecycle.list_progress(product, wanted)

        known, found = present.read(("experiments", slug), read)
        now = product.clock.now()
        return Drawing(
            slug, experiments_mark(found), lambda: {"list": plain(experiment_list(found, known, now))}
        )


@feeds.register("queue-experiment")
class ExperimentFeed(Feed):
    """The bar above the runs of one experiment."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the bar of the experiment asked for."""
        product, number = present.product, _experiment(asked)

        def read(_before: object) -> ExperimentProgress | NotFound:
            try:
                return lifecycle.get_progress(product, number or ExperimentId(0))
            except NotFound as error:
                return error

        found = present.read(("experiment", number), read)
        if isinstance(found, NotFound):
            gone = empty_state(found.message, "Choose another from the list of experiments.")
            return Drawing(number, "gone", lambda: {"of": number, "bar": plain([gone])})

        def draw() -> Document:
            project = projects.get_project(product, found.experiment.project_id)
            left = experiment_left(product, found.experiment.id)
            return {"of": number, "bar": plain(experiment_bar(found, project, left))}

        return Drawing(number, experiments_mark([found]), draw)


def _experiment(asked: Asked) -> ExperimentId | None:
    return next(map(ExperimentId, asked.numbers("experiments")), None)


def run_id_of(opened: str | None) -> RunId | None:
    """Return the id that an address names, None if that cannot be one."""
    return RunId(int(opened)) if opened and re.fullmatch("[0-9]{1,18}", opened) else None


def _row(product: Application, opened: str) -> runs.QueuedRun | None:
    run_id = run_id_of(opened)
    if run_id is None:
        return None
    try:
        return row_of(product, run_id)
    except NotFound:
        return None


def used_now(product: Application, run: Run) -> RunUsage | None:
    """Return what a run that goes on has used, as its worker told last."""
    if run.status is not RunStatus.RUNNING:
        return None
    loads = (one.load for one in workers.list_workers(product) if one.id == run.worker_id)
    return next((load.runs.get(run.id) for load in loads if load is not None), None)


def _gone(opened: str) -> dict[str, Any]:
    missing = empty_state(f"There is no run {opened}", "Close this panel and choose one from the list.")
    return {"body": plain([missing]), "cancel": False, "retry": False}


def _lines(product: Application, opened: str) -> tuple[tuple[int, str], ...]:
    run_id = run_id_of(opened)
    return () if run_id is None else runs.log_tail(product, run_id, most_bytes=LOG_TAIL_BYTES)
