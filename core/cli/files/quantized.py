"""`compress-compare quantized`: models that other programs quantized, looked at and added."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.wording import as_table
from core.domain.ids import ModelId
from core.domain.quantized_files.survey import Survey, group_text
from core.presentation.counts import counted
from core.presentation.sizes import file_size
from core.services.models.models import get_model
from core.services.models.quantized_models import ChildRequest, add_quantized_child, look

app = typer.Typer(help="Add models that other programs quantized.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(help="Folder with the model's files, or its name on the hub.")]
File = Annotated[str, typer.Option(help="Name of a .gguf file in the folder.")]


@app.command("look")
def look_at(folder: Place, file: File = "") -> None:
    """Show what the files hold: format, layers, bits and sizes. Nothing is queued."""
    with application() as opened:
        looked = look(opened, _place(folder, file))
    if looked.survey is None:
        typer.echo(looked.reason)
        return
    for line in survey_lines(looked.survey):
        typer.echo(line)


@app.command()
def add(
    folder: Place,
    parent: Annotated[int, typer.Option(help="Id of the model that was quantized.")],
    name: Annotated[str, typer.Option(help="Name of the model; default: that of the folder.")] = "",
    file: File = "",
    download: Annotated[bool, typer.Option(help="Let the worker fetch the model from the hub.")] = False,
) -> None:
    """Queue a model as another program quantized it, as child of its parent.

    A base model comes in by `compress-compare base add`, from the source `quantized`.
    """
    places = _place(folder, file) | ({"download": True} if download else {})
    with application() as opened:
        owner = get_model(opened, ModelId(parent)).model.project_id
        request = ChildRequest(owner, name or Path(folder).name, ModelId(parent), places)
        model = add_quantized_child(opened, request)
    typer.echo(f"{model.name} is model {model.id}, child of model {parent}: {model.status.value}.")


def _place(folder: str, file: str) -> dict[str, Any]:
    path = Path(folder).expanduser()
    place = str(path.resolve()) if path.is_dir() else folder
    return {"model": place} | ({"file": file} if file else {})


def survey_lines(survey: Survey) -> list[str]:
    """Return what was seen as lines, a table of the weights among them."""
    rows = [
        {
            "weight": weight.name,
            "bits": weight.bits,
            "scales": group_text(weight.group),
            "zero points": "yes" if weight.zero_points else "no",
            "numbers": f"{weight.numbers:,}",
            "stored": file_size(weight.stored_bytes),
        }
        for weight in survey.weights
    ]
    there, dense = file_size(survey.stored_bytes), file_size(survey.dense_bytes)
    sizes = f"{counted(len(rows), 'weight')} in {there}, {dense} as float32"
    return [
        f"{survey.text}: {sizes}; {counted(len(survey.others), 'other tensor')}.",
        *survey.remarks,
        as_table(rows, list(rows[0])) if rows else "",
    ]
