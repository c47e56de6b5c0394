"""Which parts of a model bear a step: it is applied to one part at a time, and each result is evaluated.

A part is a layer, the layers that lose units together (such as attention heads), or a group of layers, see
`core.inspection.layer_groups`. `verdict` is the share of the damage that rounded activations cause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.compression.activation_quantization.activations import DynamicQuantizer, StaticQuantizer
from core.compression.base import Context, apply_step
from core.compression.edits import replace_child
from core.compression.encoding.storage import store
from core.compression.layers import Layer
from core.compression.model import CompressibleModel
from core.domain.measurement.formulas import sqnr_db
from core.domain.measurement.sensitivity import Grouping
from core.domain.recipe import Step
from core.errors import UnusableInput
from core.inspection.layer_groups import LayerGroup, parts
from core.inspection.tensors.distances import distance
from core.inspection.weights import Arrays
from core.ports import Progress, Silent

METRIC = "metric."  # before the names of arrays of metrics
CHANGE, LOW, HIGH = "change.", "low.", "high."  # before the names of arrays of changes and their intervals
Scores = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Measured:
    """A model on a sample: metrics by name, and `(instances,)` by name of the metric that is their mean."""

    metrics: Mapping[str, float]
    scores: Scores = field(default_factory=dict)


Evaluate = Callable[[nn.Module], Measured]
Interval = Callable[[NDArray[np.generic], NDArray[np.generic]], tuple[float, float]]
"""From the scores of instances before and after, the ends of the interval of their mean difference."""


@dataclass(frozen=True)
class Examination:
    """How parts are examined. operations: dense operations of a module for one instance."""

    evaluate: Evaluate
    interval: Interval = lambda _before, _after: (np.nan, np.nan)
    operations: Callable[[nn.Module], int] = lambda _module: 0
    grouping: Grouping = Grouping.MODULE
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Row:
    """What is known of one part: sizes before and after, and what it does to the metrics."""

    part: LayerGroup
    kind: str
    bits_before: int
    bits_after: int = -1
    relative_l2: float = np.nan
    flops_saved: float = np.nan
    measured: Measured | None = None
    estimate: float = np.nan
    problem: str = ""


def sensitivity(
    model: CompressibleModel, step: Step, context: Context, how: Examination
) -> tuple[Mapping[str, float], Arrays]:
    """Return the metrics of the model as it is, and arrays `(parts,)`; the model is not changed.

    layer, module_type: names of the parts that the step's rules allow to touch (text); the module around
        them where layers go together, empty if that is the whole model. modules: all names of a part, one
        a line, which rules may include.
    weights: int64, numbers in the part's weights. bits_before, bits_after: int64, what storing it takes
        with and without the step; -1 where the step refused. sqnr_db: float64, of the weights.
    flops_saved: float64, dense operations that the whole model needs less for one instance.
    metric.<name>: float64, the metric if only this part is compressed; NaN where the step refused.
    change.<name>, low.<name>, high.<name>: its difference from the model as it is, on the same instances,
        and the 95 % interval, for metrics that are means over instances.
    problem: why it refused, empty where it did not.

    Raises:
        UnusableInput: the rules leave no layer to compress, or every part refuses the step.
    """
    found = require_parts(model, step, how.grouping)
    how.progress.report(0.0, "the model as it is")
    before = how.evaluate(model.copy().module)
    rows = []
    for done, part in enumerate(found, start=1):
        how.progress.report(done / (len(found) + 1), f"{part.name} ({done} of {len(found)})")
        rows.append(_examined(model, part, step, context, how))
    if all(row.problem for row in rows):
        raise UnusableInput(f"No layer bears the step alone: {rows[0].problem}", "Choose another step.")
    return before.metrics, described(rows) | _outcomes([row.measured for row in rows], before, how.interval)


def verdict(
    model: CompressibleModel, step: Step, context: Context, how: Examination
) -> tuple[Mapping[str, float], Arrays]:
    """Return what rounding weights alone, activations alone and both do to the whole model.

    The arrays are as those of `sensitivity`, `(3,)`, without sizes; `layer` says what was rounded.

    Raises:
        UnusableInput: the step rounds no activations.
    """
    how.progress.report(0.0, "the model as it is")
    before = how.evaluate(model.copy().module)
    both = apply_step(step.technique, step.parameters, step.rules, model, replace(context, progress=Silent()))
    if not any(isinstance(child, (StaticQuantizer, DynamicQuantizer)) for child in both.module.modules()):
        raise UnusableInput(
            "The step rounds no activations, so there is nothing to tell apart.",
            "Choose a step that does, such as static or dynamic int8.",
        )
    weights, activations = both.copy(), both.copy()
    for name, child in list(weights.module.named_modules()):
        if isinstance(child, (StaticQuantizer, DynamicQuantizer)):
            replace_child(weights.module, name, nn.Identity())
    with torch.no_grad():
        for name, parameter in model.module.named_parameters():
            activations.module.get_parameter(name).copy_(parameter)
    rounded = {"weights": weights, "activations": activations, "weights and activations": both}
    measured = []
    for done, (name, each) in enumerate(rounded.items(), start=1):
        how.progress.report(done / 4, f"{name} rounded")
        measured.append(how.evaluate(each.module))
    names: Arrays = {"layer": np.array(list(rounded), dtype=np.str_)}
    return before.metrics, names | _outcomes(measured, before, how.interval)


def require_parts(model: CompressibleModel, step: Step, grouping: Grouping) -> list[LayerGroup]:
    """Return the parts that the step may touch; `UnusableInput` if there is none."""
    found = parts(model, step, grouping)
    if not found:
        raise UnusableInput("The layer rules leave no layer to examine.", "Widen the layer rules.")
    return found


def row_of(model: CompressibleModel, part: LayerGroup) -> Row:
    """Return what is known of a part before anything is done to it."""
    names = {layer.name for layer in part.layers}
    owner = part.layers[0].name if len(names) == 1 else part.name
    holders = dict(model.module.named_modules())
    kind = type(holders[owner]).__name__ if owner in holders else ""
    return Row(part, kind, sum(_bits(model, layer) for layer in part.layers))


def after(row: Row, result: CompressibleModel) -> Row:
    """Return the row with the sizes and the distance of the part's weights in a result."""
    weights = [result.module.get_parameter(layer.parameter_name).detach() for layer in row.part.layers]
    pairs = list(zip(weights, row.part.layers, strict=True))
    comparable = all(weight.shape == layer.weight.shape for weight, layer in pairs)
    return replace(
        row,
        bits_after=sum(_bits(result, layer) for layer in row.part.layers),
        relative_l2=_relative(pairs) if comparable else np.nan,
        flops_saved=0.0 if comparable else np.nan,
    )


def _relative(pairs: Sequence[tuple[torch.Tensor, Layer]]) -> float:
    if len(pairs) == 1:
        return float(distance(pairs[0][0], pairs[0][1].weight).relative_l2)
    lost = sum(float((new - layer.weight.detach()).double().square().sum()) for new, layer in pairs)
    there = sum(float(layer.weight.detach().double().square().sum()) for _, layer in pairs)
    return float(np.sqrt(lost / there)) if there else np.nan


def _examined(
    model: CompressibleModel, part: LayerGroup, step: Step, context: Context, how: Examination
) -> Row:
    row = row_of(model, part)
    quiet = replace(context, progress=Silent())
    try:
        result = apply_step(step.technique, step.parameters, part.rules(step.rules), model, quiet)
    except UnusableInput as error:
        return replace(row, problem=error.message)
    row = after(row, result)
    if np.isnan(row.flops_saved):
        saved = how.operations(model.module) - how.operations(result.module)
        row = replace(row, flops_saved=float(saved))
    return replace(row, measured=how.evaluate(result.module))


def _bits(model: CompressibleModel, layer: Layer) -> int:
    name = layer.parameter_name
    weight = model.module.get_parameter(name)
    return store(weight, model.encodings.get(name), pruned=name in model.pruned).theoretical_bits


def described(rows: Sequence[Row]) -> Arrays:
    """Return names, sizes and distances of parts, and their problems."""
    return {
        "layer": np.array([row.part.name for row in rows], dtype=np.str_),
        "modules": np.array(["\n".join(row.part.names) for row in rows], dtype=np.str_),
        "module_type": np.array([row.kind for row in rows], dtype=np.str_),
        "weights": np.array(
            [sum(layer.weight.numel() for layer in row.part.layers) for row in rows], np.int64
        ),
        "bits_before": np.array([row.bits_before for row in rows], np.int64),
        "bits_after": np.array([row.bits_after for row in rows], np.int64),
        "flops_saved": np.array([row.flops_saved for row in rows], np.float64),
        "sqnr_db": sqnr_db(np.array([row.relative_l2 for row in rows], np.float64)),
        "problem": np.array([row.problem for row in rows], dtype=np.str_),
    }


def _outcomes(rows: Sequence[Measured | None], before: Measured, interval: Interval) -> Arrays:
    arrays = {
        f"{METRIC}{name}": np.array([row.metrics.get(name, np.nan) if row else np.nan for row in rows])
        for name in before.metrics
    }
    for name, scores in before.scores.items():
        pairs = [(scores, row.scores[name]) if row else None for row in rows]
        ends = [interval(*pair) if pair else (np.nan, np.nan) for pair in pairs]
        arrays[f"{CHANGE}{name}"] = np.array([_difference(*pair) if pair else np.nan for pair in pairs])
        arrays[f"{LOW}{name}"] = np.array([low for low, _ in ends], np.float64)
        arrays[f"{HIGH}{name}"] = np.array([high for _, high in ends], np.float64)
    return arrays


def _difference(before: NDArray[np.generic], then: NDArray[np.generic]) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.mean(then.astype(np.float64) - before.astype(np.float64)))
