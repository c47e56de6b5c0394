"""How long it takes to find what differs: between 64 of 5,000 models, and along a chain of 300."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

from core.comparison.variables.variables import what_differs
from core.domain.ids import ModelId
from core.domain.model import Model
from core.testing.projects.forests import chain, forest

MODELS, SELECTED, RUNS = 5000, 64, 30
CHAIN, CHAIN_RUNS = 300, 5


def solve_64() -> dict[str, Any]:
    """Measure the slowest kind of selection: models from anywhere in a deep forest, a new set each time."""
    models = forest(MODELS)
    rng = random.Random(64)
    return _timed(models, [[model.id for model in rng.sample(models, SELECTED)] for _ in range(RUNS)])


def chain_300() -> dict[str, Any]:
    """Measure 300 models of which each was made from the one before, by three techniques in turn."""
    models = chain(CHAIN)
    return _timed(models, [[model.id for model in models]] * CHAIN_RUNS)


def _timed(models: Sequence[Model], selections: Sequence[Sequence[ModelId]]) -> dict[str, Any]:
    """Return the median time that it takes to find what differs in each of the selections."""
    times_ms = []
    for selection in selections:
        start = time.perf_counter()
        what_differs(models, selection)
        times_ms.append((time.perf_counter() - start) * 1000)
    value = round(statistics.median(times_ms), 2)
    return {"value": value, "unit": "ms", "baseline": None, "ratio": None, "runs": len(selections)}


FIGURES = {"variables.solve_ms.64": solve_64, "variables.chain_ms.300": chain_300}
