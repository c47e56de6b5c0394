"""How far the layers of a model drift from a baseline's for single instances, and for whom most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import Inputs
from core.inspection.activations import common_calls, first_tensor, layer_calls, prepared
from core.inspection.calls import Key
from core.inspection.stepwise_forward import StepwiseForward
from core.inspection.weights import Arrays

DRAWS = 1000


def instance_drift(
    module: nn.Module, baseline: nn.Module, batches: Iterable[Inputs], renamed: Mapping[str, str]
) -> tuple[list[Key], NDArray[np.float64]]:
    """Return the calls that both models make, and `(instances, calls)` relative L2 of each instance's output.

    It is the norm of the difference from the baseline's output over the norm of that; NaN where a shape
    differs, where instances are not the first axis, or where a norm is 0 or not finite. Both models are
    walked through side by side, so that one layer's output of each is kept at a time. renamed: the model's
    module by name of the baseline's. All batches make the same calls.
    """
    keys: list[Key] = []
    rows: list[NDArray[np.float64]] = []
    for inputs in batches:
        probe, other_probe = prepared(module, inputs), prepared(baseline, inputs)
        shared = common_calls(layer_calls(module, probe), layer_calls(baseline, other_probe), renamed)
        keys = keys or list(shared)
        rows.append(_batch(module, baseline, (probe, other_probe), shared))
    return keys, np.concatenate(rows) if rows else np.zeros((0, 0))


def _batch(
    module: nn.Module, baseline: nn.Module, probes: tuple[Inputs, Inputs], shared: Mapping[Key, Key]
) -> NDArray[np.float64]:
    instances = len(first_tensor(probes[0]))
    found = np.full((instances, len(shared)), np.nan)
    threads = max(1, torch.get_num_threads() // 2)
    with ExitStack() as stack:
        walk = stack.enter_context(StepwiseForward(module, probes[0], shared.keys(), threads=threads))
        other = stack.enter_context(StepwiseForward(baseline, probes[1], shared.values(), threads=threads))
        for place in range(len(shared)):
            other.proceed()
            present, former = walk.step(), other.step()
            if present is None or former is None:
                break
            found[:, place] = _relative(present.output, former.output, instances)
            del present, former
    return found


def _relative(output: Tensor | None, reference: Tensor | None, instances: int) -> NDArray[np.float64]:
    unknown = np.full(instances, np.nan)
    if output is None or reference is None or output.shape != reference.shape or len(output) != instances:
        return unknown
    before = reference.reshape(instances, -1).double()
    difference = (output.reshape(instances, -1).double() - before).norm(dim=1)
    ratio = (difference / before.norm(dim=1)).cpu().numpy()
    return np.where(np.isfinite(ratio), ratio, np.nan)


def group_drift(drift: NDArray[np.float64], chosen: int, *, seed: int = 0, draws: int = DRAWS) -> Arrays:
    """Compare the mean drift of the first instances with random groups of their size from the others.

    drift: `(instances, calls)`, those of the group first. chosen: how many these are, at most half.

    group: mean drift of the group. control: mean over all draws; control_low, control_high: 2.5th and 97.5th
    percentile of the draws' means. excess: group over control; excess_low, excess_high: over the percentiles.
    p: share of draws that reach the group's mean, at least 1 / (draws + 1). p_adjusted: the same after Holm's
    correction for the number of layers. draws `(1,)`: how many.
    """
    generator = np.random.default_rng(seed)
    others = drift[chosen:]
    picked = np.argpartition(generator.random((draws, len(others))), chosen - 1, axis=1)[:, :chosen]
    with np.errstate(all="ignore"):
        group = _mean(drift[:chosen])
        means = np.stack([_mean(others[rows]) for rows in picked])
        low, high = np.quantile(means, [0.025, 0.975], axis=0)
        control = _mean(means)
        reached = (means >= group).sum(axis=0)
        p = np.where(np.isfinite(group), (reached + 1) / (draws + 1), np.nan)
        return {
            "group": group,
            "control": control,
            "control_low": low,
            "control_high": high,
            "excess": group / control,
            "excess_low": group / high,
            "excess_high": group / low,
            "p": p,
            "p_adjusted": _holm(p),
            "draws": np.array([draws], np.int64),
        }


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means over the first axis without NaN; NaN where there is nothing else."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    found: NDArray[np.float64] = total / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    return found


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p values for as many tests as there are numbers: S. Holm, Scand. J. Statist. 6, 1979."""
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    adjusted = np.full(len(p), np.nan)
    steps = p[order] * (len(order) - np.arange(len(order)))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
