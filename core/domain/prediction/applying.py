"""What a model's file and arithmetic are after a step, from what the technique says of its effect."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from statistics import NormalDist
from typing import Any

from core.domain.effect import CodeKind, Coding, Effect, Sharing, Structure, holds
from core.domain.module_table import ModuleTable
from core.domain.prediction.stored_bits import scale_table_bits
from core.domain.prediction.weights import Code, ModelState, Weight
from core.domain.recipe import Step
from core.domain.technique import TechniqueSpec

_NORMAL = NormalDist()
_SHAPES = "the shapes of its weights are written down by the next run that reads them"


@dataclass(frozen=True)
class _Touched:
    """A weight that the step changes, and the values that it has for it."""

    weight: Weight
    parameters: Mapping[str, Any]


def applied(state: ModelState, step: Step, spec: TechniqueSpec, table: ModuleTable) -> ModelState:
    """Return the model after a step whose parameters are complete.

    table: modules of the model that the steps start from. What cannot be said is marked as unknown.
    """
    effect = spec.effect
    if effect is None:
        reason = f"{spec.label} does not say what it changes"
        return replace(state, unknown=reason, flops_unknown=reason)
    if effect.unknown(step.parameters):
        reason = f"what {spec.running_label} changes depends on another model"
        return replace(state, unknown=reason, flops_unknown=reason)
    if state.renamed and step.rules.patterns():
        return replace(state, unknown="layer rules after a step that replaces modules")
    touched = _touched(state, step, spec, table)
    if effect.structure is not Structure.KEPT:
        state = _resized(state, touched, spec, (step, table))
        touched = [replace(one, weight=state.weights[one.weight.name]) for one in touched]
    if effect.coding is not None:
        state = _coded(state, touched, effect.coding)
        touched = [replace(one, weight=state.weights[one.weight.name]) for one in touched]
    if effect.zeros:
        state = _zeroed(state, touched, effect)
    further = effect.layer_bytes * sum(one.weight.layer for one in touched)
    return replace(
        state, header_bytes=state.header_bytes + further, renamed=not spec.keeps_modules or state.renamed
    )


def _touched(state: ModelState, step: Step, spec: TechniqueSpec, table: ModuleTable) -> list[_Touched]:
    everything = spec.takes_everything({name: (held,) for name, held in step.parameters.items()}, step.rules)
    names = table.touched(step.rules, raw=spec.raw_weights)
    within = table.within(step.rules) if everything else set()
    only = spec.effect.only if spec.effect else ""
    found = []
    for weight in state.weights.values():
        reached = set(weight.names) & (names if weight.layer else within)
        if not reached or (not weight.layer and weight.numbers < 2):
            continue
        kinds = (f"{name}: {table.types.get(name, '')}" for name in weight.names)
        if only and not any(re.search(only, kind) for kind in kinds):
            continue
        own = dict(step.parameters)
        for name in weight.names:
            own |= step.rules.overridden(name)
        found.append(_Touched(weight, own))
    return found


def _coded(state: ModelState, touched: Sequence[_Touched], coding: Coding) -> ModelState:
    weights, unknown = dict(state.weights), state.unknown
    for one in touched:
        code = _code(one, coding)
        if code is None:
            unknown = unknown or _SHAPES
        else:
            weights[one.weight.name] = _rounded(one, coding, code)
    return replace(state, weights=weights, unknown=unknown)


def _code(one: _Touched, coding: Coding) -> Code | None:
    """Return the codes of a weight; None where that hangs on a shape nobody wrote down."""
    weight, bits = one.weight, coding.bits.of(one.parameters)
    if bits is None:
        return weight.code or Code(weight.number_bits, 0.0)
    shared = coding.shared_by(one.parameters) if weight.layer else Sharing.TENSOR
    if shared is not Sharing.TENSOR and not weight.outputs:
        return None
    palette = coding.kind is CodeKind.PALETTE
    if coding.kind is CodeKind.FLOAT and shared is Sharing.TENSOR and weight.code and weight.code.palette:
        return weight.code
    tables = _tables(weight, shared, _group(one, coding), palette=palette)
    if palette:
        return Code(bits, tables * 2**bits * weight.number_bits, palette=True)
    return Code(bits, scale_table_bits(tables, zero_points=_zero_points(one, coding)))


def _rounded(one: _Touched, coding: Coding, code: Code) -> Weight:
    """Return a weight with codes, and with the zeros that a grid makes of small weights."""
    weight = one.weight
    if coding.kind is not CodeKind.GRID or code.palette:
        return replace(weight, code=code, rounded=0.0)
    shared = coding.shared_by(one.parameters) if weight.layer else Sharing.TENSOR
    of_channel = weight.numbers / max(1, weight.outputs)
    block = {
        Sharing.TENSOR: weight.numbers / weight.matrices,
        Sharing.CHANNEL: of_channel,
        Sharing.GROUP: min(of_channel, _group(one, coding)),
    }[shared]
    rounded = _rounded_share(block, code.bits, _zero_points(one, coding))
    return replace(
        weight,
        code=code,
        rounded=rounded,
        masked=weight.masked or (weight.pruned and rounded > weight.zeros),
        may_be_masked=weight.pruned,
    )


@lru_cache(1024)
def _rounded_share(block: float, bits: float, zero_points: bool) -> float:
    """Return the share of weights that a grid rounds to zero.

    They are taken to be normally distributed, and the largest of a block to be the median of such.
    """
    largest = _NORMAL.inv_cdf((1 + 0.5 ** (1 / max(1.0, block))) / 2)
    steps = 2**bits - 1 if zero_points else 2 ** (bits - 1) - 1
    step = largest * (2 if zero_points else 1) / steps
    return 2 * _NORMAL.cdf(step / 2) - 1


def _group(one: _Touched, coding: Coding) -> int:
    return int(one.parameters.get(coding.group, 0) or 1)


def _zero_points(one: _Touched, coding: Coding) -> bool:
    return bool(coding.zero_points_with) and holds(coding.zero_points_with, one.parameters)


def _tables(weight: Weight, shared: Sharing, group: int, *, palette: bool) -> int:
    """Return how many scales or palettes a weight has; groups are of outputs for palettes, else of inputs."""
    if shared is Sharing.TENSOR:
        return weight.matrices
    if shared is Sharing.CHANNEL:
        return weight.outputs
    if palette:
        return weight.matrices * ceil(weight.outputs / weight.matrices / max(1, group))
    return weight.outputs * ceil(weight.numbers / weight.outputs / max(1, group))


def _zeroed(state: ModelState, touched: Sequence[_Touched], effect: Effect) -> ModelState:
    """Return the model with zeros; where all layers compete, each is taken to lose the same share."""
    weights = dict(state.weights)
    for one in touched:
        share = effect.sparsity(one.parameters)
        if share is not None:
            weights[one.weight.name] = replace(one.weight, zeros=max(share, one.weight.zeros), pruned=True)
    return replace(state, weights=weights)


def _resized(
    state: ModelState, touched: Sequence[_Touched], spec: TechniqueSpec, context: tuple[Step, ModuleTable]
) -> ModelState:
    effect, (step, table) = spec.effect, context
    if effect is None:
        return state
    if effect.structure is Structure.UNITS:
        return _without_units(state, spec, step, table)
    if effect.structure is Structure.FACTORS and all(
        amount.of(one.parameters) is None
        for one in touched
        for amount in (effect.size, effect.rank)
        if amount
    ):
        return _smaller(state)
    if effect.structure is Structure.FACTORS:
        return _factorized(state, touched, spec, table)
    return _smaller(state)


def _smaller(state: ModelState) -> ModelState:
    """Return the model with what it had as upper limits; codes may be lost, as channels of a group part."""
    weights = {name: replace(weight, code=None) for name, weight in state.weights.items()}
    return replace(state, weights=weights, at_most=True, flops_at_most=True)


def _without_units(state: ModelState, spec: TechniqueSpec, step: Step, table: ModuleTable) -> ModelState:
    removed = spec.effect.removed if spec.effect else None
    groups = table.reached(spec, step.rules)
    if groups is None or removed is None:
        return replace(state, unknown=_SHAPES, flops_unknown=_SHAPES)
    left: dict[str, float] = {}
    for group in groups:
        own = dict(step.parameters)
        for name in group.layers[:1]:
            own |= step.rules.overridden(name)
        goes = min(group.count - 1, round((removed.of(own) or 0.0) * group.count))
        for name in group.layers:
            left[name] = left.get(name, 1.0) * (1 - goes / group.count)
    return _scaled(state, left)


def _factorized(
    state: ModelState, touched: Sequence[_Touched], spec: TechniqueSpec, table: ModuleTable
) -> ModelState:
    largest = {name: units.count for units in table.units.get(spec.name, ()) for name in units.layers}
    left, outputs, unknown = {}, {}, ""
    for one in touched:
        weight, name = one.weight, one.weight.names[0]
        if name not in largest:
            continue
        if not weight.outputs:
            unknown = _SHAPES
            continue
        numbers = weight.numbers / weight.matrices
        ends = weight.outputs / weight.matrices + weight.numbers / weight.outputs
        rank = _rank(spec.effect, one.parameters, numbers / ends)
        if rank is not None and rank <= largest[name]:
            left[name] = rank * ends / numbers
            outputs[weight.name] = weight.outputs + rank * weight.matrices
    state = _scaled(state, left, weights_only=True)
    weights = {
        name: replace(
            weight, outputs=outputs.get(name, weight.outputs), code=None if name in outputs else weight.code
        )
        for name, weight in state.weights.items()
    }
    return replace(state, weights=weights, unknown=state.unknown or unknown)


def _rank(effect: Effect | None, parameters: Mapping[str, Any], largest: float) -> int | None:
    size = effect.size.of(parameters) if effect and effect.size else None
    if size is not None:
        return max(1, int(size * largest))
    rank = effect.rank.of(parameters) if effect and effect.rank else None
    return None if rank is None else int(rank)


def _scaled(state: ModelState, left: Mapping[str, float], *, weights_only: bool = False) -> ModelState:
    """Return the model with only a share of some modules' numbers and operations."""
    weights = {}
    for name, weight in state.weights.items():
        share = left.get(weight.names[0], 1.0) if weight.layer or not weights_only else 1.0
        outputs = (
            max(1, round(weight.outputs * share)) if weight.outputs and not weights_only else weight.outputs
        )
        weights[name] = replace(weight, numbers=round(weight.numbers * share), outputs=outputs)
    operations = {name: part * left.get(name, 1.0) for name, part in state.operations.items()}
    unknown = "" if operations or not left else "its layers were not profiled"
    return replace(
        state, weights=weights, operations=operations, flops_unknown=state.flops_unknown or unknown
    )
