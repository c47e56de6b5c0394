"""The command that imports a study made by another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.services.studies import import_file


def import_study(
    file: Annotated[Path, typer.Argument(help="A models.json of the original tool, or a CSV of models.")],
    name: Annotated[str, typer.Option(help="Name of the project; default: from the file's name.")] = "",
) -> None:
    """Make a project of a study: its models have figures but no weights."""
    with application() as opened:
        imported = import_file(opened, file, name=name)
    project = imported.project
    count = len(imported.model_ids)
    models = f"{count} model" if count == 1 else f"{count} models"
    typer.echo(f"Imported {models} into the project {project.name} ({project.slug}).")
    if imported.oddities:
        typer.echo("What was odd, or had to be guessed:")
        for oddity in imported.oddities:
            typer.echo(f"- {oddity}")
