"""What can be chosen in the drawer: projects, models to start from, kinds of device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.catalogue import Catalogue, Worker
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.errors import UnknownName
from dashboard.components.ancestry import ancestors, full_name

BASES_GROUP = "Base models"
START_COMMAND = "compress-compare worker"

_DEVICES = {"cpu": "CPU", "gpu": "GPU"}
_STATES = {
    RunStatus.WAITING: "being made",
    RunStatus.QUEUED: "being made",
    RunStatus.RUNNING: "being made",
    RunStatus.FAILED: "failed, will be tried again",
    RunStatus.CANCELLED: "cancelled, will be tried again",
    RunStatus.SKIPPED: "skipped, will be tried again",
    RunStatus.LOST: "lost, will be tried again",
}


def project_options(projects: Iterable[Project]) -> list[dict[str, str]]:
    """Return the entries of the project select; values are ids."""
    return [{"value": str(project.id), "label": project.name} for project in projects]


def model_options(models: Sequence[Model], catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return models grouped by the technique that made them, base models first; values are ids."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    names = ancestors(models)
    for model in models:
        state, name = _STATES.get(model.status, ""), full_name(model, names[model.id])
        label = f"{name} ({state})" if state else name
        groups[_group(model, catalogue)].append({"value": str(model.id), "label": label})
    ordered = sorted(groups, key=lambda name: (name != BASES_GROUP, name))
    return [{"group": name, "items": groups[name]} for name in ordered]


def named_models(models: Sequence[Model]) -> list[dict[str, str]]:
    """Return models as a parameter names them, by id; those that cannot be run are left out."""
    names = ancestors(models)
    return [
        {"value": str(model.id), "label": f"{full_name(model, names[model.id])} (id {model.id})"}
        for model in models
        if model.making_run_id is not None
    ]


def device_options(workers: Iterable[Worker]) -> list[dict[str, str]]:
    """Return the queues that connected workers serve; the processor alone where none is connected."""
    served = sorted({queue for worker in workers for queue in worker.queues}) or ["cpu"]
    return [{"value": queue, "label": _DEVICES.get(queue, queue)} for queue in served]


def notice(workers: Sequence[Worker]) -> Component | None:
    """Return a warning and the command to start a worker where none is connected, else None."""
    if workers:
        return None
    text = "The runs will wait in the queue until one is. Start one with "
    return dmc.Alert(
        [html.Span(text), dmc.Code(START_COMMAND)],
        title="No worker is connected",
        color="yellow",
        className="worker-missing",
        variant="light",
    )


def _group(model: Model, catalogue: Catalogue) -> str:
    if model.step is None:
        return BASES_GROUP
    try:
        return catalogue.technique(model.step.technique).label
    except UnknownName:
        return model.step.technique
