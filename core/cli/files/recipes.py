"""`compress-compare recipes`: recipes kept in a project, as files to share, change and submit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.cli.files.creation import text_of
from core.cli.listings import JsonOption, ProjectOption, chosen_projects, show
from core.domain.project import Project
from core.domain.saved.saved_recipe import RecipeVersion, SavedRecipe
from core.services.application import Application
from core.services.projects.projects import get_project
from core.services.recipes.recipe_files import read_recipes
from core.services.recipes.saved_recipes import (
    RecipeToSave,
    differences,
    get_recipe,
    list_recipes,
    save_recipe,
)
from core.services.workers.workers import catalogue

app = typer.Typer(help="List, keep, show and compare recipes.", no_args_is_help=True)
_COLUMNS = ("project", "name", "version", "author", "created_at", "note")
Slug = Annotated[str, typer.Option("--project", help="Short name of the project.")]
Name = Annotated[str, typer.Argument(help="Name of the recipe.")]
Version = Annotated[int | None, typer.Option(min=1, help="A version; else the newest.")]


@app.command("list")
def list_kept(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List every version of every recipe that is kept."""
    with application() as opened:
        rows = [
            _row(one, owner)
            for owner in chosen_projects(opened, project)
            for one in list_recipes(opened, owner.id)
        ]
    show(rows, _COLUMNS, json=json)


@app.command("show")
def show_kept(name: Name, project: Slug, version: Version = None) -> None:
    """Write a recipe as YAML."""
    with application() as opened:
        typer.echo(_kept(opened, project, name, version).content, nl=False)


@app.command()
def save(
    file: Annotated[Path, typer.Argument(help="A YAML file with recipes.")],
    project: Slug,
    name: Annotated[str, typer.Option(help="A name; else that of the file.")] = "",
    note: Annotated[str, typer.Option(help="What is new in this version.")] = "",
) -> None:
    """Keep the recipes of a file; a name that is taken gets another version."""
    text = text_of(file)
    with application() as opened:
        read = read_recipes(catalogue(opened), text)
        wanted = RecipeToSave(
            get_project(opened, project).id, name or read.name or file.stem, read.recipes, note
        )
        kept = save_recipe(opened, wanted)
    typer.echo(f"Kept as {kept.name}, version {kept.version}.")


@app.command()
def diff(
    name: Name,
    project: Slug,
    version: Annotated[
        int | None, typer.Option(min=1, help="The earlier version; else the last but one.")
    ] = None,
    other: Annotated[str, typer.Option(help="Another recipe to compare with instead.")] = "",
) -> None:
    """Show what changed between two versions of a recipe, or between two recipes."""
    with application() as opened:
        after = _kept(opened, project, name, None)
        before = _kept(
            opened, project, other or name, version if other or version else max(1, after.version - 1)
        )
    names = (f"{before.name}, version {before.version}", f"{after.name}, version {after.version}")
    typer.echo("\n".join(differences(before.content, after.content, names=names)) or "They are equal.")


def _kept(opened: Application, project: str, name: str, version: int | None) -> SavedRecipe:
    return get_recipe(opened, get_project(opened, project).id, name, version=version)


def _row(one: RecipeVersion, owner: Project) -> dict[str, object]:
    row = {name: getattr(one, name) for name in ("name", "version", "author", "note")}
    return {"project": owner.slug, **row, "created_at": one.created_at.isoformat()}
