"""Which layers bear a step: it is applied to one layer at a time, and each result is evaluated.

Where a technique takes units that several layers hold together, such as attention heads, these layers are
one part, and it is applied to one part at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
from torch import Tensor, nn

from core.compression.base import Context, apply_step, techniques
from core.compression.layers import Layer, compressible_layers
from core.compression.model import CompressibleModel
from core.compression.raw_weights import raw_weights
from core.compression.storage import store
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.inspection.distances import distance, sqnr_db
from core.inspection.weights import Arrays
from core.ports import Progress, Silent

Evaluate = Callable[[nn.Module], Mapping[str, float]]
METRIC = "metric."  # before the names of arrays of metrics


@dataclass(frozen=True)
class _Part:
    """What the step is applied to at a time: a layer, or layers that lose units together."""

    layers: Sequence[Layer]

    @property
    def names(self) -> list[str]:
        return [name for layer in self.layers for name in layer.names]

    @property
    def name(self) -> str:
        """The layer's name, or that of the module which holds all layers of the part."""
        if len(self.layers) == 1:
            return self.layers[0].name
        paths = zip(*(layer.name.split(".") for layer in self.layers), strict=False)
        return ".".join(steps[0] for steps in takewhile(lambda steps: len(set(steps)) == 1, paths))


@dataclass(frozen=True)
class _Row:
    part: _Part
    kind: str
    bits_before: int
    bits_after: int = -1
    relative_l2: float = np.nan
    metrics: Mapping[str, float] | None = None
    problem: str = ""


def sensitivity(
    model: CompressibleModel, step: Step, context: Context, evaluate: Evaluate, progress: Progress
) -> tuple[Mapping[str, float], Arrays]:
    """Return the metrics of the model as it is, and arrays `(layers,)`; the model is not changed.

    layer, module_type: names of the layers that the step's rules allow to touch (fixed-width text); the
        module around them where layers lose units together, empty if that is the whole model.
    weights: int64, numbers in the layer's weight. bits_before, bits_after: int64, what storing it takes
        with and without the step; -1 where the step refused. sqnr_db: float64, of the weight.
    metric.<name>: float64, the metric if only this layer is compressed; NaN where the step refused.
    problem: why it refused, empty where it did not.

    Raises:
        UnusableInput: the rules leave no layer to compress, or every layer refuses the step.
    """
    parts = _parts(model, step)
    if not parts:
        raise UnusableInput("The layer rules leave no layer to examine.", "Widen the layer rules.")
    progress.report(0.0, "the model as it is")
    before = evaluate(model.copy().module)
    rows = []
    for done, part in enumerate(parts, start=1):
        progress.report(done / (len(parts) + 1), f"{part.name} ({done} of {len(parts)})")
        rows.append(_examined(model, part, step, context, evaluate))
    if all(row.problem for row in rows):
        raise UnusableInput(f"No layer bears the step alone: {rows[0].problem}", "Choose another step.")
    return before, _arrays(rows, list(before))


def _parts(model: CompressibleModel, step: Step) -> list[_Part]:
    technique = techniques.get(step.technique)
    every = compressible_layers(model.module)
    allowed = {layer.name for layer in compressible_layers(model.module, step.rules)}
    holders = {name: layer for layer in every for name in layer.names}
    units = technique.units(model.module)
    groups = [
        list(dict.fromkeys(holders[name] for name in each.layers))
        for each in units
        if holders.keys() >= set(each.layers)
    ]
    if not any(len(group) > 1 for group in groups):
        groups = [[layer] for layer in every]
    if technique.raw_weights:
        groups += _by_module(raw_weights(model.module))
        allowed |= {layer.name for layer in raw_weights(model.module, step.rules)}
    return [_Part(group) for group in groups if allowed.issuperset(layer.name for layer in group)]


def _by_module(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Return layers together that rules, which name modules, cannot tell apart."""
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.name, []).append(layer)
    return list(found.values())


def _only(part: _Part, rules: LayerRules) -> LayerRules:
    """Return rules that touch this part alone, with the same exceptions and overrides."""
    return replace(rules, include=tuple(f"^{re.escape(name)}$" for name in part.names))


def _examined(
    model: CompressibleModel, part: _Part, step: Step, context: Context, evaluate: Evaluate
) -> _Row:
    before = sum(_bits(layer.weight, model, layer) for layer in part.layers)
    single = part.layers[0] if len(part.layers) == 1 else None
    module = single.module if single else model.module.get_submodule(part.name)
    row = _Row(part, type(module).__name__, before)
    quiet = replace(context, progress=Silent())
    try:
        result = apply_step(step.technique, step.parameters, _only(part, step.rules), model, quiet)
    except UnusableInput as error:
        return replace(row, problem=error.message)
    weights = [result.module.get_parameter(layer.parameter_name).detach() for layer in part.layers]
    comparable = single is not None and weights[0].shape == single.weight.shape
    return replace(
        row,
        bits_after=sum(_bits(each, result, layer) for each, layer in zip(weights, part.layers, strict=True)),
        relative_l2=distance(weights[0], part.layers[0].weight).relative_l2 if comparable else np.nan,
        metrics=evaluate(result.module),
    )


def _bits(weight: Tensor, model: CompressibleModel, layer: Layer) -> int:
    return store(weight, model.encodings.get(layer.parameter_name)).theoretical_bits


def _arrays(rows: Sequence[_Row], names: Sequence[str]) -> Arrays:
    metrics = {
        f"{METRIC}{name}": np.array([(row.metrics or {}).get(name, np.nan) for row in rows], np.float64)
        for name in names
    }
    return metrics | {
        "layer": np.array([row.part.name for row in rows], dtype=np.str_),
        "module_type": np.array([row.kind for row in rows], dtype=np.str_),
        "weights": np.array(
            [sum(layer.weight.numel() for layer in row.part.layers) for row in rows], np.int64
        ),
        "bits_before": np.array([row.bits_before for row in rows], np.int64),
        "bits_after": np.array([row.bits_after for row in rows], np.int64),
        "sqnr_db": sqnr_db(np.array([row.relative_l2 for row in rows], np.float64)),
        "problem": np.array([row.problem for row in rows], dtype=np.str_),
    }
