"""How much each layer alone loses under a step: that which made a model, and candidates that were tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.figures import FIGURES, LayerFigure, Mode
from core.comparison.layers.values import WHOLE
from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, Sensitivity
from core.domain.measurement.sensitivity import Grouping, Method
from core.domain.metric import Format, MetricDefinition, format_value
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, RunKind
from core.domain.recipe import Step
from core.persistence.unit_of_work import UnitOfWork
from core.services.layers.layer_gaps import Gap
from core.services.layers.layer_rows import Stored
from core.services.measurements.sensitivities import candidate_label

CANDIDATES = 1_000_000_000
"""Added to the id of a sensitivity to number a model that nobody made yet."""


@dataclass(frozen=True)
class Tried:
    """A step tried on one part of a model at a time: measured, estimated, or both; the newest of each."""

    step: Step
    measured: Sensitivity | None = None
    estimated: Sensitivity | None = None

    @property
    def newest(self) -> Sensitivity:
        """The measured one if there is one."""
        found = self.measured or self.estimated
        assert found is not None  # noqa: S101  (made of one of them)
        return found


def sensitivity_rows(
    uow: UnitOfWork, models: Sequence[Model], project: Project
) -> tuple[dict[ModelId, Stored], dict[ModelId, str]]:
    """Return rows of the models whose step was tried on each layer of their parent alone, and how it was."""
    rows, abouts = {}, {}
    parents = uow.models.get([model.parent_id for model in models if model.parent_id is not None])
    kept = {parent_id: tried(uow, parent) for parent_id, parent in parents.items()}
    for model in models:
        if model.step is None or model.parent_id is None:
            continue
        found = next((one for one in kept.get(model.parent_id, ()) if _same(one.step, model.step)), None)
        if found is not None:
            rows[model.id], abouts[model.id] = _stored(uow, found, project)
    return rows, abouts


def candidates_tried(
    uow: UnitOfWork, models: Sequence[Model], project: Project, catalogue: Catalogue
) -> list[tuple[Model, Stored, str]]:
    """Return steps that were tried on the first model's parts, but that made none of the others.

    Each is told as the model that the step would make.
    """
    baseline = models[0]
    made = [model.step for model in models if model.parent_id == baseline.id and model.step is not None]
    found = []
    for one in tried(uow, baseline):
        if any(_same(one.step, step) for step in made):
            continue
        model = replace(
            baseline,
            id=ModelId(CANDIDATES + one.newest.id),
            parent_id=baseline.id,
            name=candidate_label(catalogue, one.step),
            step=one.step,
            artifact=None,
        )
        found.append((model, *_stored(uow, one, project)))
    return found


def tried(uow: UnitOfWork, model: Model) -> list[Tried]:
    """Return what was tried on single layers of the model as it is now, measured steps first."""
    found: dict[str, Tried] = {}
    for one in uow.sensitivities.of_model(model.id):
        if one.approach.grouping is not Grouping.MODULE or one.artifact not in (None, model.artifact):
            continue
        before = found.get(one.step.canonical(), Tried(one.step))
        if one.approach.method is Method.MEASURE and before.measured is None:
            found[one.step.canonical()] = replace(before, measured=one)
        elif one.approach.method is Method.ESTIMATE and before.estimated is None:
            found[one.step.canonical()] = replace(before, estimated=one)
    return sorted(found.values(), key=lambda one: one.measured is None)


def _same(one: Step, other: Step) -> bool:
    return (one.technique, dict(one.parameters)) == (other.technique, dict(other.parameters))


def _stored(uow: UnitOfWork, found: Tried, project: Project) -> tuple[Stored, str]:
    """Return figures by part and a sentence on how they were found out."""
    leading_arrays = uow.sensitivities.arrays(found.newest.id)
    names = [str(name) or WHOLE for name in leading_arrays["layer"]]
    told: dict[str, NDArray[np.generic]] = {
        "module": leading_arrays["layer"],
        "module_type": leading_arrays.get("module_type", np.full(len(names), "")),
    }
    if {"bits_before", "bits_after"} <= leading_arrays.keys():
        bits = np.asarray(leading_arrays["bits_after"], np.float64)
        before = np.asarray(leading_arrays["bits_before"], np.float64)
        told["saved"] = (before - np.where(bits < 0, np.nan, bits)) / 8
    told |= {name: leading_arrays[name] for name in ("sqnr_db", "weights") if name in leading_arrays}
    abouts = []
    if found.measured is not None:
        told |= _measured(found.measured, leading_arrays, leading(project))
        abouts.append(_how(found.measured, leading(project)))
    if found.estimated is not None:
        arrays = uow.sensitivities.arrays(found.estimated.id)
        values = dict(zip(map(str, arrays["layer"]), arrays["estimate"].tolist(), strict=True))
        told["estimate"] = np.array([values.get(str(name), np.nan) for name in leading_arrays["layer"]])
        used = found.estimated.environment.get("gradient_instances", found.estimated.instances)
        abouts.append(f"change of the loss estimated from gradients of {used:,} instances")
    return Stored(names, told, 0), "; ".join(abouts)


def _measured(found: Sensitivity, arrays: Arrays, metric: MetricDefinition | None) -> Arrays:
    """Return changes of the project's metric and of the loss, with intervals where there are any."""
    told = {}
    if metric is not None and f"metric.{metric.name}" in arrays:
        scale = 100 if metric.format is Format.PERCENT else 1
        after = np.asarray(arrays[f"metric.{metric.name}"], np.float64)
        told["change"] = (after - found.metrics[metric.name]) * scale
        for end in ("low", "high"):
            if f"{end}.{metric.name}" in arrays:
                told[f"change_{end}"] = np.asarray(arrays[f"{end}.{metric.name}"], np.float64) * scale
    for name, key in (("change", "loss"), ("low", "loss_low"), ("high", "loss_high")):
        if f"{name}.loss" in arrays:
            told[key] = np.asarray(arrays[f"{name}.loss"], np.float64)
    return told


def _how(found: Sensitivity, metric: MetricDefinition | None) -> str:
    about = f"its step on one layer of model {found.model_id} at a time"
    if metric is not None and metric.name in found.metrics:
        about += f"; {metric.label} of that model {format_value(metric, found.metrics[metric.name])}"
    return f"{about} on {found.instances:,} instances of {found.split}"


def sensitivity_gaps(
    uow: UnitOfWork, models: Sequence[Model], rows: Mapping[ModelId, Stored]
) -> dict[ModelId, list[Gap]]:
    """Return which models' steps were not tried on layers alone; bases have no step."""
    parents = {model.parent_id for model in models if model.parent_id is not None}
    runs = uow.runs.of_models(list(parents))
    found: dict[ModelId, list[Gap]] = {}
    for model in models:
        if model.step is None or model.parent_id is None:
            continue
        if model.id in rows and {"change", "loss"} & rows[model.id].arrays.keys():
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
    about = f"Change of {metric.label} if only this layer is compressed"
    return [
        replace(first, label=f"Change of {metric.label}", unit=unit, about=about, direction=metric.direction),
        *others,
    ]


def leading(project: Project) -> MetricDefinition | None:
    """Return the first of the project's primary metrics that it knows."""
    return next((found for name in project.primary if (found := project.metric(name)) is not None), None)
