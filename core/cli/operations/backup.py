"""`compress-compare backup` and `restore`: everything in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application, build, settings
from core.presentation.counts import counted
from core.services.upkeep import backup as service

_EVEN_SO = "was missing or damaged when the backup was made; retry the runs that made its model"


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not be there yet.")],
) -> None:
    """Write the database and all model files into one file, also while runs go on."""
    with application() as app:
        report = service.back_up(app, file, typer.echo)
    typer.echo(f"Backed up {report.in_words()} to {file}.")
    if report.missing:
        typer.echo(f"{counted(len(report.missing), 'artifact')} could not be read, see above.", err=True)
        raise typer.Exit(1)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` has written.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Lose all that is there now.")] = False,
) -> None:
    """Bring back what a backup holds, into SQLite or Postgres, wherever it was made."""
    chosen = settings()
    chosen.prepare_data_dir()
    app = build(chosen)
    try:
        report = service.restore(app, file, replace=replace, tell=typer.echo)
    finally:
        app.close()
    typer.echo(f"Restored {report.in_words()} from {file}.")
    for key in report.missing:
        typer.echo(f"The artifact {key[:12]} {_EVEN_SO}.", err=True)
