"""`compress-compare project create` and `base add`: what the page Models & data makes, from YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.errors import InvalidInput
from core.presentation.counts import counted
from core.services.files.project_files import add_from_file, create_from_file

project_app = typer.Typer(help="Create projects.", no_args_is_help=True)
base_app = typer.Typer(help="Add base models.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A YAML file; see core/services/files/project_files.py.")]


@project_app.command()
def create(file: File) -> None:
    """Create the project that a file describes, and queue its base models."""
    text = text_of(file)
    with application() as opened:
        project, models = create_from_file(opened, text)
    queued = counted(len(models), "base model")
    typer.echo(f"Created the project {project.name} ({project.slug}) with {queued} queued.")


@base_app.command()
def add(file: File) -> None:
    """Queue the base models that a file describes."""
    text = text_of(file)
    with application() as opened:
        project, models = add_from_file(opened, text)
    for model in models:
        typer.echo(f"{model.name} is model {model.id} of {project.slug}: {model.status.value}.")


def text_of(file: Path) -> str:
    """Return the content of a YAML file; `InvalidInput` if it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput.of("", f"The file {file} cannot be read: {error}.", "Give a YAML file.") from error
