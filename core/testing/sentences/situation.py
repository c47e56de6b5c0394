"""A selection as the checks see it: recipes and numbers by their own code, not by that of the sentences."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.domain.ids import ModelId
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.model import Model
from core.domain.technique import TechniqueSpec
from core.testing.sentences.paired import Outcome, paired_interval


@dataclass(frozen=True)
class Made:
    """One step of a recipe. `values`: parameter to its JSON text, layer rules under `""`."""

    technique: str
    number: int
    values: Mapping[str, str]
    teacher: int | None

    @property
    def key(self) -> tuple[Any, ...]:
        """The step as something that can be compared, its number left out."""
        return (self.technique, tuple(sorted(self.values.items())), self.teacher)


@dataclass(frozen=True)
class Situation:
    """All models of a project and which of them are selected; `outcomes` of those that have some kept."""

    models: Sequence[Model]
    ids: Sequence[ModelId]
    metrics: Sequence[MetricDefinition]
    specs: Mapping[str, TechniqueSpec] = field(default_factory=dict)
    outcomes: Mapping[ModelId, Outcome] = field(default_factory=dict)

    def called(self, model_id: ModelId) -> str:
        """Return the name that tells a selected model from the others."""
        name = self.by_id[model_id].name
        alike = [one for one in set(self.ids) if self.by_id[one].name == name]
        return f"{name} (id {model_id})" if len(alike) > 1 else name

    @cached_property
    def by_id(self) -> dict[ModelId, Model]:
        """The models by id."""
        return {model.id: model for model in self.models}

    def line(self, model_id: ModelId) -> list[Model]:
        """Return a model with its ancestors, oldest first."""
        model = self.by_id[model_id]
        above = self.line(model.parent_id) if model.parent_id in self.by_id else []
        return [*above, model]

    def trained_base(self, model_id: ModelId) -> Model | None:
        """Return the first model on the way to a model that was trained."""
        line = self.line(model_id)
        if line[0].parent_id is not None:
            return None
        if line[0].origin != "constructed":
            return line[0]
        return next((model for model in line[1:] if model.origin == "trained"), None)

    def never_trained(self, model_id: ModelId) -> bool:
        """Return whether a model's weights come from a constructed base without any training."""
        origins = [model.origin for model in self.line(model_id)]
        return origins[0] == "constructed" and "trained" not in origins

    def recipe(self, model_id: ModelId) -> list[Made]:
        """Return how a model was made, step by step."""
        times: Counter[str] = Counter()
        steps = []
        for model in self.line(model_id):
            if model.step is None:
                continue
            times[model.step.technique] += 1
            values = {name: _plain(raw) for name, raw in model.step.parameters.items()}
            rules = model.step.rules
            values[""] = _plain([rules.include, rules.exclude, rules.overrides])
            teacher = None if model.teacher_id is None else int(model.teacher_id)
            steps.append(Made(model.step.technique, times[model.step.technique], values, teacher))
        return steps

    def same_recipe(self, ids: Iterable[ModelId]) -> bool:
        """Return whether models differ in the seed at most."""
        return len({(self.line(one)[0].id, tuple(step.key for step in self.recipe(one))) for one in ids}) == 1

    def groups(self) -> list[list[ModelId]]:
        """Return the selected models by recipe."""
        found: dict[Any, list[ModelId]] = {}
        for one in sorted(set(self.ids)):
            recipe = (self.line(one)[0].id, tuple(step.key for step in self.recipe(one)))
            found.setdefault(recipe, []).append(one)
        return list(found.values())

    def value(self, metric: MetricDefinition, model_id: ModelId) -> float:
        """Return a figure; NaN where there is none."""
        return self.by_id[model_id].metrics.get(metric.name, math.nan)

    def measured(self, metric: MetricDefinition, ids: Iterable[ModelId]) -> list[ModelId]:
        """Return the models that have a finite figure."""
        return [one for one in ids if math.isfinite(self.value(metric, one))]


@dataclass(frozen=True)
class Gap:
    """How a metric differs between two groups of models that repeat one recipe each."""

    before: float
    after: float
    margin: float | None
    told: bool
    paired: bool = False

    @property
    def amount(self) -> float:
        """After minus before."""
        return self.after - self.before


def gap(at: Situation, metric: MetricDefinition, before: Sequence[ModelId], after: Sequence[ModelId]) -> Gap:
    """Recompute a difference, its 95 % margin, and whether it may be told as one."""
    (first, first_half, first_known), (second, second_half, second_known) = (
        _mean(at, metric, side) for side in (before, after)
    )
    paired = _paired(at, metric, before, after)
    halves = [half for half in (first_half, second_half) if half is not None]
    largest = max(halves, default=0.0) or 1.0  # squares of extreme values are beyond any float
    margin = largest * math.sqrt(sum((half / largest) ** 2 for half in halves)) if halves else None
    amount = abs(second - first)
    margin = margin if paired is None else paired
    noise = margin is not None and amount <= margin
    level = 1.0 / points(metric) if points(metric) else level_share(metric) * min(abs(first), abs(second))
    small = amount <= level * (1 + 1e-9)
    certain = paired is not None or (first_known and second_known)
    certain = certain and metric.group.value == "quality"
    told = amount > 0 and not noise and (certain or not small)
    return Gap(first, second, margin, told, paired is not None)


def _paired(
    at: Situation, metric: MetricDefinition, before: Sequence[ModelId], after: Sequence[ModelId]
) -> float | None:
    """Return the wider side of the paired interval of two models with outcomes of the same instances."""
    sides = at.measured(metric, before), at.measured(metric, after)
    if [len(side) for side in sides] != [1, 1]:
        return None
    kept = [at.outcomes.get(side[0]) for side in sides]
    if kept[0] is None or kept[1] is None or kept[0].mark != kept[1].mark:
        return None
    scores = [one.scores.get(metric.name) for one in kept if one is not None]
    if scores[0] is None or scores[1] is None or len(scores[0]) != len(scores[1]):
        return None
    found = paired_interval(scores[0], scores[1])
    if found is None:
        return None
    amount = at.value(metric, sides[1][0]) - at.value(metric, sides[0][0])
    return max(amount - found[0], found[1] - amount, 0.0)


def points(metric: MetricDefinition) -> float:
    """Return how many points 1 is; 0 for metrics that are not in per cent."""
    if metric.format is Format.PERCENT:
        return 100.0
    return 1.0 if metric.unit == "%" else 0.0


def level_share(metric: MetricDefinition) -> float:
    """Return the share of a value that counts as nothing: two sittings of a clock differ by a quarter."""
    clock = metric.unit in {"ms", "s", "/s"} and metric.group.value == "efficiency"
    return 0.25 if clock else 0.02


def improves(metric: MetricDefinition, found: Gap) -> bool:
    """Return whether the second figure is better."""
    return found.amount > 0 if metric.direction is Direction.HIGHER else found.amount < 0


def _mean(
    at: Situation, metric: MetricDefinition, ids: Sequence[ModelId]
) -> tuple[float, float | None, bool]:
    """Return mean, half width of the interval that covers all of them, and whether all have one."""
    there = at.measured(metric, ids)
    values = [at.value(metric, one) for one in there]
    middle = statistics.fmean(values)
    reach = [abs(value - middle) for value in values] if len(values) > 1 else []
    known = 0
    for one in there:
        interval = at.by_id[one].intervals.get(metric.name)
        if interval is not None:
            known += 1
            reach += [abs(interval[0] - middle), abs(interval[1] - middle)]
    return middle, max(reach) if reach else None, known == len(there)


def _plain(raw: Any) -> str:
    if isinstance(raw, bool) or raw is None or isinstance(raw, str):
        return json.dumps(raw)
    if isinstance(raw, (int, float)):
        return json.dumps(int(raw) if float(raw).is_integer() else float(raw))
    if isinstance(raw, Mapping):
        return "{" + ",".join(f"{name}:{_plain(raw[name])}" for name in sorted(raw)) + "}"
    return "[" + ",".join(_plain(one) for one in raw) + "]"
