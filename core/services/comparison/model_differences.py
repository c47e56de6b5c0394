"""The difference of two models as of two texts: steps, parameters, environment, data and protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import SweepStep
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.recipes.recipe_writing import write_recipes
from core.services.recipes.saved_recipes import differences

_MADE = ("versions", "device", "device_kind", "threads")
_EVALUATED = (*_MADE, "precision", "batch_size", "instances_asked", "group")
_PROFILED = (*_MADE, "cores", "large_batch", "kernels", "precision")
"""Circumstances that decide on what is made or measured, by the runs that note them."""


def model_difference(app: Application, before_id: ModelId, after_id: ModelId) -> list[str]:
    """Return the lines of a unified difference of two models; none where all of it is equal.

    Raises:
        NotFound: there is no such model.
    """
    with app.unit_of_work() as uow:
        texts = [_written(uow, model_id) for model_id in (before_id, after_id)]
    (before, before_name), (after, after_name) = texts
    names = (f"{before_name} ({before_id})", f"{after_name} ({after_id})")
    return differences(before, after, names=names)


def _written(uow: UnitOfWork, model_id: ModelId) -> tuple[str, str]:
    """Return everything about a model that can differ, as YAML, and its name."""
    lineage = uow.models.lineage(model_id)
    if not lineage:
        raise NotFound(f"There is no model with id {model_id}.", "Choose one from the list of models.")
    model = lineage[-1]
    steps = tuple(
        SweepStep(
            one.step.technique, {name: (held,) for name, held in one.step.parameters.items()}, one.step.rules
        )
        for one in lineage
        if one.step is not None
    )
    recipe = yaml.safe_load(write_recipes((steps,))) if steps else {}
    content: dict[str, Any] = {
        "base": _base(lineage[0]),
        **recipe,
        "seeds": [one.seed for one in lineage],
        "made with": _chosen(uow.models.manifest(model_id).get("environment", {}), _MADE),
        "evaluated": _evaluations(uow, model_id),
        "profiled": [
            {"device": one.device, **_chosen(one.environment, _PROFILED)}
            for one in uow.evaluations.profiles_of_model(model_id)
        ],
    }
    dumped: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return dumped, model.name


def _base(model: Model) -> dict[str, Any]:
    source = model.source
    about = {"name": model.name, "id": int(model.id)}
    return about if source is None else about | {"source": source.name, "parameters": dict(source.parameters)}


def _evaluations(uow: UnitOfWork, model_id: ModelId) -> list[dict[str, Any]]:
    found = uow.evaluations.of_model(model_id)
    known = {one.dataset_id: uow.projects.dataset(one.dataset_id) for one in found}
    names = {dataset_id: data.name for dataset_id, data in known.items() if data is not None}
    return [
        {
            "data": names.get(one.dataset_id, f"data set {one.dataset_id}"),
            "split": one.split,
            "instances": one.instances,
            **_chosen(one.environment, _EVALUATED),
        }
        for one in found
    ]


def _chosen(environment: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: environment[name] for name in names if environment.get(name) not in (None, "")}
