"""Only what changed is sent; whole lists when the question changes."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.ids import ModelId, RunId
from core.domain.queue.run import RunError, RunStatus
from core.domain.queue.usage import GpuSample, MachineLoad, RunUsage
from core.services.projects import projects
from core.services.queue import run_lifecycle, runs
from core.services.workers import workers
from core.testing.laboratory import WORKER, Laboratory
from dashboard.live.encoding import plain
from dashboard.views.queue.filters import Filters
from dashboard.views.queue.live import Update, row_context, row_of, scene, update, work_of
from dashboard.views.queue.machine import machine, usage_facts
from dashboard.views.queue.panel.panel import can_cancel, can_retry, panel_mark
from dashboard.views.queue.rows import grid_rows
from dashboard.views.queue.summary import banner, headline


@pytest.fixture
def queued(laboratory: Laboratory) -> Laboratory:
    """One base model to make: three runs."""
    laboratory.base(laboratory.project())
    return laboratory


def look(queued: Laboratory, shown: dict[str, Any] | None = None, filters: Filters | None = None) -> Update:
    return update(queued.app, scene(queued.app), filters or Filters(), shown)


def test_the_first_look_lists_everything(queued: Laboratory) -> None:
    rows = look(queued).rows
    assert rows is not None
    assert [row["status"] for row in rows] == ["queued", "waiting", "waiting"]
    assert rows[1]["note"] == "waits for the run before it"


def test_counts_are_of_the_chosen_project_and_the_headline_of_all(queued: Laboratory) -> None:
    queued.project("Other", "other")
    for chosen, waiting in (("", 2), ("digits", 2), ("other", 0), ("unknown", 2)):
        present = scene(queued.app, chosen)
        assert present.counts[RunStatus.WAITING] == waiting
        assert headline(present.summary).startswith("3 runs to go")


def test_nothing_is_sent_while_nothing_changes(queued: Laboratory) -> None:
    mark = look(queued).mark.to_json()
    again = look(queued, mark)
    assert (again.rows, again.changes) == (None, None)


def test_a_changed_run_is_sent_alone(queued: Laboratory) -> None:
    mark = look(queued).mark.to_json()
    queued.claim()
    changes = look(queued, mark).changes
    assert changes is not None
    assert {row["id"]: row["status"] for row in changes["upsert"]}["1"] == "running"
    assert changes["remove"] == []


def test_a_run_that_no_longer_passes_is_removed(queued: Laboratory) -> None:
    filters = Filters(statuses=frozenset({RunStatus.QUEUED}))
    mark = look(queued, None, filters).mark.to_json()
    queued.claim()
    changes = look(queued, mark, filters).changes
    assert changes is not None
    assert "1" in changes["remove"]


@pytest.mark.parametrize("change", ["filters", "workers", "projects"])
def test_another_question_is_answered_in_full(queued: Laboratory, change: str) -> None:
    mark = look(queued).mark.to_json()
    filters = Filters(statuses=frozenset({RunStatus.WAITING})) if change == "filters" else Filters()
    if change == "workers":
        workers.stop(queued.app, WORKER)
    if change == "projects":
        queued.project("Another", "another")
    assert look(queued, mark, filters).rows is not None


def test_lines_sort_as_the_queue_is_read(queued: Laboratory) -> None:
    queued.claim()
    first = queued.base(queued.project("Other", "other"), "second")
    rows = runs.list_runs(queued.app)
    runs.set_priority(queued.app, [row.run.id for row in rows if row.run.model_id == first.id], priority=5)
    rows = runs.list_runs(queued.app)
    lines = grid_rows(rows, row_context(queued.app, scene(queued.app), rows))
    ordered = [line["status"] for line in sorted(lines, key=lambda line: line["order"])]
    assert ordered == ["running", "queued", "waiting", "waiting", "waiting", "waiting"]


def test_ended_runs_are_listed_by_how_they_ended(queued: Laboratory) -> None:
    second = queued.base(queued.project("Other", "other"), "second")
    failed = queued.claim()
    assert failed is not None
    run_lifecycle.fail(queued.app, failed.id, failed.attempt, RunError("boom", "The disk is full."))
    others = [row.run.id for row in runs.list_runs(queued.app) if row.run.model_id == second.id]
    runs.cancel_runs(queued.app, others[:1])
    rows = runs.list_runs(queued.app)
    lines = grid_rows(rows, row_context(queued.app, scene(queued.app), rows))
    ordered = sorted(lines, key=lambda line: line["order"])
    assert [line["status"] for line in ordered] == ["failed", "cancelled", *["skipped"] * 4]
    assert {line["note"] for line in ordered if line["status"] == "skipped"} == {
        "a run that it needs did not succeed"
    }


def test_a_line_has_the_short_lineage_of_its_model(queued: Laboratory) -> None:
    queued.sweep(projects.get_project(queued.app, "digits"), ModelId(1))
    rows = runs.list_runs(queued.app)
    lines = grid_rows(rows, row_context(queued.app, scene(queued.app), rows))
    line = next(line for line in lines if line["model"] != "residual CNN")
    assert (line["origin"], line["lineage"]) == ("residual CNN", "magnitude pruning 0.3")


def test_the_panel_offers_what_would_have_an_effect(queued: Laboratory) -> None:
    waiting = row_of(queued.app, 1)
    assert (can_cancel(waiting.run), can_retry(waiting.run)) == (True, False)
    runs.cancel_runs(queued.app, [RunId(1)])
    cancelled = row_of(queued.app, 1)
    assert (can_cancel(cancelled.run), can_retry(cancelled.run)) == (False, True)
    assert panel_mark(waiting) != panel_mark(cancelled)


def test_a_running_run_asked_to_stop_says_so(queued: Laboratory) -> None:
    run = queued.claim()
    assert run is not None
    run_lifecycle.report_progress(queued.app, run.id, run.attempt, 0.25, "epoch 1 of 4")
    runs.cancel_runs(queued.app, [run.id])
    row = row_of(queued.app, run.id)
    (line,) = grid_rows([row], scene(queued.app).around)
    assert (line["status_label"], line["progress"], can_cancel(row.run)) == ("Stopping", 0.25, False)


def test_the_headline_and_the_banner_tell_of_missing_workers(queued: Laboratory) -> None:
    present = scene(queued.app)
    assert headline(present.summary).startswith("3 runs to go")
    assert banner(present.summary, present.live) is None
    workers.stop(queued.app, WORKER)
    alone = scene(queued.app)
    assert headline(alone.summary) == "3 runs to go; no worker takes runs."
    assert banner(alone.summary, alone.live) is not None


def test_work_is_listed_by_worker(queued: Laboratory) -> None:
    run = queued.claim()
    assert run is not None
    assert [row.run.id for row in work_of(queued.app)[WORKER]] == [run.id]


def test_a_machine_and_a_run_are_described_by_what_was_measured() -> None:
    gpu = GpuSample(0, "NVIDIA H200", 0.4, 12_000_000_000, 150_000_000_000, 310.0)
    load = MachineLoad(5.0, 8, (0.2, 0.85), (0.5, 0.5), 12_000_000_000, 23_000_000_000, (0.3, 0.4), (gpu,))
    drawn = str(plain(machine(load)))
    for said in ("85 % of 8", "12 of 23 GB", "40 %, 12 of 150 GB, 310 W", "98.3% 80.0%, 100.0% 15.0%"):
        assert said in drawn
    assert machine(None) == []
    used = RunUsage(20.0, processors=1.7, processors_peak=1.9, memory_peak_bytes=900_000_000, energy_j=5000.0)
    assert usage_facts(used) == {
        "Processors": "1.7 on average, 1.9 at most",
        "Memory": "0.9 GB at most",
        "GPU board energy": "1.39 Wh",
    }
