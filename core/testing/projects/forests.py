"""Projects of any size for tests and benchmarks: forests of models as sweeps would have made them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model, Source
from core.domain.origin import Origin, trains
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step

OPERATIONS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "prune": {
        "sparsity": tuple(percent / 100 for percent in range(10, 100, 5)),
        "method": ("magnitude", "gradient", "random"),
    },
    "quantize": {
        "bits": (8, 6, 4, 3, 2),
        "granularity": ("tensor", "channel", "group"),
        "symmetric": (True, False),
    },
    "palettize": {"bits": (4, 3, 2), "scope": ("tensor", "group")},
    "calibrate": {"batches": (8, 32)},
    "fine-tune": {"epochs": (1, 2, 5), "rate": (0.01, 0.001), "keep_masks": (True,)},
    "factorize": {"energy": tuple(percent / 100 for percent in range(50, 100))},
}


def model(model_id: int, parent: Model | None = None, step: Step | None = None, **changes: Any) -> Model:
    """Return a finished model: a base where no parent is given. `changes` replace any other field."""
    values: dict[str, Any] = {
        "id": ModelId(model_id),
        "project_id": ProjectId(1),
        "name": f"model {model_id}",
        "identity": f"identity {model_id}",
        "status": RunStatus.SUCCEEDED,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "parent_id": parent.id if parent else None,
        "step": step,
        "origin": _origin(step),
        "source": None if step else Source("residual-cnn"),
    }
    return Model(**(values | changes))


def _origin(step: Step | None) -> Origin:
    if step is None:
        return Origin.IMPORTED
    return Origin.TRAINED if trains(step) else Origin.DERIVED


def chain(size: int) -> list[Model]:
    """Return `size` models of which each was made from the one before, by three techniques in turn."""
    models = [model(1)]
    for number in range(2, size + 1):
        technique = ("prune", "fine-tune", "quantize")[number % 3]
        value = {"prune": "sparsity", "fine-tune": "epochs", "quantize": "bits"}[technique]
        models.append(model(number, models[-1], Step(technique, {value: number})))
    return models


def forest(size: int, *, seed: int = 0, bases: int = 3, depth: int = 9, busiest: int = 300) -> list[Model]:
    """Return `size` models of different recipes on several bases, parents first.

    depth: most steps on a path. busiest: children of the first base, at most half of all models.
    """
    rng = random.Random(seed)  # noqa: S311 - a forest needs to be repeatable, not secret
    models = [model(number) for number in range(1, min(bases, size) + 1)]
    depths = {base.id: 0 for base in models}
    made: set[tuple[ModelId, str, int]] = set()
    while len(models) < size:
        many = len(models) < min(busiest, size // 2)
        parent = models[0] if many else rng.choice(models[-400:] if rng.random() < 0.5 else models)
        step, model_seed = _step(rng), rng.choice((0, 0, 0, 1, 2)) if parent.step is None else parent.seed
        if depths[parent.id] >= depth or (parent.id, step.canonical(), model_seed) in made:
            continue
        made.add((parent.id, step.canonical(), model_seed))
        metrics = _metrics(rng, depths[parent.id] + 1)
        child = model(len(models) + 1, parent, step, seed=model_seed, metrics=metrics)
        models.append(child)
        depths[child.id] = depths[parent.id] + 1
    return models


def _step(rng: random.Random) -> Step:
    technique = rng.choice(sorted(OPERATIONS))
    parameters = OPERATIONS[technique]
    return Step(technique, {name: rng.choice(values) for name, values in parameters.items()})


def _metrics(rng: random.Random, depth: int) -> dict[str, float]:
    """Return figures in plausible ranges; one model in ten lacks one of them."""
    metrics = {"accuracy": rng.uniform(0.1, 0.95), "size": 1e6 / (depth + rng.random())}
    if rng.random() < 0.1:
        del metrics[rng.choice(sorted(metrics))]
    return metrics
