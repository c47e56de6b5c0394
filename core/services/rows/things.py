"""Values as rows of plain JSON, with names that other programs rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from core.domain.catalogue_json import parameters_to_json
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.experiment import Experiment
from core.domain.recipe import Step
from core.domain.technique import TechniqueSpec
from core.services.queue.runs import QueuedRun
from core.services.rows.figures import FigureRow, ProtocolRow, figure_rows, measured_values, protocol_row
from core.services.rows.numbers import Number


class ProjectRow(TypedDict):
    """A project. primary: the metrics that lead. revision: grows with every change."""

    id: int
    slug: str
    name: str
    task: str
    datasets: list[str]
    primary: list[str]
    revision: int
    created_at: str


class MetricRow(TypedDict):
    """What a metric is. direction: higher, lower or neither is better. variant_of: see figures."""

    name: str
    label: str
    direction: str
    format: str
    unit: str
    group: str
    variant_of: str | None


class StepRow(TypedDict):
    """One technique with its parameters: what made a model from its parent."""

    technique: str
    parameters: dict[str, Any]


class SourceRow(TypedDict):
    """Where a base model comes from."""

    name: str
    parameters: dict[str, Any]


class ModelRow(TypedDict):
    """A model. parents: the parent and, of a distilled model, the teacher; none of a base.

    metrics: values under the project's protocol; figures: all of them with what is known of each.
    parameters: those of its step, or of its source for a base.
    """

    id: int
    project: str
    name: str
    parents: list[int]
    step: StepRow | None
    source: SourceRow | None
    parameters: dict[str, Any]
    status: str
    work: int
    seed: int
    experiment_id: int | None
    artifact: str | None
    origin: str | None
    tags: list[str]
    note: str
    author: str
    starred: bool
    archived: bool
    metrics: dict[str, Number]
    instances: int | None
    protocol: ProtocolRow
    figures: dict[str, FigureRow]
    created_at: str


class ErrorRow(TypedDict):
    """Why a run failed."""

    code: str
    message: str
    hint: str


class QueuedRow(TypedDict):
    """A run. reason: why it has not started, or failed."""

    id: int
    project: str
    model_id: int
    model: str
    parents: list[int]
    kind: str
    status: str
    progress: float
    attempt: int
    queue: str
    priority: int
    worker: str | None
    reason: str
    waits_for: list[int]
    error: ErrorRow | None
    started_at: str | None
    finished_at: str | None


class ExperimentRow(TypedDict):
    """What was submitted at once. models: how many it made or will make."""

    id: int
    project: str
    name: str
    note: str
    models: int
    base_ids: list[int]
    seeds: list[int]
    author: str
    created_at: str


class TechniqueRow(TypedDict):
    """A technique. parameters: what is not a default of each. unavailable: why it cannot be used, if so."""

    name: str
    label: str
    summary: str
    storage: str
    needs_data: bool
    unavailable: str
    parameters: dict[str, Any]


def project_row(project: Project) -> ProjectRow:
    """Return a project as a row."""
    return {
        "id": int(project.id),
        "slug": project.slug,
        "name": project.name,
        "task": project.task,
        "datasets": [dataset.name for dataset in project.datasets],
        "primary": list(project.primary),
        "revision": project.revision,
        "created_at": project.created_at.isoformat(),
    }


def metric_row(metric: MetricDefinition) -> MetricRow:
    """Return a metric as a row."""
    return {
        "name": metric.name,
        "label": metric.label,
        "direction": metric.direction.value,
        "format": metric.format.value,
        "unit": metric.unit,
        "group": metric.group.value,
        "variant_of": metric.variant_of,
    }


def step_row(step: Step) -> StepRow:
    """Return a step as a row."""
    return {"technique": step.technique, "parameters": dict(step.parameters)}


def model_row(model: Model, project: Project) -> ModelRow:
    """Return a model as a row."""
    step, source = model.step, model.source
    return {
        "id": int(model.id),
        "project": project.slug,
        "name": model.name,
        "parents": [int(one) for one in model.parent_ids],
        "step": step_row(step) if step else None,
        "source": {"name": source.name, "parameters": dict(source.parameters)} if source else None,
        "parameters": dict(step.parameters if step else source.parameters if source else {}),
        "status": model.status.value,
        "work": model.work,
        "seed": model.seed,
        "experiment_id": model.experiment_id,
        "artifact": model.artifact,
        "origin": model.origin.value if model.origin else None,
        "tags": list(model.tags),
        "note": model.note,
        "author": model.author,
        "starred": model.starred,
        "archived": model.archived,
        "metrics": measured_values(model, project),
        "instances": model.instances,
        "protocol": protocol_row(project),
        "figures": figure_rows(model, project),
        "created_at": model.created_at.isoformat(),
    }


def run_row(row: QueuedRun, parents: Sequence[ModelId] = ()) -> QueuedRow:
    """Return a run as a row, with the parents of its model."""
    run = row.run
    error = run.error
    return {
        "id": int(run.id),
        "project": row.project_slug,
        "model_id": int(run.model_id),
        "model": row.model_name,
        "parents": [int(one) for one in parents],
        "kind": run.kind.value,
        "status": run.status.value,
        "progress": run.progress,
        "attempt": run.attempt,
        "queue": run.queue,
        "priority": run.priority,
        "worker": run.worker_id,
        "reason": row.reason or (error.message if error else ""),
        "waits_for": [int(one) for one in run.waits_for],
        "error": {"code": error.code, "message": error.message, "hint": error.hint} if error else None,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def experiment_row(experiment: Experiment, slugs: Mapping[int, str]) -> ExperimentRow:
    """Return an experiment as a row."""
    return {
        "id": int(experiment.id),
        "project": slugs.get(experiment.project_id, ""),
        "name": experiment.name,
        "note": experiment.note,
        "models": experiment.models,
        "base_ids": [int(one) for one in experiment.base_ids],
        "seeds": list(experiment.seeds),
        "author": experiment.author,
        "created_at": experiment.created_at.isoformat(),
    }


def technique_row(spec: TechniqueSpec) -> TechniqueRow:
    """Return a technique as a row."""
    return {
        "name": spec.name,
        "label": spec.label,
        "summary": spec.summary,
        "storage": spec.storage.value,
        "needs_data": spec.needs_data,
        "unavailable": spec.unavailable,
        "parameters": parameters_to_json(spec.parameters),
    }
