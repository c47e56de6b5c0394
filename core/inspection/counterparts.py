"""Which weights and modules of two models stand for each other, found by lineage and by name.

Models of one architecture are built without numbers and taken through the edits of their lineage, so that a
layer keeps its identity when others are removed before it, and the slices that pruning left are known.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from core.compression.edits import AppliedEdit, edits, replay
from core.domain.measurement.evaluation import Standing
from core.models.base import Architecture
from core.models.onnx_runtime.runtime_module import OnnxModule

_Cuts = tuple[tuple[AppliedEdit, str], ...]


@dataclass(frozen=True)
class Counterpart:
    """What a weight stands for.

    name: of the baseline's weight, empty where it has none. cuts: the edits that cut that weight to the shape
    of the model's, each with the weight's name before it.
    """

    standing: Standing
    name: str = ""
    cuts: _Cuts = ()

    def cut(self, value: Tensor) -> Tensor | None:
        """Return what the cuts leave of the baseline's weight; None if that cannot be told."""
        found: Tensor | None = value
        for edit, name in self.cuts:
            found = None if found is None else edits.get(edit.name).sliced(name, found, edit.arguments)
        return found


@dataclass(frozen=True)
class Matching:
    """How the weights of a model and of its baseline belong together.

    module, other: both, without numbers. weights: by name of each of the model's parameters. removed: names
    of the baseline's parameters that nothing stands for. modules: the model's by name of the baseline's.
    """

    module: nn.Module
    other: nn.Module
    weights: Mapping[str, Counterpart]
    removed: Sequence[str]
    modules: Mapping[str, str]


@dataclass
class _Traced:
    """Where the present names of a module come from, and what was cut from the weights on the way."""

    parameters: dict[str, str]
    modules: dict[str, str]
    factors: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, _Cuts] = field(default_factory=dict)


class MatchedWeights(Mapping[str, Tensor]):
    """The baseline's weights by the names of the model's that stand for them, cut to their shape."""

    def __init__(self, values: Mapping[str, Tensor], matching: Matching) -> None:
        self._values, self._matching = values, matching

    def __getitem__(self, name: str) -> Tensor:
        found = self._matching.weights[name]
        value = found.cut(self._values[found.name]) if found.name else None
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._matching.weights)

    def __len__(self) -> int:
        return len(self._matching.weights)


class Described(Protocol):
    """A model, loaded or stored, of which it is known how its module is built."""

    @property
    def architecture(self) -> Architecture:
        """What builds the module."""

    @property
    def edits(self) -> tuple[AppliedEdit, ...]:
        """What was changed of it since."""


def matched(now: Described, before: Described, module: nn.Module | None = None) -> Matching:
    """Return how the weights of two models belong together; of different architectures by name.

    module: the first model's, where it is there already; taken for both if they are built alike.
    """
    if (now.architecture, now.edits) == (before.architecture, before.edits):
        module = module or _built(now)
        return _paired(module, module, _unmoved(module), _unmoved(module))
    if now.architecture != before.architecture:
        module, other = _as_is(module) or _built(now), _built(before)
        return _paired(module, other, _unmoved(module), _unmoved(other))
    pairs = zip(now.edits, before.edits, strict=False)
    shared = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    module = _built(now, shared)
    other = copy.deepcopy(module)
    rest = len(shared)
    return _paired(module, other, _traced(module, now.edits[rest:]), _traced(other, before.edits[rest:]))


def _as_is(module: nn.Module | None) -> nn.Module | None:
    """Return the module of an ONNX file, which nothing but its file can build."""
    return module if isinstance(module, OnnxModule) else None


def _built(stored: Described, applied: Sequence[AppliedEdit] | None = None) -> nn.Module:
    """Return a module without numbers; with drawn ones where its code cannot do without."""
    chosen = stored.edits if applied is None else applied
    try:
        with torch.device("meta"):
            module = stored.architecture.build()
            replay(module, chosen)
    except (RuntimeError, NotImplementedError, TypeError, ValueError):
        module = stored.architecture.build()
        replay(module, chosen)
    return module


def _unmoved(module: nn.Module) -> _Traced:
    parameters = {name: name for name, _ in module.named_parameters()}
    return _Traced(parameters, {name: name for name, _ in module.named_modules()})


def _traced(module: nn.Module, applied: Sequence[AppliedEdit]) -> _Traced:
    """Carry out edits and return where what there is afterwards comes from."""
    found = _unmoved(module)
    for edit in applied:
        parameters, modules = dict(module.named_parameters()), dict(module.named_modules())
        with torch.device("meta") if _on_meta(module) else torch.device("cpu"):
            replay(module, [edit])
        now = dict(module.named_parameters())
        moves = _moves(parameters, now)
        factors = _factors(set(parameters) - set(moves.values()), set(now) - set(moves))
        kept = _moves(modules, dict(module.named_modules()))
        found = _Traced(
            {new: found.parameters[old] for new, old in moves.items() if old in found.parameters},
            {new: found.modules[old] for new, old in kept.items() if old in found.modules},
            {new: found.factors[old] for new, old in moves.items() if old in found.factors}
            | {new: found.parameters[old] for new, old in factors.items() if old in found.parameters},
            {
                new: (
                    *found.cuts.get(old, ()),
                    *(((edit, old),) if now[new].shape != parameters[old].shape else ()),
                )
                for new, old in moves.items()
            },
        )
    return found


def _on_meta(module: nn.Module) -> bool:
    return all(parameter.is_meta for parameter in module.parameters())


def _moves(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Return the former name of each thing by its present one: of the same object, else of the same name."""
    names = {id(thing): name for name, thing in before.items()}
    moved = {new: names[id(thing)] for new, thing in now.items() if id(thing) in names}
    taken = set(moved.values())
    return {new: moved.get(new, new) for new in now if new in moved or (new in before and new not in taken)}


def _factors(gone: set[str], new: set[str]) -> dict[str, str]:
    """Return the weight that each new one is a factor of: a part of its module, or its name with an end."""
    found = {}
    for name in sorted(new):
        leaf = name.rpartition(".")[2]
        for old in gone:
            owner, _, old_leaf = old.rpartition(".")
            inside = leaf == old_leaf and name.startswith(f"{owner}." if owner else "")
            if inside or name.startswith(f"{old}_"):
                found[name] = old
    return found


def _paired(module: nn.Module, other: nn.Module, now: _Traced, before: _Traced) -> Matching:
    values = {name: value for name, value in module.named_parameters() if value.is_floating_point()}
    olds = {name: value for name, value in other.named_parameters() if value.is_floating_point()}
    places = {root: name for name, root in before.parameters.items()}
    weights = {name: _counterpart(name, value, olds, (now, before, places)) for name, value in values.items()}
    stood_for = {found.name for found in weights.values()}
    roots = {root: name for name, root in before.modules.items()}
    modules = {roots[root]: name for name, root in now.modules.items() if root in roots}
    for name, found in weights.items():
        if found.standing is Standing.FACTORIZED:  # what the last factor puts out is what the whole layer did
            modules[found.name.rpartition(".")[0]] = name.rpartition(".")[0]
    return Matching(module, other, weights, [name for name in olds if name not in stood_for], modules)


def _counterpart(
    name: str,
    value: Tensor,
    olds: Mapping[str, Tensor],
    traces: tuple[_Traced, _Traced, Mapping[str, str]],
) -> Counterpart:
    now, before, places = traces
    factor = now.factors.get(name)
    if factor is not None:
        if before.factors.get(name) == factor and olds[name].shape == value.shape:
            return Counterpart(Standing.SAME, name)
        whole = places.get(factor, "")
        return Counterpart(Standing.FACTORIZED if whole else Standing.ADDED, whole)
    old = places.get(now.parameters.get(name, ""), "")
    if old not in olds:
        return Counterpart(Standing.ADDED)
    cuts, other_cuts = now.cuts.get(name, ()), before.cuts.get(old, ())
    if olds[old].shape == value.shape and cuts == other_cuts:
        return Counterpart(Standing.SAME, old)
    return Counterpart(Standing.RESHAPED, old, () if other_cuts else cuts)
