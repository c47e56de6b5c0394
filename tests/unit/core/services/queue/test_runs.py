"""The queue as people see it: reasons, estimates, logs."""

import pytest

from core.domain.ids import RunId
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.durations import Remaining, Span
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound
from core.persistence.runs import run_durations
from core.services.application import Application
from core.services.queue import run_lifecycle, runs
from core.services.queue.runs import RunQuery
from core.services.workers import workers
from core.testing.fakes import SettableClock
from core.testing.laboratory import WORKER, Laboratory


def test_waiting_runs_say_why(app: Application, laboratory: Laboratory, project: Project) -> None:
    laboratory.base(project)
    reasons = {row.run.kind: row.reason for row in runs.list_runs(app)}
    assert reasons[RunKind.TRAIN] == "waits for a free worker"
    assert reasons[RunKind.PROFILE] == "waits for the run before it"
    workers.stop(app, WORKER)
    assert runs.list_runs(app)[0].reason == "no cpu worker is connected"


def test_lists_keep_to_the_query(app: Application, laboratory: Laboratory, base: Model) -> None:
    every = runs.list_runs(app)
    assert [row.project_slug for row in every] == ["digits"] * 3
    assert len(runs.list_runs(app, RunQuery(kinds=frozenset({RunKind.PROFILE})))) == 1
    assert runs.list_runs(app, RunQuery(statuses=frozenset({RunStatus.QUEUED}))) == []
    assert runs.list_runs(app, RunQuery(model_ids=frozenset())) == []
    assert len(runs.list_runs(app, RunQuery(limit=2))) == 2
    latest = max(row.run.id for row in every)
    newer = runs.list_runs(app, RunQuery(project_id=base.project_id, since_revision=1))
    assert latest in {row.run.id for row in newer}


def test_the_time_left_comes_from_what_runs_took(
    app: Application, laboratory: Laboratory, project: Project, clock: SettableClock
) -> None:
    base = laboratory.base(project)
    assert runs.queue_summary(app).remaining is None
    for _ in range(3):
        run = laboratory.claim()
        assert run is not None
        clock.advance(10)
        run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
    assert runs.queue_summary(app).remaining == Remaining(Span(0, 0))
    workers.heartbeat(app, WORKER)
    laboratory.sweep(project, base.id)
    summary = runs.queue_summary(app, project.id)
    assert (summary.active, summary.slots) == (28 * 3, 2)
    tuned, epochs_s = 5, 2 * 10 / 15  # two epochs each; the base took 10 s for 15
    measured, steps = 28 * 2, 23  # of steps that do not train, none has ended
    assert summary.remaining is not None
    assert summary.remaining.unknown == steps
    assert summary.remaining.span.high_s == pytest.approx((tuned * epochs_s + measured * 10) / 2 * 1.5)
    assert summary.remaining.span.low_s == pytest.approx((tuned * epochs_s + measured * 10) / 2 / 1.5)
    assert runs.queue_counts(app, project.id) == summary.counts


def test_of_very_many_runs_the_time_left_is_scaled_up(
    app: Application,
    laboratory: Laboratory,
    project: Project,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = laboratory.base(project)
    laboratory.sweep(
        project, base.id, ((SweepStep("prune", {"sparsity": tuple(n / 100 for n in range(40))}),),)
    )
    for _ in range(4):  # make, evaluate and profile the base, then one more
        run = laboratory.claim()
        assert run is not None
        clock.advance(15)
        run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
    whole = runs.queue_summary(app).remaining
    assert whole is not None
    monkeypatch.setattr(run_durations, "_MOST", 10)
    some = runs.queue_summary(app).remaining
    assert some is not None
    assert some.span.high_s == pytest.approx(whole.span.high_s)


def test_a_log_is_read_in_pieces(app: Application) -> None:
    assert runs.read_log(app, RunId(1)).text == ""
    app.logs_dir.mkdir()
    path = runs.log_path(app, RunId(1))
    path.write_text("first\nsecond\n")
    chunk = runs.read_log(app, RunId(1))
    assert (chunk.text, chunk.next_offset) == ("first\nsecond\n", 13)
    with path.open("a") as log:
        log.write("third\n")
    assert runs.read_log(app, RunId(1), offset=chunk.next_offset).text == "third\n"
    assert runs.read_log(app, RunId(1), offset=-6).text == "third\n"
    path.write_bytes(b"x" * (app.limits.log_chunk_bytes + 5))
    assert len(runs.read_log(app, RunId(1)).text) == app.limits.log_chunk_bytes


@pytest.mark.parametrize("run_id", [10**30, 10**300], ids=["no such id", "no such file name"])
def test_what_cannot_be_a_run_has_no_log_and_is_not_found(app: Application, run_id: int) -> None:
    assert runs.read_log(app, RunId(run_id)).text == ""
    with pytest.raises(NotFound):
        runs.get_run(app, RunId(run_id))


def test_a_priority_out_of_range_is_refused(app: Application) -> None:
    with pytest.raises(InvalidInput, match="5000 is out of range"):
        runs.set_priority(app, [], priority=5000)
