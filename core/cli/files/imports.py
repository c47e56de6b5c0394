"""The command that imports what was made elsewhere: a study, or predictions of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.domain.ids import ModelId
from core.errors import InvalidInput
from core.presentation.counts import counted
from core.presentation.numbers import percent
from core.services.imports.imported_predictions import import_predictions
from core.services.imports.studies import import_file

PREDICTIONS = "predictions"


def import_made_elsewhere(
    what: Annotated[
        str, typer.Argument(help="A models.json or a CSV of models; or the word predictions, then a file.")
    ],
    file: Annotated[
        Path | None, typer.Argument(help="After predictions: .csv, .parquet or .jsonl, a row per instance.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the project; default: from the file's name.")] = "",
    model: Annotated[int | None, typer.Option(help="Model that made the predictions.")] = None,
) -> None:
    """Import a study that another tool made, or predictions that were made elsewhere."""
    if what == PREDICTIONS and (file is not None or model is not None):
        _import_predictions(file, model)
        return
    if file is not None or model is not None:
        hint = "Run: compress-compare import predictions FILE --model ID"
        raise InvalidInput.of("file", "A study is one file, and belongs to no model.", hint)
    _import_study(Path(what), name)


def _import_predictions(file: Path | None, model: int | None) -> None:
    if file is None or model is None:
        hint = "Run: compress-compare import predictions FILE --model ID"
        raise InvalidInput.of("model", "Predictions need a file and the model that made them.", hint)
    with application() as opened:
        imported = import_predictions(opened, file, ModelId(model))
    instances = imported.evaluation.instances
    typer.echo(
        f"Imported {instances:,} predictions of model {model}, {imported.right:,} of them right "
        f"({percent(imported.right / instances)})."
    )


def _import_study(file: Path, name: str) -> None:
    with application() as opened:
        imported = import_file(opened, file, name=name)
    project = imported.project
    count = len(imported.model_ids)
    typer.echo(f"Imported {counted(count, 'model')} into the project {project.name} ({project.slug}).")
    if imported.oddities:
        typer.echo("What was odd, or had to be guessed:")
        for oddity in imported.oddities:
            typer.echo(f"- {oddity}")
