"""The list of models as a file for analysis: the lines that are shown, every metric as plain numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.services.search.progress import reasons
from core.services.workers import workers
from dashboard.components.csv_cells import MEASURED, heading, text_cell
from dashboard.components.table_files import JSON, PARQUET, table_download
from dashboard.ids import ShellIds
from dashboard.views.models.grid.rows import RowContext, recipe, state
from dashboard.views.models.ids import Ids

_HEADS = (
    "id",
    "parent id",
    "teacher id",
    "model",
    "recipe",
    "seed",
    "tags",
    "note",
    "state",
    "starred",
    "why it was tried",
)


def register(app: Dash, product: Application) -> None:
    """Wire the button: the browser says which lines it shows in which order, the server writes the file."""
    app.clientside_callback(
        ClientsideFunction("models", "listed"),
        Output(Ids.LISTED, "data"),
        Input(Ids.CSV, "n_clicks"),
        Input(Ids.JSON, "n_clicks"),
        Input(Ids.PARQUET, "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(Ids.CSV_FILE, "data"),
        Input(Ids.LISTED, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _download(listed: Mapping[str, Any] | None, slug: str) -> dict[str, Any]:
        if not listed:
            raise PreventUpdate
        ids = [ModelId(int(one)) for one in listed["ids"]]
        project = projects.get_project(product, slug)
        if (kind := {Ids.JSON.value: JSON, Ids.PARQUET.value: PARQUET}.get(listed["button"])) is not None:
            by_id = {model.id: model for model in _every(product, project)}
            return table_download(product, [by_id[one] for one in ids if one in by_id], project, kind)
        content = models_file(product, project, ids)
        return {"content": content, "filename": f"{slug}-models.csv", "type": "text/csv"}


def models_file(product: Application, project: Project, model_ids: Sequence[ModelId]) -> str:
    """Return the models as CSV in the order of their ids given; also deleted ones."""
    every = _every(product, project)
    specs = {spec.name: spec for spec in workers.catalogue(product).techniques}
    around = RowContext.of(project.slug, project.leading_metrics, every, specs)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([*_HEADS, *(heading(metric.label, metric) for metric in around.metrics), *MEASURED])
    tried = reasons(product, project.id)
    measured = [text_cell(words) for words in (quality_words(project, every), efficiency_words(project))]
    for model in (around.by_id[one] for one in model_ids if one in around.by_id):
        texts = (model.name, recipe(model, around))
        said = (
            ", ".join(model.tags),
            model.note,
            state(model),
            "yes" if model.starred else "no",
            tried.get(model.id, ""),
        )
        writer.writerow(
            [
                *(model.id, model.parent_id, model.teacher_id),
                *map(text_cell, texts),
                model.seed,
                *map(text_cell, said),
                *(model.metrics.get(metric.name) for metric in around.metrics),
                *measured,
            ]
        )
    return written.getvalue()


def _every(product: Application, project: Project) -> list[Model]:
    return [
        *models.list_models(product, project.id),
        *models.list_models(product, project.id, deleted=True),
    ]
