"""`compress-compare export` takes a model away as an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.domain.ids import ModelId
from core.services.exports.export import ExportFormat, export_model

_FORMAT = "packed: as measured, with a loader; safetensors: plain tensors; huggingface: for from_pretrained."


def export(
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    out: Annotated[Path | None, typer.Option(help="File to write; else NAME-ID.zip here.")] = None,
    form: Annotated[ExportFormat, typer.Option("--format", help=_FORMAT)] = ExportFormat.PACKED,
) -> None:
    """Write a model's weights, recipe and model card into an archive."""
    with application() as app, export_model(app, ModelId(model), form) as found:
        target = out or Path(f"{found.name}.zip")
        partial = target.with_name(target.name + ".partial")
        try:
            with partial.open("wb") as file:
                found.write(file)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    typer.echo(f"Wrote {target} ({target.stat().st_size:,} bytes).")
