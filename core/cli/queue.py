"""`compress-compare runs`: the queue on the console; list, watch, cancel, retry, pause, drain."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, ProjectOption, show
from core.domain.ids import ExperimentId, RunId, WorkerId
from core.domain.queue.run import RunStatus
from core.domain.queue.run_query import RunQuery
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments.lifecycle import pause_experiment, resume_experiment
from core.services.models.models import parents_of
from core.services.projects.projects import get_project
from core.services.queue.runs import QueueSummary, cancel_runs, list_runs, queue_summary, retry_runs
from core.services.rows.things import run_row
from core.services.workers.workers import drain

app = typer.Typer(
    help="List runs, or watch, cancel and retry them; pause experiments, drain workers.",
    invoke_without_command=True,
)
_COLUMNS = ("id", "project", "model_id", "model", "parents", "kind", "status", "progress", "worker", "reason")
Ids = Annotated[list[int], typer.Argument(help="Ids of runs.")]
Experiments = Annotated[list[int], typer.Argument(help="Ids of experiments.")]


@app.callback()
def runs(
    context: typer.Context,
    project: ProjectOption = None,
    json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, help="Most runs to list.")] = 10_000,
) -> None:
    """List runs: running, queued and waiting ones first, then those that ended."""
    if context.invoked_subcommand is not None:
        return
    with application() as opened:
        found = list_runs(opened, _query(opened, project, limit))
        parents = parents_of(opened, {row.run.model_id for row in found})
    rows: list[dict[str, Any]] = [{**run_row(row, parents.get(row.run.model_id, ()))} for row in found]
    if not json:
        rows = [row | {"reason": _first_line(row["reason"])} for row in rows]
    show(rows, _COLUMNS, json=json)


@app.command()
def cancel(ids: Ids) -> None:
    """Cancel runs that have not ended."""
    with application() as opened:
        cancelled = cancel_runs(opened, [RunId(run_id) for run_id in ids])
    typer.echo(f"Cancelled {len(cancelled)} runs.")


@app.command()
def retry(ids: Ids) -> None:
    """Try unsuccessful runs again, with those that were skipped because of them."""
    with application() as opened:
        back = retry_runs(opened, [RunId(run_id) for run_id in ids])
    typer.echo(f"{len(back)} runs are back in the queue.")


@app.command()
def pause(experiments: Experiments) -> None:
    """Start no further run of these experiments; those that are carried out go on."""
    with application() as opened:
        for number in experiments:
            pause_experiment(opened, ExperimentId(number))
    typer.echo(f"Paused {counted(len(experiments), 'experiment')}.")


@app.command()
def resume(experiments: Experiments) -> None:
    """Let runs of paused experiments start again."""
    with application() as opened:
        for number in experiments:
            resume_experiment(opened, ExperimentId(number))
    typer.echo(f"Resumed {counted(len(experiments), 'experiment')}.")


@app.command(name="drain")
def drain_worker(
    worker: Annotated[str, typer.Argument(help="Id of a worker, as the Queue page shows it.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let it take runs again.")] = False,
) -> None:
    """Have a worker finish its runs and take no more, so that it can be stopped."""
    with application() as opened:
        drain(opened, WorkerId(worker), undo=undo)
    typer.echo("It takes runs again." if undo else "It finishes its runs and takes no more.")


@app.command()
def watch(
    project: ProjectOption = None,
    every_s: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between looks.")] = 1.0,
) -> None:
    """Write a line whenever the queue changes, until no run is left in it."""
    with application() as opened:
        project_id = get_project(opened, project).id if project else None
        last = ""
        while True:
            summary = queue_summary(opened, project_id)
            if (line := _line(summary)) != last:
                typer.echo(line)
                last = line
            if not summary.active:
                return
            time.sleep(every_s)


def _query(opened: Application, project: str | None, limit: int) -> RunQuery:
    return RunQuery(project_id=get_project(opened, project).id if project else None, limit=limit)


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")


def _line(summary: QueueSummary) -> str:
    shown = [f"{count} {status}" for status, count in summary.counts.items() if count]
    if summary.counts.get(RunStatus.QUEUED) and not summary.slots:
        shown.append("no worker is connected")
    return ", ".join(shown) or "nothing was ever queued"
