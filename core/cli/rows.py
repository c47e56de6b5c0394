"""Values as rows of plain JSON, with names that other programs rely on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.cli.figures import figure_rows, measured_values, protocol_row
from core.domain.catalogue_json import parameters_to_json
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.experiment import Experiment
from core.domain.technique import TechniqueSpec
from core.services.queue.runs import RunRow


def project_row(project: Project) -> dict[str, Any]:
    """Return a project as a row."""
    return {
        "id": project.id,
        "slug": project.slug,
        "name": project.name,
        "task": project.task,
        "datasets": [dataset.name for dataset in project.datasets],
        "primary": list(project.primary),
        "revision": project.revision,
        "created_at": project.created_at.isoformat(),
    }


def model_row(model: Model, project: Project) -> dict[str, Any]:
    """Return a model as a row; `parents` has the parent and, for a distilled model, the teacher.

    `metrics` has the values under the project's protocol, `figures` all of them with what is known of each.
    `parameters` are those of its step, or of its source for a base.
    """
    step = model.step
    return {
        "id": model.id,
        "project": project.slug,
        "name": model.name,
        "parents": list(model.parent_ids),
        "step": {"technique": step.technique, "parameters": dict(step.parameters)} if step else None,
        "source": {"name": model.source.name, "parameters": dict(model.source.parameters)}
        if model.source
        else None,
        "parameters": dict(step.parameters if step else model.source.parameters if model.source else {}),
        "status": model.status.value,
        "work": model.work,
        "seed": model.seed,
        "experiment_id": model.experiment_id,
        "artifact": model.artifact,
        "origin": model.origin,
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


def run_row(row: RunRow, parents: Sequence[ModelId] = ()) -> dict[str, Any]:
    """Return a run as a row, with the parents of its model; `reason`: why it has not started, or failed."""
    run = row.run
    return {
        "id": run.id,
        "project": row.project_slug,
        "model_id": run.model_id,
        "model": row.model_name,
        "parents": list(parents),
        "kind": run.kind.value,
        "status": run.status.value,
        "progress": run.progress,
        "attempt": run.attempt,
        "queue": run.queue,
        "priority": run.priority,
        "worker": run.worker_id,
        "reason": row.reason or (run.error.message if run.error else ""),
        "waits_for": list(run.waits_for),
        "error": {"code": run.error.code, "message": run.error.message, "hint": run.error.hint}
        if run.error
        else None,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def experiment_row(experiment: Experiment, slugs: dict[int, str]) -> dict[str, Any]:
    """Return an experiment as a row."""
    return {
        "id": experiment.id,
        "project": slugs.get(experiment.project_id, ""),
        "name": experiment.name,
        "note": experiment.note,
        "models": experiment.models,
        "base_ids": list(experiment.base_ids),
        "seeds": list(experiment.seeds),
        "author": experiment.author,
        "created_at": experiment.created_at.isoformat(),
    }


def technique_row(spec: TechniqueSpec) -> dict[str, Any]:
    """Return a technique as a row; `parameters` has what is not a default of each."""
    return {
        "name": spec.name,
        "label": spec.label,
        "summary": spec.summary,
        "storage": spec.storage.value,
        "needs_data": spec.needs_data,
        "unavailable": spec.unavailable,
        "parameters": parameters_to_json(spec.parameters),
    }
