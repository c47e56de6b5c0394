"""Rows to frozen values and back. Values never hold on to rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import (
    DatasetId,
    ExperimentId,
    ModelId,
    ProjectId,
    RunId,
    SavedViewId,
    WorkerId,
)
from core.domain.measurement.intervals import Interval
from core.domain.measurement.variants import derived_metrics
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.project import Dataset, Project
from core.domain.queue.experiment import Experiment
from core.domain.queue.run import Run, RunStatus
from core.domain.saved.saved_view import SavedView
from core.domain.search.selection import EVERYTHING
from core.domain.text import visible
from core.persistence.tables.tables import (
    DatasetRow,
    ExperimentRow,
    ProjectRow,
    RunRow,
    SavedViewRow,
    WorkerRow,
)


def project_of(row: ProjectRow, datasets: Iterable[DatasetRow]) -> Project:
    """Return the project with its data sets; its metrics are followed by those derived from them."""
    found = tuple(dataset_of(dataset) for dataset in datasets)
    names = {str(int(dataset.id)): dataset.name for dataset in found}
    derived = derived_metrics(row.metrics, row.primary_metrics, row.variants, names)
    return Project(
        id=ProjectId(row.id),
        slug=row.slug,
        name=visible(row.name),
        task=row.task,
        created_at=row.created_at,
        description=row.description,
        metrics=(*row.metrics, *derived),
        primary=tuple(row.primary_metrics),
        budgets=row.budgets,
        acceptable_loss=row.acceptable_loss,
        most_running=row.most_running,
        datasets=found,
        protocol=row.protocol,
        revision=row.revision,
    )


def project_row(project: Project) -> ProjectRow:
    """Return a new row; its id is given by the database."""
    return ProjectRow(
        slug=project.slug,
        name=project.name,
        task=project.task,
        description=project.description,
        metrics=project.measured_metrics,
        primary_metrics=list(project.primary),
        budgets=dict(project.budgets),
        acceptable_loss=project.acceptable_loss,
        most_running=project.most_running,
        protocol=project.protocol,
        variants=(),
        revision=project.revision,
        created_at=project.created_at,
    )


def dataset_of(row: DatasetRow) -> Dataset:
    """Return the data set."""
    return Dataset(
        DatasetId(row.id),
        ProjectId(row.project_id),
        visible(row.name),
        row.source,
        row.parameters,
        row.class_labels or {},
    )


def dataset_row(dataset: Dataset, project_id: int) -> DatasetRow:
    """Return a new row; its id is given by the database."""
    return DatasetRow(
        project_id=project_id,
        name=dataset.name,
        source=dataset.source,
        parameters=dict(dataset.parameters),
    )


def experiment_of(row: ExperimentRow) -> Experiment:
    """Return the experiment."""
    return Experiment(
        id=ExperimentId(row.id),
        project_id=ProjectId(row.project_id),
        name=visible(row.name),
        note=row.note,
        created_at=row.created_at,
        author=row.author,
        recipes=row.recipes,
        base_ids=tuple(ModelId(model_id) for model_id in row.base_ids),
        seeds=tuple(row.seeds),
        models=row.models,
        deleted_at=row.deleted_at,
        paused_at=row.paused_at,
        give_up_margin=row.give_up_margin,
        queue=row.queue,
        priority=row.priority,
        selection=row.selection or EVERYTHING,
        searching=row.searching,
        search_ended=row.search_ended,
    )


def experiment_row(experiment: Experiment) -> ExperimentRow:
    """Return a new row; its id is given by the database."""
    return ExperimentRow(
        project_id=experiment.project_id,
        name=experiment.name,
        note=experiment.note,
        author=experiment.author,
        recipes=experiment.recipes,
        base_ids=list(experiment.base_ids),
        seeds=list(experiment.seeds),
        models=experiment.models,
        give_up_margin=experiment.give_up_margin,
        queue=experiment.queue,
        priority=experiment.priority,
        selection=None if experiment.selection == EVERYTHING else experiment.selection,
        searching=experiment.searching,
        search_ended=experiment.search_ended,
        created_at=experiment.created_at,
    )


def model_of(row: Any) -> Model:
    """Return the model of one result row of `repositories.models`: its columns, making run and edges.

    A model without a making run was imported as figures and counts as made.
    """
    return Model(
        id=row.id,
        project_id=row.project_id,
        name=visible(row.name),
        identity=row.identity,
        status=row.status or RunStatus.SUCCEEDED,
        created_at=row.created_at,
        parent_id=row.parent_id,
        teacher_id=row.teacher_id,
        step=row.step,
        source=row.source,
        seed=row.seed,
        experiment_id=row.experiment_id,
        making_run_id=row.making_run_id,
        progress=1.0 if row.progress is None else row.progress,
        work=row.work or 0,
        artifact=row.artifact,
        origin=Origin(row.origin) if row.origin else None,
        made_at=row.made_at,
        deleted_at=row.deleted_at,
        metrics=row.metrics,
        intervals=pairs_of(row.intervals),
        caveats={name: tuple(texts) for name, texts in row.caveats.items()} if row.caveats else {},
        instances=row.instances,
        author=row.author,
        note=row.note,
        tags=tuple(row.tags),
        starred=row.starred,
        archived=row.archived,
    )


def pairs_of(stored: Mapping[str, Any]) -> dict[str, Interval]:
    """Return intervals from their JSON form."""
    return {name: (low, high) for name, (low, high) in stored.items()}


def model_columns(model: Model, revision: int) -> dict[str, Any]:
    """Return the columns of a new model, whose metrics are its own facts; status and edges live elsewhere."""
    return {
        "project_id": model.project_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "identity": model.identity,
        "step": model.step,
        "source": model.source,
        "seed": model.seed,
        "artifact": model.artifact,
        "origin": model.origin,
        "manifest": {},
        "own_metrics": dict(model.metrics),
        "metrics": dict(model.metrics),
        "intervals": {},
        "caveats": {},
        "instances": None,
        "author": model.author,
        "note": model.note,
        "tags": list(model.tags),
        "starred": model.starred,
        "archived": model.archived,
        "created_at": model.created_at,
        "made_at": model.made_at,
        "deleted_at": model.deleted_at,
        "revision": revision,
    }


_RUN_AS_IT_IS = (
    *("kind", "status", "payload", "queue", "priority", "attempt", "max_attempts", "progress", "author"),
    *("progress_message", "worker_id", "error", "created_at", "queued_at", "dispatched_at", "started_at"),
    *("finished_at", "lease_until", "cancel_requested_at", "usage"),
)
"""Attributes of a run that are columns of the same name and type."""


def run_of(row: RunRow, waits_for: Iterable[int] = ()) -> Run:
    """Return the run; `waits_for` are the runs it needs that have not succeeded."""
    return Run(
        id=RunId(row.id),
        project_id=ProjectId(row.project_id),
        model_id=ModelId(row.model_id),
        experiment_id=None if row.experiment_id is None else ExperimentId(row.experiment_id),
        waits_for=tuple(RunId(needed) for needed in waits_for),
        **{name: getattr(row, name) for name in _RUN_AS_IT_IS},
    )


def run_columns(run: Run, revision: int) -> dict[str, Any]:
    """Return the columns of a new run."""
    owners = {
        "project_id": run.project_id,
        "model_id": run.model_id,
        "experiment_id": run.experiment_id,
        "revision": revision,
    }
    return owners | {name: getattr(run, name) for name in _RUN_AS_IT_IS}


def worker_of(row: WorkerRow) -> Worker:
    """Return the worker."""
    return Worker(
        id=WorkerId(row.id),
        host=row.host,
        pid=row.pid,
        queues=tuple(row.queues),
        slots=row.slots,
        started_at=row.started_at,
        last_seen_at=row.last_seen_at,
        devices=row.devices,
        versions=row.versions,
        stopped_at=row.stopped_at,
        runs=tuple(RunId(run_id) for run_id in row.runs),
        draining_at=row.draining_at,
        load=row.load,
    )


def worker_row(worker: Worker, catalogue: Catalogue) -> WorkerRow:
    """Return a row to be merged with the one of the same id."""
    return WorkerRow(
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        queues=list(worker.queues),
        slots=worker.slots,
        devices=worker.devices,
        versions=dict(worker.versions),
        runs=list(worker.runs),
        catalogue=catalogue,
        started_at=worker.started_at,
        last_seen_at=worker.last_seen_at,
        stopped_at=worker.stopped_at,
    )


_VIEW_AS_IT_IS = ("name", "page", "query", "note", "author", "created_at")


def saved_view_of(row: SavedViewRow) -> SavedView:
    """Return the saved view."""
    return SavedView(
        id=SavedViewId(row.id),
        project_id=ProjectId(row.project_id),
        **{name: getattr(row, name) for name in _VIEW_AS_IT_IS} | {"name": visible(row.name)},
    )


def saved_view_row(view: SavedView) -> SavedViewRow:
    """Return a new row; its id is given by the database."""
    return SavedViewRow(project_id=view.project_id, **{name: getattr(view, name) for name in _VIEW_AS_IT_IS})
