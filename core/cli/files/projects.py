"""`compress-compare projects`: list them, and carry one to another installation as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, ProjectOption, projects
from core.domain.ids import ModelId
from core.errors import Conflict, InvalidInput, Misconfigured
from core.presentation.counts import agreeing, counted
from core.presentation.sizes import file_size
from core.services.application import Application
from core.services.project_archives.exporting import archive_sizes, project_archive
from core.services.project_archives.importing import import_archive, look_at_archive
from core.services.projects.projects import get_project

app = typer.Typer(
    help="List projects, or carry one to another installation as one file.", invoke_without_command=True
)
ALL, NONE = "all", "none"


@app.callback()
def list_them(context: typer.Context, project: ProjectOption = None, json: JsonOption = False) -> None:
    """List projects."""
    if context.invoked_subcommand is None:
        projects(project, json)


@app.command()
def export(
    project: Annotated[str, typer.Argument(help="Short name of the project.")],
    file: Annotated[Path, typer.Argument(help="File to write; it must not be there yet.")],
    weights: Annotated[
        str, typer.Option(help="Whose weights to add: all, none, or ids of models, e.g. 1,4,9.")
    ] = ALL,
    sizes: Annotated[bool, typer.Option("--sizes", help="Only say what it would take.")] = False,
) -> None:
    """Write a project with its models, figures, outcomes, recipes and views into one file."""
    chosen = _chosen(weights)
    with application() as opened:
        found = get_project(opened, project)
        told = archive_sizes(opened, found)
        typer.echo(
            f"Figures, outcomes and thumbnails: at most {file_size(told.of(()))}; with the chosen weights: "
            f"{file_size(told.of(chosen))}; with all: {file_size(told.of(None))}."
        )
        if sizes:
            return
        missing = _write(opened, project, file, chosen)
    typer.echo(f"Wrote {file} ({file.stat().st_size:,} bytes).")
    if missing:
        said = f"{counted(missing, 'file')} could not be read and {agreeing(missing, 'is', 'are')} left out."
        typer.echo(said, err=True)
        raise typer.Exit(1)


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="A file that `projects export` or the page has written.")],
    name: Annotated[str, typer.Option(help="Name of the new project; else that in the file.")] = "",
    look: Annotated[bool, typer.Option("--look", help="Only say what it holds.")] = False,
) -> None:
    """Make a project of an archive, in SQLite or Postgres, wherever it was written."""
    with application() as opened:
        if look:
            typer.echo("\n".join(look_at_archive(opened, file).in_words))
            return
        made = import_archive(opened, file, name=name, tell=typer.echo)
    for sentence in made.summary.in_words[1:]:
        typer.echo(sentence)
    brought = f"{counted(len(made.models), 'model')} and {counted(made.artifacts, 'file')}"
    size = file_size(made.artifact_bytes)
    typer.echo(f"Imported {brought} ({size}) into the project {made.project.name} ({made.project.slug}).")
    if made.without_weights:
        typer.echo(
            f"{counted(made.without_weights, 'model')} came without weights: retry the run that made one."
        )


def _chosen(weights: str) -> list[ModelId] | None:
    if weights in {ALL, NONE}:
        return None if weights == ALL else []
    parts = [part.strip() for part in weights.split(",")]
    if not all(part.isdecimal() for part in parts):
        hint = "Give all, none, or ids such as 1,4,9."
        raise InvalidInput.of("weights", f"{weights!r} does not say whose weights to add.", hint)
    return [ModelId(int(part)) for part in parts]


def _write(opened: Application, project: str, file: Path, chosen: list[ModelId] | None) -> int:
    """Write the archive; the file appears when it is whole. Return how many artifacts are missing."""
    if file.exists():
        raise Conflict(f"{file} is there already.", "Choose another name, or remove it.")
    part = file.with_name(f".{file.name}.part")
    with project_archive(opened, get_project(opened, project), weights_of=chosen) as archive:
        try:
            with part.open("wb") as written:
                for piece in archive.pieces():
                    written.write(piece)
            part.replace(file)
        except OSError as error:
            message = f"{file} cannot be written: {error.strerror or error}."
            raise Misconfigured(message, "Make room, or choose another place.") from error
        finally:
            part.unlink(missing_ok=True)
    return len(archive.missing)
