"""`compress-compare experiments`: list them, follow one until it ends, cancel or retry it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from core.cli.composition import application
from core.cli.listings import JsonOption, ProjectOption, experiments
from core.domain.ids import ExperimentId
from core.domain.queue.experiment_progress import ExperimentProgress, ExperimentState
from core.domain.queue.run import ACTIVE, RunStatus
from core.domain.queue.run_query import RunQuery
from core.presentation.counts import counted
from core.presentation.durations import time_range
from core.services.application import Application
from core.services.experiments.lifecycle import cancel_experiment, get_progress, retry_experiment
from core.services.queue.outlook import experiment_left
from core.services.queue.runs import QueuedRun, list_runs

app = typer.Typer(help="List experiments, or follow, cancel and retry one.", invoke_without_command=True)
EVERY_S = 1.0
_MOST_ROWS = 20
_GOING = frozenset({ExperimentState.RUNNING, ExperimentState.QUEUED, ExperimentState.PAUSED})
_ORDER = (RunStatus.RUNNING, RunStatus.FAILED, RunStatus.LOST, RunStatus.QUEUED, RunStatus.WAITING)
Number = Annotated[int, typer.Argument(help="Id of the experiment.")]


@app.callback()
def list_them(context: typer.Context, project: ProjectOption = None, json: JsonOption = False) -> None:
    """List experiments, newest first."""
    if context.invoked_subcommand is None:
        experiments(project, json)


@app.command("follow")
def follow_one(experiment: Number) -> None:
    """Show the runs of an experiment until it ends; Ctrl-C leaves them going."""
    with application() as opened:
        code = follow(opened, ExperimentId(experiment))
    raise typer.Exit(code)


@app.command()
def cancel(experiment: Number) -> None:
    """Cancel the runs of an experiment that have not ended."""
    with application() as opened:
        cancelled = cancel_experiment(opened, ExperimentId(experiment))
    typer.echo(f"Cancelled {counted(len(cancelled), 'run')}.")


@app.command()
def retry(experiment: Number) -> None:
    """Try the unsuccessful runs of an experiment again."""
    with application() as opened:
        back = retry_experiment(opened, ExperimentId(experiment))
    typer.echo(f"{counted(len(back), 'run')} back in the queue.")


def follow(opened: Application, experiment_id: ExperimentId, *, every_s: float = EVERY_S) -> int:
    """Show an experiment until it ends: a live table on a terminal, else a line per change.

    Return 0 if all is made, 1 if something failed or was cancelled.
    """
    try:
        if sys.stdout.isatty():
            with Live(console=Console(), auto_refresh=False) as live:
                ended = _watch(
                    opened, experiment_id, lambda told: live.update(told[1], refresh=True), every_s
                )
        else:
            lines = _Lines()
            ended = _watch(opened, experiment_id, lambda told: lines.write(told[0]), every_s)
    except KeyboardInterrupt:
        typer.echo(
            f"The runs go on. Follow them again with: compress-compare experiments follow {experiment_id}. "
            f"Cancel them with: compress-compare experiments cancel {experiment_id}."
        )
        return 0
    return 0 if ended.state in {ExperimentState.DONE, ExperimentState.REUSED} else 1


class _Lines:
    """Writes a line where it differs from the last one."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, line: str) -> None:
        """Write the line unless it was the last one."""
        if line != self._last:
            self._last = line
            typer.echo(line)


def _watch(
    opened: Application,
    experiment_id: ExperimentId,
    tell: Callable[[tuple[str, Table]], object],
    every_s: float,
) -> ExperimentProgress:
    while True:
        found = get_progress(opened, experiment_id)
        line = summary_line(opened, found)
        tell((line, runs_table(opened, found, line)))
        if found.state not in _GOING:
            return found
        time.sleep(every_s)


def summary_line(opened: Application, found: ExperimentProgress) -> str:
    """Return e.g. `Sweep: running, 12 of 24 runs ended, 1 to 3 min left`."""
    runs = found.tally.runs
    every = sum(runs.values())
    ended = every - found.tally.count(ACTIVE)
    parts = [f"{found.title}: {found.state.value}", f"{ended:,} of {counted(every, 'run')} ended"]
    failed = runs.get(RunStatus.FAILED, 0) + runs.get(RunStatus.LOST, 0)
    parts += [f"{failed:,} failed"] if failed else []
    parts += [found.search.in_words] if found.search is not None else []
    if found.state in _GOING and (left := experiment_left(opened, found.experiment.id)) is not None:
        parts.append(f"{time_range(left.span.low_s, left.span.high_s)} left")
    return ", ".join(parts)


def runs_table(opened: Application, found: ExperimentProgress, line: str) -> Table:
    """Return the runs that matter now: those going on, those that failed, then those next."""
    table = Table(title=line, title_justify="left", expand=True)
    for heading in ("Run", "Model", "Kind", "State", "Progress", "What it does, or why not"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True)
    query = RunQuery(experiment_id=found.experiment.id, statuses=frozenset(_ORDER))
    rows = sorted(list_runs(opened, query), key=lambda row: (_ORDER.index(row.run.status), row.run.id))
    for row in rows[:_MOST_ROWS]:
        table.add_row(*_cells(row))
    if len(rows) > _MOST_ROWS:
        table.caption = f"and {len(rows) - _MOST_ROWS:,} more"
    return table


def _cells(row: QueuedRun) -> list[str]:
    run = row.run
    why = run.error.message if run.error and run.status is not RunStatus.RUNNING else row.reason
    said = run.progress_message if run.status is RunStatus.RUNNING else why
    going = f"{run.progress:.0%}" if run.status is RunStatus.RUNNING else ""
    return [str(run.id), row.model_name, run.kind.value, run.status.value, going, said.partition("\n")[0]]
