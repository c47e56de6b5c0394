"""Which layers bear a step: it is applied to one layer at a time, and each result is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from core.compression.base import Context, apply_step
from core.compression.layers import Layer, compressible_layers
from core.compression.model import CompressibleModel
from core.compression.storage import store
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.inspection.distances import distance, sqnr_db
from core.inspection.weights import Arrays
from core.models.training import Silent
from core.ports import Progress

Evaluate = Callable[[nn.Module], Mapping[str, float]]
METRIC = "metric."  # before the names of arrays of metrics


@dataclass(frozen=True)
class _Row:
    layer: Layer
    bits_before: int
    bits_after: int = -1
    relative_l2: float = np.nan
    metrics: Mapping[str, float] | None = None
    problem: str = ""


def sensitivity(
    model: CompressibleModel, step: Step, context: Context, evaluate: Evaluate, progress: Progress
) -> tuple[Mapping[str, float], Arrays]:
    """Return the metrics of the model as it is, and arrays `(layers,)`; the model is not changed.

    layer, module_type: names of the layers that the step's rules allow to touch (fixed-width text).
    weights: int64, numbers in the layer's weight. bits_before, bits_after: int64, what storing it takes
        with and without the step; -1 where the step refused. sqnr_db: float64, of the weight.
    metric.<name>: float64, the metric if only this layer is compressed; NaN where the step refused.
    problem: why it refused, empty where it did not.

    Raises:
        UnusableInput: the rules leave no layer to compress.
    """
    layers = compressible_layers(model.module, step.rules)
    if not layers:
        raise UnusableInput("The layer rules leave no layer to examine.", "Widen the layer rules.")
    progress.report(0.0, "the model as it is")
    before = evaluate(model.copy().module)
    rows = []
    for done, layer in enumerate(layers, start=1):
        progress.report(done / (len(layers) + 1), f"{layer.name} ({done} of {len(layers)})")
        rows.append(_examined(model, layer, step, context, evaluate))
    return before, _arrays(rows, list(before))


def only(layer: Layer, rules: LayerRules) -> LayerRules:
    """Return rules that touch this layer alone, with the same exceptions and overrides."""
    return replace(rules, include=tuple(f"^{re.escape(name)}$" for name in layer.names))


def _examined(
    model: CompressibleModel, layer: Layer, step: Step, context: Context, evaluate: Evaluate
) -> _Row:
    encoding = model.encodings.get(layer.parameter_name)
    row = _Row(layer, store(layer.weight, encoding).theoretical_bits)
    quiet = replace(context, progress=Silent())
    try:
        result = apply_step(step.technique, step.parameters, only(layer, step.rules), model, quiet)
    except UnusableInput as error:
        return replace(row, problem=error.message)
    weight = result.module.get_parameter(layer.parameter_name).detach()
    same_shape = weight.shape == layer.weight.shape
    return replace(
        row,
        bits_after=store(weight, result.encodings.get(layer.parameter_name)).theoretical_bits,
        relative_l2=distance(weight, layer.weight).relative_l2 if same_shape else np.nan,
        metrics=evaluate(result.module),
    )


def _arrays(rows: Sequence[_Row], names: Sequence[str]) -> Arrays:
    metrics = {
        f"{METRIC}{name}": np.array([(row.metrics or {}).get(name, np.nan) for row in rows], np.float64)
        for name in names
    }
    return metrics | {
        "layer": np.array([row.layer.name for row in rows], dtype=np.str_),
        "module_type": np.array([type(row.layer.module).__name__ for row in rows], dtype=np.str_),
        "weights": np.array([row.layer.weight.numel() for row in rows], np.int64),
        "bits_before": np.array([row.bits_before for row in rows], np.int64),
        "bits_after": np.array([row.bits_after for row in rows], np.int64),
        "sqnr_db": sqnr_db(np.array([row.relative_l2 for row in rows], np.float64)),
        "problem": np.array([row.problem for row in rows], dtype=np.str_),
    }
