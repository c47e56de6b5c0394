"""`compress-compare data` lists, adds, renames and removes the data sets of a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
import yaml

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.errors import InvalidInput
from core.services.data_setup.datasets import DatasetRequest, add_dataset, remove_dataset, rename_dataset
from core.services.files import yaml_reading
from core.services.projects.projects import get_project
from core.services.rows.figures import named_dataset

app = typer.Typer(help="Data sets of a project.", no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="Short name of the project.")]
Name = Annotated[str, typer.Argument(help="Name of the data set.")]


@app.command("list")
def list_data_sets(project: Project, json: JsonOption = False) -> None:
    """List the data sets of a project."""
    with application() as opened:
        found = get_project(opened, project)
    rows: list[dict[str, Any]] = [
        {
            "id": dataset.id,
            "name": dataset.name,
            "source": dataset.source,
            "parameters": dict(dataset.parameters),
            "protocol": found.evaluated_on == dataset,
        }
        for dataset in found.datasets
    ]
    show(rows, ("id", "name", "source", "protocol"), json=json)


@app.command()
def add(
    project: Project,
    name: Name,
    source: Annotated[str, typer.Argument(help="Name of the data source.")],
    parameters: Annotated[str, typer.Option(help="Its parameters as YAML, e.g. '{path: /data/a}'.")] = "{}",
) -> None:
    """Add a data set; figures on it have names of their own until the protocol names it."""
    values = _mapping(parameters)
    with application() as opened:
        found = get_project(opened, project)
        add_dataset(opened, found.id, DatasetRequest(name, source, values))
    typer.echo(f"Added the data set {name}.")


@app.command()
def rename(project: Project, name: Name, to: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Give a data set another name."""
    with application() as opened:
        found = get_project(opened, project)
        rename_dataset(opened, found.id, named_dataset(found, name), to)
    typer.echo(f"Renamed {name} to {to}.")


@app.command()
def remove(project: Project, name: Name) -> None:
    """Remove a data set that is not used by any result."""
    with application() as opened:
        found = get_project(opened, project)
        remove_dataset(opened, found.id, named_dataset(found, name))
    typer.echo(f"Removed the data set {name}.")


def _mapping(text: str) -> Mapping[str, Any]:
    try:
        values = yaml_reading.load(text)
    except yaml.YAMLError:
        values = None
    if not isinstance(values, Mapping):
        message = f"{text!r} has no named values."
        raise InvalidInput.of("parameters", message, "Write --parameters '{path: /data/a}'.")
    return {str(name): value for name, value in values.items()}
