"""Random studies and selections: siblings, chains, branches, bases, seeds, gaps, failures, 0-100 scales."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.domain.ids import ModelId
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.testing.projects.forests import model
from core.testing.sentences.paired import Outcome
from core.testing.sentences.situation import Situation

_STEPS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "prune": {"sparsity": (0.3, 0.5, 0.7, 0.9), "method": ("l1", "random")},
    "quantize": {"bits": (8, 4, 2)},
    "palettize": {"bits": (4, 2)},
    "calibrate": {},
    "fine-tune": {"epochs": (1, 3)},
}
_ALL = LayerRules()
_RULES = (_ALL, _ALL, _ALL, LayerRules(exclude=("head",)), LayerRules(include=("conv",)))


def drawn_study(rng: random.Random) -> Situation:
    """Return a small study with nothing selected."""
    metrics = _metrics(rng)
    models: list[Model] = []
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        models.append(model(len(models) + 1, name=f"base {number}", metrics=_figures(rng, metrics)))
    if rng.random() < 0.3:
        models[0] = replace(models[0], origin=Origin.CONSTRUCTED)
        models.append(_child(rng, models, models[0], Step("train", {"epochs": 200}), metrics))
    if rng.random() < 0.5:
        _sweep(rng, models, metrics)
    techniques = rng.sample(sorted(_STEPS), rng.randint(1, 4))
    for _ in range(rng.randint(1, 24)):
        parent = rng.choice(models[-8:] if rng.random() < 0.5 else models)
        if rng.random() < 0.35 and parent.step is not None and parent.parent_id is not None:
            parent = models[parent.parent_id - 1]  # a sibling
        models.append(_child(rng, models, parent, _step(rng, techniques), metrics))
    outcomes = _outcomes(rng, models, metrics[0]) if rng.random() < 0.4 else {}
    return Situation(models, (), metrics, outcomes=outcomes)


def _sweep(rng: random.Random, models: list[Model], metrics: Sequence[MetricDefinition]) -> None:
    """Add the models of a grid: pruning at several values, most of them with a second step."""
    methods = rng.choice((("l1",), ("l1", "random"), ("l1", "random", "taylor")))
    second = rng.choice((Step("fine-tune", {"epochs": 1}), Step("quantize", {"bits": 4}), None))
    seeds = rng.choice(((0,), (0,), (0, 1)))
    for sparsity, method, seed in itertools.product((0.3, 0.5, 0.7, 0.9), methods, seeds):
        step = Step("prune", {"sparsity": sparsity, "method": method})
        models.append(replace(_child(rng, models, models[0], step, metrics), seed=seed))
        if second is not None and rng.random() < 0.8:
            models.append(replace(_child(rng, models, models[-1], second, metrics), seed=seed))


def drawn_selection(rng: random.Random, at: Situation) -> Situation:
    """Return the study with a selection: relatives more often than not."""
    size = rng.choice((1, 2, 2, 2, 2, 3, 3, 4, 5, 7, 12))
    if rng.random() < 0.15 and (pairs := _with_and_without(rng, at)):
        return replace(at, ids=pairs)
    pool: Sequence[Model] = at.models
    if rng.random() < 0.7:
        middle = rng.choice(at.models)
        pool = [one for one in at.models if _related(one, middle)] or at.models
    chosen = rng.sample(list(pool), min(size, len(pool)))
    return replace(at, ids=tuple(one.id for one in chosen))


def _with_and_without(rng: random.Random, at: Situation) -> tuple[ModelId, ...]:
    """Return some models of one technique and the models that they were made from."""
    steps = [one for one in at.models if one.step is not None and one.parent_id is not None]
    if not steps:
        return ()
    step = rng.choice(steps).step
    same = [one for one in steps if one.step == step]
    some = rng.sample(same, min(len(same), rng.randint(1, 5)))
    return tuple({one for model in some for one in (model.id, model.parent_id) if one is not None})


def _related(one: Model, middle: Model) -> bool:
    if one.step is not None and middle.step is not None and one.step.technique == middle.step.technique:
        return True
    return one.parent_id in (middle.parent_id, middle.id) or one.id in (middle.id, middle.parent_id)


def _step(rng: random.Random, techniques: Sequence[str]) -> Step:
    technique = rng.choice(techniques)
    values = {name: rng.choice(choices) for name, choices in _STEPS[technique].items()}
    return Step(technique, values, rng.choice(_RULES))


def _child(
    rng: random.Random,
    models: Sequence[Model],
    parent: Model,
    step: Step,
    metrics: Sequence[MetricDefinition],
) -> Model:
    failed = rng.random() < 0.08
    ended = rng.choice((RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.QUEUED))
    status = ended if failed else RunStatus.SUCCEEDED
    child = model(
        len(models) + 1,
        parent,
        step,
        seed=rng.choice((0, 0, 1, 2)),
        status=status,
        metrics={} if failed else _figures(rng, metrics),
        teacher_id=ModelId(1) if rng.random() < 0.03 else None,
        archived=rng.random() < 0.05,
    )
    return child if failed else replace(child, intervals=_intervals(rng, child, metrics))


def _metrics(rng: random.Random) -> tuple[MetricDefinition, ...]:
    quality = rng.choice(
        (
            MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT),
            MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.DECIMAL, "%"),
            MetricDefinition("error", "Error", Direction.LOWER, Format.PERCENT),
            MetricDefinition("loss", "Loss", Direction.LOWER, unit="nats"),
        )
    )
    size = MetricDefinition("size", "File size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY)
    speed = MetricDefinition("speed", "Throughput", Direction.HIGHER, unit="/s", group=Group.EFFICIENCY)
    return (quality, rng.choice((size, speed)))


def _figures(rng: random.Random, metrics: Sequence[MetricDefinition]) -> dict[str, float]:
    quality, cost = metrics
    base = rng.choice((0.1, 0.5, 0.9, 0.92, 0.93, rng.random()))
    scale = 100.0 if quality.unit == "%" else 1.0
    share = rng.choice((1, 0.5, 0.51, rng.random() + 0.01))
    figures = {quality.name: (base + rng.gauss(0, 0.005)) * scale, cost.name: 1e6 * share}
    fate = rng.random()
    if fate < 0.08:
        del figures[rng.choice(sorted(figures))]
    elif fate < 0.1:
        figures[quality.name] = rng.choice((math.nan, math.inf))
    return figures


def _intervals(
    rng: random.Random, one: Model, metrics: Sequence[MetricDefinition]
) -> dict[str, tuple[float, float]]:
    name = metrics[0].name
    value = one.metrics.get(name, math.nan)
    if not math.isfinite(value) or rng.random() < 0.4:
        return {}
    half = abs(value) * rng.choice((0.001, 0.01, 0.03))
    return {name: (value - half * rng.random(), value + half)}


def _outcomes(rng: random.Random, models: list[Model], metric: MetricDefinition) -> dict[ModelId, Outcome]:
    """Give most models outcomes of the same instances, which are then what their figures are the means of."""
    if metric.unit == "%":
        return {}  # imported figures
    instances = rng.choice((20, 60, 200))
    ease = [rng.random() for _ in range(instances)]
    found: dict[ModelId, Outcome] = {}
    for place, one in enumerate(models):
        value = one.metrics.get(metric.name, math.nan)
        if not math.isfinite(value) or rng.random() < 0.15:
            continue
        scores = [_score(rng, metric, value, each) for each in ease]
        mark = "other data" if rng.random() < 0.1 else "same data"
        found[one.id] = Outcome(mark, {metric.name: scores})
        mean = statistics.fmean(scores)
        known = {metric.name: (mean - 0.03, mean + 0.04)} if rng.random() < 0.6 else {}
        models[place] = replace(one, metrics={**one.metrics, metric.name: mean}, intervals=known)
    return found


def _score(rng: random.Random, metric: MetricDefinition, value: float, ease: float) -> float:
    """Return what a model scores on an instance; the same instances are easy for all."""
    if metric.format is Format.PERCENT:
        return float(ease < value) if rng.random() < 0.95 else float(rng.random() < value)
    return round(value + ease - 0.5 + rng.gauss(0, 0.02), 4)
