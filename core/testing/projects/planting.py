"""Puts models of a forest into a project at once, through the repositories that runs use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.testing.laboratory import ACCURACY, SIZE

_METRICS = {"accuracy": ACCURACY.name, "size": SIZE.name}


def plant(app: Application, project: Project, models: Sequence[Model]) -> dict[ModelId, ModelId]:
    """Insert models with their parents, level by level; return the new id of each.

    A forest's accuracy and size become the laboratory's metrics. Parents and teachers have to be given too.
    """
    ids: dict[ModelId, ModelId] = {}
    waiting = list(models)
    with app.unit_of_work(writing=True) as uow:
        while waiting:
            level = [model for model in waiting if ids.keys() >= set(model.parent_ids)]
            planted = uow.models.add([_in_project(model, project, ids) for model in level])
            ids.update((model.id, new) for model, new in zip(level, planted, strict=True))
            waiting = [model for model in waiting if model.id not in ids]
        uow.commit()
    return ids


def _in_project(model: Model, project: Project, ids: dict[ModelId, ModelId]) -> Model:
    return replace(
        model,
        project_id=project.id,
        parent_id=None if model.parent_id is None else ids[model.parent_id],
        teacher_id=None if model.teacher_id is None else ids[model.teacher_id],
        metrics={_METRICS.get(name, name): value for name, value in model.metrics.items()},
    )
