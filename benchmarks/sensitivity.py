"""Sensitivities: the estimate against one layer at a time, and the assignment of candidates to 400 layers."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn

from benchmarks.threads import one_thread
from core.comparison.mixed_precision import exact, greedy
from core.compression.base import Context
from core.compression.model import CompressibleModel
from core.data.base import Split, load_data
from core.data.subset import part
from core.domain.measurement.sensitivity import Grouping
from core.domain.recipe import Step
from core.evaluation.base import tasks
from core.execution.registries import load_registries
from core.inspection.estimation import Gradients, estimated
from core.inspection.sensitivity import Examination, Measured, sensitivity
from core.models.training import Schedule, train
from core.ports import Silent

LAYERS, CANDIDATES, BUDGET_SHARES = 400, 6, (0.08, 0.12, 0.16, 0.2, 0.3)
INSTANCES, GRADIENT_INSTANCES, GRADIENT_BATCH = 512, 64, 8
STEPS = (
    Step("weight-only-quantization", {"bits": 3, "granularity": "channel"}),
    Step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer"}),
)


def assignment_seconds() -> Mapping[str, Any]:
    """Return seconds for the optimum of 400 layers x 6 candidates, the median over budgets; limit 0.5 s."""
    chance = np.random.default_rng(0)
    weights = np.exp(chance.normal(11, 1.5, LAYERS))
    bits = np.array([32.0, 8, 6, 4, 3, 2])
    noise = np.exp(chance.normal(0, 0.3, (LAYERS, CANDIDATES)))
    costs = np.exp(chance.normal(-7, 2, LAYERS))[:, None] * 4.0 ** -np.minimum(bits, 20) * noise
    costs[:, 0] = 0
    sizes = np.round(weights[:, None] * bits)
    exact(costs, sizes, float(sizes[:, 0].sum()))  # what is imported at first use
    seconds, gains = [], []
    for share in BUDGET_SHARES:
        start = perf_counter()
        found = exact(costs, sizes, share * float(sizes[:, 0].sum()))
        seconds.append(perf_counter() - start)
        rough = greedy(costs, sizes, share * float(sizes[:, 0].sum()))
        if found is None or rough is None or found.cost > rough.cost:
            raise RuntimeError(f"the optimum {found} is worse than the greedy choice {rough}")
        gains.append(1 - found.cost / rough.cost)
    value = median(seconds)
    figure = {"value": value, "unit": "s", "baseline": 0.5, "ratio": value / 0.5, "runs": len(seconds)}
    return {**figure, "worst_s": max(seconds), "cheaper_than_greedy": median(gains)}


@one_thread()
def cheap_speedup() -> Mapping[str, Any]:
    """Return how many times faster the estimate is than one layer at a time; 34 layers, limit 20.

    spearman: correlation of both over all layers, by the technique.
    """
    load_registries()
    model = CompressibleModel.create("residual-cnn", {"width": 8, "blocks": 5})
    task = tasks.get("image-classification")
    train(model.module, load_data("digits", {}, Split.TRAIN), task=task, schedule=Schedule(6, 0.01))
    model.module.eval()
    data = part(load_data("digits", {}, Split.TEST), INSTANCES)

    def evaluate(module: nn.Module) -> Measured:
        found = task.evaluate(module, data, batch_size=256, device=torch.device("cpu"), progress=Silent())
        return Measured(found.metrics, found.scores)

    ratios, correlations, layers = [], {}, 0
    for step in STEPS:
        start = perf_counter()
        sample = list(part(data, GRADIENT_INSTANCES).batches(GRADIENT_BATCH))
        _, cheap = estimated(model, step, Context(), Gradients(sample, task), Grouping.MODULE)
        between = perf_counter()
        _, measured = sensitivity(model, step, Context(), Examination(evaluate))
        ratios.append((perf_counter() - between) / (between - start))
        order = spearmanr(cheap["estimate"], measured["change.loss"]).statistic
        correlations[step.technique] = round(float(order), 3)
        layers = len(measured["layer"])
    value = median(ratios)
    figure = {"value": value, "unit": "x", "baseline": 20.0, "ratio": value / 20.0, "runs": len(ratios)}
    return {**figure, "layers": layers, "spearman": correlations}


FIGURES = {"assign.milp_s": assignment_seconds, "sensitivity.cheap_speedup": cheap_speedup}
