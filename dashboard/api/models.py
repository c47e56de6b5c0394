"""Models: lists, one in full, its measurements and layers, and tables of all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from typing_extensions import TypedDict

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.measurement.figures import Measured
from core.domain.queue.run import RunStatus
from core.services.application import Application
from core.services.layers import layer_statistics as layers
from core.services.models import models
from core.services.projects import projects
from core.services.rows.figures import MeasurementRow, measurement_row
from core.services.rows.table import as_csv, as_json_rows, as_parquet, model_table
from core.services.rows.things import ModelRow, model_row
from core.services.search.progress import reasons
from dashboard.api.routes import Given, Media, Page, PageQuery, Routes, page

routes = Routes("models")


class ModelsQuery(PageQuery):
    """Which models."""

    status: RunStatus | None = Field(None, description="Of the run that makes the model.")
    experiment: int | None = Field(None, ge=1, le=2**53, description="Only those of an experiment.")
    tag: Annotated[str, Field(max_length=200)] | None = Field(None, description="Only those with this tag.")


class ModelDetails(TypedDict):
    """A model with its lineage from the base to itself, and how many models were made from it."""

    model: ModelRow
    lineage: list[int]
    children: int
    remarks: list[str]


class LayersQuery(Given):
    """Which statistics."""

    baseline: int | None = Field(None, ge=1, le=2**53, description="The model they compare it with.")
    columns: list[Annotated[str, Field(max_length=100)]] = Field(
        [], max_length=100, description="Only these; default: all with one value per layer."
    )


class LayerColumns(TypedDict):
    """Statistics of layers. columns: by name, one item per layer; those of histograms are lists."""

    model: int
    kind: str
    rows: int
    columns: dict[str, list[Any]]


class ExportQuery(Given):
    """Which kind of file."""

    format: Literal["csv", "json", "parquet"] = Field("csv", description="Kind of file.")


@routes.get("/projects/{project}/models")
def list_models(app: Application, project: str, query: ModelsQuery) -> Page[ModelRow]:
    """List the models of a project, parents before children."""
    found = projects.get_project(app, project)
    chosen = [
        model
        for model in models.list_models(app, found.id)
        if (query.status is None or model.status == query.status)
        and (query.experiment is None or model.experiment_id == query.experiment)
        and (query.tag is None or query.tag in model.tags)
    ]
    return page([(int(model.id), model_row(model, found)) for model in chosen], query)


@routes.get(
    "/projects/{project}/models/export",
    gives=Media(("text/csv", "application/json", "application/vnd.apache.parquet"), "A table of models."),
)
def export_models(app: Application, project: str, query: ExportQuery) -> Response:
    """Return all models of a project as one table: CSV, JSON or Parquet.

    Columns: what a model is, `parameter.NAME` of its step, values by the name of their metric, and the ends
    of their 95 % intervals as `NAME.low` and `NAME.high`. Models that searches tried have
    the reason in `why_tried`.
    """
    found = projects.get_project(app, project)
    table = model_table(models.list_models(app, found.id), found, reasons(app, found.id))
    match query.format:
        case "csv":
            content, media = as_csv(table).encode(), "text/csv; charset=utf-8"
        case "parquet":
            content, media = as_parquet(table), "application/vnd.apache.parquet"
        case _:
            content, media = as_json_rows(table).encode(), "application/json"
    answer = Response(content, content_type=media)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}-models.{query.format}"'
    return answer


@routes.get("/models/{model}")
def get_model(app: Application, model: int) -> ModelDetails:
    """Show a model."""
    found = models.get_model(app, ModelId(model))
    project = projects.get_project(app, int(found.model.project_id))
    return {
        "model": model_row(found.model, project),
        "lineage": [int(one.id) for one in found.lineage],
        "children": found.children,
        "remarks": list(found.remarks),
    }


@routes.get("/models/{model}/measurements")
def list_measurements(app: Application, model: int, query: PageQuery) -> Page[MeasurementRow]:
    """List the evaluations and profiles of a model, under all conditions, oldest first."""
    found = models.get_model(app, ModelId(model))
    project = projects.get_project(app, int(found.model.project_id))
    every: list[Measured] = [*found.evaluations, *found.profiles]
    measured = sorted(every, key=lambda one: (one.created_at, one.id))
    return page(list(enumerate((measurement_row(one, project) for one in measured), start=1)), query)


@routes.get("/models/{model}/layers/{kind}")
def get_layers(app: Application, model: int, kind: LayerKind, query: LayersQuery) -> LayerColumns:
    """Show statistics of a model's layers: one kind, as columns.

    What the columns are is documented where they are computed, in `core/inspection`.
    """
    models.get_model(app, ModelId(model))
    baseline = None if query.baseline is None else ModelId(query.baseline)
    names = query.columns or None
    arrays = layers.layer_statistics(app, ModelId(model), kind, baseline, names=names)
    shown = {name: array for name, array in arrays.items() if names is not None or array.ndim == 1}
    return {
        "model": model,
        "kind": kind.value,
        "rows": max((len(array) for array in shown.values()), default=0),
        "columns": {name: array.tolist() for name, array in shown.items()},
    }
