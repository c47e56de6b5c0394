"""How long it takes to find what differs: between 64 of 5,000 models, and along a chain of 300."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

from core.comparison.variables import what_differs
from core.testing.forests import chain, forest

MODELS, SELECTED, RUNS = 5000, 64, 30
CHAIN, CHAIN_RUNS = 300, 5


def solve_64() -> dict[str, Any]:
    """Measure the slowest kind of selection: models from anywhere in a deep forest, a new set each time."""
    models = forest(MODELS)
    rng = random.Random(64)
    times_ms = []
    for _ in range(RUNS):
        selection = [model.id for model in rng.sample(models, SELECTED)]
        start = time.perf_counter()
        what_differs(models, selection)
        times_ms.append((time.perf_counter() - start) * 1000)
    return {
        "value": round(statistics.median(times_ms), 2),
        "unit": "ms",
        "baseline": None,
        "ratio": None,
        "runs": RUNS,
    }


def chain_300() -> dict[str, Any]:
    """Measure 300 models of which each was made from the one before, by three techniques in turn."""
    models = chain(CHAIN)
    selection = [model.id for model in models]
    times_ms = []
    for _ in range(CHAIN_RUNS):
        start = time.perf_counter()
        what_differs(models, selection)
        times_ms.append((time.perf_counter() - start) * 1000)
    return {
        "value": round(statistics.median(times_ms), 2),
        "unit": "ms",
        "baseline": None,
        "ratio": None,
        "runs": CHAIN_RUNS,
    }


FIGURES = {"variables.solve_ms.64": solve_64, "variables.chain_ms.300": chain_300}
