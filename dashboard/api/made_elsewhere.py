"""What other programs made: projects for it, models, weights, predictions and whole studies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import request
from pydantic import Field
from typing_extensions import TypedDict

from core.domain.data.prediction_files import PROBABILITY, PredictionFile, of_rows
from core.domain.ids import ModelId
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.recipe import Step
from core.domain.studies.reading import LARGEST_BYTES, read_study
from core.errors import InvalidInput
from core.services.application import Application
from core.services.elsewhere.first_evaluation import LabelledPredictions
from core.services.elsewhere.logged_models import LoggedModel, create_project, log_model
from core.services.imports import imported_predictions, studies
from core.services.models import models
from core.services.projects import projects
from core.services.rows.numbers import Number
from core.services.rows.things import ModelRow, ProjectRow, model_row, project_row
from dashboard.api.changing import idempotency
from dashboard.api.routes import Given, Media, Routes
from dashboard.uploading import received

routes = Routes("made elsewhere")
_Key = Annotated[str, Field(min_length=1, max_length=200)]
_Word = str | int
_MOST_ROWS = 10_000_000
_FILE = Media(("application/octet-stream",), "The content of a file.")


class ProjectIn(Given):
    """A project for models that other programs make."""

    name: str = Field(min_length=1, max_length=100)
    description: str = Field("", max_length=10_000)


class MadeByIn(Given):
    """What made a model from its parent."""

    technique: str = Field(min_length=1, max_length=200)
    parameters: dict[str, Any] = Field({})


class MetricIn(Given):
    """What a metric is, where its name does not tell."""

    name: _Key
    label: str = Field("", max_length=200)
    direction: Literal["higher", "lower", "neither"] = "neither"
    format: Literal["percent", "bytes", "count", "decimal"] = "decimal"
    unit: str = Field("", max_length=20)
    group: Literal["quality", "efficiency"] = "quality"


class PredictionsIn(Given):
    """Predictions as columns of equal length. Labels are needed for the first model of a project only."""

    ids: list[_Word] = Field(min_length=1, max_length=_MOST_ROWS)
    predictions: list[_Word] = Field(min_length=1, max_length=_MOST_ROWS)
    labels: list[_Word] | None = None
    classes: list[_Word] = Field([], max_length=10_000, description="In order; default: those that occur.")
    confidences: list[float] | None = None
    probabilities: dict[str, list[float]] = Field({}, description="By class; all classes or none.")


class ModelIn(Given):
    """A model: a base without parent and step, or one made from a parent by a step."""

    name: str = Field(min_length=1, max_length=200)
    parent: Annotated[int, Field(ge=1, le=2**53)] | None = None
    step: MadeByIn | None = None
    seed: int = Field(0, ge=0, le=2**31 - 1)
    note: str = Field("", max_length=10_000)
    tags: list[_Key] = Field([], max_length=50)
    metrics: dict[str, Number] = Field({})
    definitions: list[MetricIn] = Field([], max_length=1000)
    predictions: PredictionsIn | None = None
    weights: str = Field("", max_length=400, description="Reference of an uploaded file.")


class FileQuery(Given):
    """What the file is called."""

    name: str = Field(min_length=1, max_length=200, description="Name of the file, with its ending.")


class UploadedRow(TypedDict):
    """A file that came in. reference: what a model's `weights` says."""

    reference: str
    bytes: int
    tensors: int


class ImportedRow(TypedDict):
    """A study that was imported. oddities: what was guessed or left out."""

    project: ProjectRow
    models: list[int]
    oddities: list[str]


class PredictionsRow(TypedDict):
    """Predictions that were imported. right: how many are."""

    evaluation: int
    instances: int
    right: int


@routes.post("/projects", status=201)
def create_empty_project(app: Application, body: ProjectIn) -> ProjectRow:
    """Create a project for models that other programs make; no worker is needed for it."""
    return project_row(create_project(app, body.name, body.description))


@routes.post("/projects/{project}/models", status=201, once=True)
def log_made_model(app: Application, project: str, body: ModelIn) -> ModelRow:
    """Keep a model that another program made: all that is given, or nothing if anything is wrong."""
    found = projects.get_project(app, project)
    once = idempotency(body.model_dump(mode="json"))
    model_id = log_model(app, found.id, _logged(body), once)
    model = models.get_model(app, model_id).model
    return model_row(model, projects.get_project(app, project))


@routes.post("/uploads", status=201, takes=_FILE)
def upload_weights(app: Application, query: FileQuery) -> UploadedRow:
    """Take in weights as safetensors, to be named by a model; what no model names goes after a day."""
    upload = received(app, request, query.name)
    return {"reference": str(upload.reference), "bytes": upload.size_bytes, "tensors": upload.tensors}


@routes.post("/models/{model}/predictions", status=201, takes=_FILE)
def import_predictions(app: Application, model: int, query: FileQuery) -> PredictionsRow:
    """Import predictions of a model: CSV, Parquet, or JSON Lines of lm-evaluation-harness."""
    content = _content(imported_predictions.LARGEST_BYTES)
    file = imported_predictions.read_predictions(query.name, content)
    kept = imported_predictions.keep_predictions(app, file, ModelId(model), origin=query.name)
    evaluation = kept.evaluation
    return {"evaluation": int(evaluation.id), "instances": evaluation.instances, "right": kept.right}


@routes.post("/studies", status=201, takes=_FILE)
def import_study(app: Application, query: FileQuery) -> ImportedRow:
    """Import a study of another tool, a models.json or a CSV of models, as a project."""
    study = read_study(_content(LARGEST_BYTES), query.name)
    made = studies.import_study(app, study, name=studies.name_of(query.name), origin=query.name)
    return {
        "project": project_row(made.project),
        "models": [int(one) for one in made.model_ids],
        "oddities": list(made.oddities),
    }


def _content(most: int) -> bytes:
    request.max_content_length = most
    return request.get_data(cache=False)


def _logged(body: ModelIn) -> LoggedModel:
    return LoggedModel(
        name=body.name,
        parent_id=None if body.parent is None else ModelId(body.parent),
        step=None if body.step is None else Step(body.step.technique, body.step.parameters),
        seed=body.seed,
        note=body.note,
        tags=tuple(body.tags),
        metrics=body.metrics,
        definitions=[_definition(one) for one in body.definitions],
        predictions=None if body.predictions is None else _predictions(body.predictions),
        weights=body.weights,
    )


def _definition(given: MetricIn) -> MetricDefinition:
    return MetricDefinition(
        name=given.name,
        label=given.label or given.name,
        direction=Direction(given.direction),
        format=Format(given.format),
        unit=given.unit,
        group=Group(given.group),
    )


def _predictions(given: PredictionsIn) -> PredictionFile | LabelledPredictions:
    columns: dict[str, list[Any]] = {"id": given.ids, "prediction": given.predictions}
    columns |= {"confidence": given.confidences} if given.confidences is not None else {}
    columns |= {f"{PROBABILITY}{name}": values for name, values in given.probabilities.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    lengths |= {"labels": len(given.labels)} if given.labels is not None else {}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise InvalidInput.of("predictions", f"The columns are not of equal length: {told}.")
    names, rows = list(columns), zip(*columns.values(), strict=True)
    file = of_rows(
        (f"row {number}", dict(zip(names, row, strict=True))) for number, row in enumerate(rows, start=1)
    )
    if given.labels is None:
        return file
    labels = {row.id: str(label) for row, label in zip(file.rows, given.labels, strict=True)}
    return LabelledPredictions(file, labels, tuple(map(str, given.classes)))
