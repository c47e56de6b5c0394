"""Models that repeat one recipe with different seeds, so that their spread can be shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from core.comparison.variables.values import written
from core.domain.ids import ModelId
from core.domain.model import Model


def repeats(models: Iterable[Model]) -> list[tuple[Model, ...]]:
    """Return the groups of two or more models that differ in nothing but seeds, parents before children.

    Bases count as the same if their source and its parameters are; figures that were imported without a
    source only if their names are.
    """
    recipes: dict[ModelId, tuple[str, ...]] = {}
    seeds: dict[ModelId, tuple[int, ...]] = {}
    groups: dict[tuple[str, ...], list[Model]] = {}
    for model in models:
        inherited = recipes.get(model.parent_id, ()) if model.parent_id is not None else ()
        before = seeds.get(model.parent_id, ()) if model.parent_id is not None else ()
        recipes[model.id] = (*inherited, _operation(model))
        seeds[model.id] = (*before, model.seed)
        groups.setdefault(recipes[model.id], []).append(model)
    return [
        tuple(group)
        for group in groups.values()
        if len(group) > 1 and len({seeds[model.id] for model in group}) > 1
    ]


def _operation(model: Model) -> str:
    teacher = f" of {model.teacher_id}" if model.teacher_id is not None else ""
    if model.step is not None:
        return model.step.canonical() + teacher
    if model.source is None:
        return model.name
    return f"{model.source.name} {written(model.source.parameters)}"


@dataclass(frozen=True)
class Spread:
    """What the values of a metric are over models that differ in seeds only."""

    models: int
    mean: float
    low: float
    high: float


def spread_over_seeds(group: Iterable[Model], metric: str) -> Spread | None:
    """Return the spread of a metric over repeats, of those that have a finite value; None below two."""
    values = [value for model in group if math.isfinite(value := model.metrics.get(metric, math.nan))]
    return Spread(len(values), fmean(values), min(values), max(values)) if len(values) > 1 else None


def repeats_of(model_id: ModelId, models: Iterable[Model]) -> tuple[Model, ...]:
    """Return the models that repeat a model's recipe with other seeds, with itself; empty if none does."""
    return next((group for group in repeats(models) if any(one.id == model_id for one in group)), ())
