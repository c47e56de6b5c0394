"""`compress-compare export` takes a model away as an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.domain.ids import ModelId
from core.errors import InvalidInput
from core.services.application import Application
from core.services.exports.export import ExportFormat, export_model
from core.services.exports.runtime_export import FORMS, queue_onnx_export
from core.services.models.models import get_model
from core.services.workers.workers import catalogue

_FORMAT = (
    "packed: as measured, with a loader; safetensors: plain tensors; "
    "huggingface: for from_pretrained; onnx: for ONNX Runtime."
)


def export(
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    out: Annotated[Path | None, typer.Option(help="File to write; else NAME-ID.zip here.")] = None,
    form: Annotated[ExportFormat, typer.Option("--format", help=_FORMAT)] = ExportFormat.PACKED,
    onnx_form: Annotated[
        str, typer.Option(help="Of onnx: float, int8, weights-int8, weights-int4.")
    ] = "float",
) -> None:
    """Write a model's weights, recipe and model card into an archive.

    Of a PyTorch model in the form onnx, the export is queued, and written once it is made.
    """
    with application() as app:
        chosen = ModelId(model)
        if form is ExportFormat.ONNX and not _runtime(app, chosen):
            chosen = _onnx_of(app, chosen, onnx_form)
        _write(app, chosen, form, out)


def _onnx_of(app: Application, model: ModelId, onnx_form: str) -> ModelId:
    """Return the model that the export of a model makes, which is queued where it is not there."""
    if onnx_form not in FORMS:
        raise InvalidInput.of(
            "onnx_form", f"There is no form {onnx_form}.", f"Use one of {', '.join(FORMS)}."
        )
    made = queue_onnx_export(app, model, onnx_form)
    target = made.model_ids[0]
    if not get_model(app, target).model.ready:
        typer.echo(f"{made.in_words()} Model {target} is the export: run this again once it is made.")
        raise typer.Exit(3)
    return target


def _runtime(app: Application, model: ModelId) -> str:
    """Return what computes a model instead of PyTorch; empty for PyTorch."""
    details, known = get_model(app, model), catalogue(app)
    step, source = details.model.step, details.model.source
    if step is not None:
        return next((spec.runtime for spec in known.techniques if spec.name == step.technique), "")
    named = source.name if source is not None else ""
    return next((spec.runtime for spec in known.model_sources if spec.name == named), "")


def _write(app: Application, model: ModelId, form: ExportFormat, out: Path | None) -> None:
    with export_model(app, model, form) as found:
        target = out or Path(f"{found.name}.zip")
        partial = target.with_name(target.name + ".partial")
        try:
            with partial.open("wb") as file:
                found.write(file)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    typer.echo(f"Wrote {target} ({target.stat().st_size:,} bytes).")
