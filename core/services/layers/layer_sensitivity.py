"""How much each layer alone loses under the step that made a model, from sensitivities of its parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.comparison.layers.figures import FIGURES, LayerFigure, Mode
from core.comparison.layers.values import WHOLE
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Sensitivity
from core.domain.metric import Format, MetricDefinition, format_value
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, RunKind
from core.persistence.unit_of_work import UnitOfWork
from core.services.layers.layer_gaps import Gap
from core.services.layers.layer_rows import Stored


def sensitivity_rows(
    uow: UnitOfWork, models: Sequence[Model], project: Project
) -> tuple[dict[ModelId, Stored], dict[ModelId, str]]:
    """Return rows of the models whose step was tried on each layer of their parent alone, and how it was."""
    metric = leading(project)
    rows, abouts = {}, {}
    for model in models:
        found = _sensitivity(uow, model)
        if found is None or metric is None or metric.name not in found.metrics:
            continue
        arrays = uow.sensitivities.arrays(found.id)
        before = found.metrics[metric.name]
        scale = 100 if metric.format is Format.PERCENT else 1
        after = np.asarray(arrays[f"metric.{metric.name}"], np.float64)
        told = {
            "module": arrays["layer"],
            "module_type": arrays.get("module_type", np.full(len(after), "")),
            "change": (after - before) * scale,
        }
        if {"bits_before", "bits_after"} <= arrays.keys():
            bits = np.asarray(arrays["bits_after"], np.float64)
            told["saved"] = (
                np.asarray(arrays["bits_before"], np.float64) - np.where(bits < 0, np.nan, bits)
            ) / 8
        told |= {name: arrays[name] for name in ("sqnr_db", "weights") if name in arrays}
        names = [str(name) or WHOLE for name in arrays["layer"]]
        rows[model.id] = Stored(names, told, 0)
        abouts[model.id] = (
            f"its step on one layer of model {found.model_id} at a time; {metric.label} of that model "
            f"{format_value(metric, before)} on {found.instances:,} instances of {found.split}"
        )
    return rows, abouts


def sensitivity_gaps(
    uow: UnitOfWork, models: Sequence[Model], rows: Mapping[ModelId, Stored]
) -> dict[ModelId, list[Gap]]:
    """Return which models' steps were not tried on layers alone; bases have no step."""
    parents = {model.parent_id for model in models if model.parent_id is not None}
    runs = uow.runs.of_models(list(parents))
    found: dict[ModelId, list[Gap]] = {}
    for model in models:
        if model.id in rows or model.step is None or model.parent_id is None:
            continue
        coming = any(
            run.model_id == model.parent_id
            and run.kind is RunKind.SENSITIVITY
            and run.status in ACTIVE
            and run.payload.get("step", {}).get("technique") == model.step.technique
            for run in runs
        )
        reason = "it is not known how much each layer alone loses under its step"
        found[model.id] = [Gap(reason, RunKind.SENSITIVITY, coming)]
    return found


def sensitivity_figures(project: Project) -> list[LayerFigure]:
    """Return the figures, the first of which is about the project's leading metric."""
    metric = leading(project)
    first, *others = FIGURES[Mode.SENSITIVITY]
    if metric is None:
        return [first, *others]
    unit = "points" if metric.format is Format.PERCENT else metric.unit
    about = f"Change of {metric.label} if only this layer is compressed; no interval is stored"
    return [
        replace(first, label=f"Change of {metric.label}", unit=unit, about=about, direction=metric.direction),
        *others,
    ]


def leading(project: Project) -> MetricDefinition | None:
    """Return the first of the project's primary metrics that it knows."""
    return next((found for name in project.primary if (found := project.metric(name)) is not None), None)


def _sensitivity(uow: UnitOfWork, model: Model) -> Sensitivity | None:
    if model.step is None or model.parent_id is None:
        return None
    wanted = (model.step.technique, dict(model.step.parameters))
    return next(
        (
            one
            for one in uow.sensitivities.of_model(model.parent_id)
            if (one.step.technique, dict(one.step.parameters)) == wanted
        ),
        None,
    )
