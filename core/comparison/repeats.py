"""Models that repeat one recipe with different seeds, so that their spread can be shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

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
    """What the values of a metric are over models that differ in seeds only.

    half_width: half of the 95 % interval of the mean (Student's t), as if seeds were drawn at random.
    """

    models: int
    mean: float
    low: float
    high: float
    half_width: float


_T975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""97.5 % quantiles of Student's t for 1 to 30 degrees of freedom."""


def spread_over_seeds(group: Iterable[Model], metric: str) -> Spread | None:
    """Return the spread of a metric over repeats, of those that have a finite value; None below two."""
    values = [value for model in group if math.isfinite(value := model.metrics.get(metric, math.nan))]
    if len(values) < 2:
        return None
    freedom = len(values) - 1
    quantile = _T975[freedom - 1] if freedom <= len(_T975) else 1.96 + 2.4 / freedom
    half_width = quantile * stdev(values) / math.sqrt(len(values))
    return Spread(len(values), fmean(values), min(values), max(values), half_width)


def repeats_of(model_id: ModelId, models: Iterable[Model]) -> tuple[Model, ...]:
    """Return the models that repeat a model's recipe with other seeds, with itself; empty if none does."""
    return next((group for group in repeats(models) if any(one.id == model_id for one in group)), ())
