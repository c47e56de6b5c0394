"""What a technique is to everybody but the workers: a name, a document and typed parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from core.domain.effect import Effect
from core.domain.parameter.spec import ParameterSpec, met
from core.domain.parameter.traits import CountedUnits
from core.presentation.labels import in_sentence

TEACHER_PARENT = "parent"
TEACHER_BASE = "base"
"""What a parameter that names a teacher may say instead of a model's id: the parent, the oldest ancestor."""


class Family(StrEnum):
    """What kind of compression a technique is; lists of techniques are grouped by it, in this order."""

    WEIGHT_PRUNING = "weight pruning"  # single weights become zero, the shape stays
    STRUCTURED_PRUNING = "structured pruning"  # whole channels, neurons or heads are removed
    QUANTIZATION = "quantization"
    PALETTIZATION = "palettization"
    LOW_RANK = "low rank"
    DISTILLATION = "distillation"
    TRAINING = "training"
    CORRECTION = "correction"  # repairs what compression changed, without training
    EXPORT = "export"  # a file that another runtime computes
    OTHER = "other"  # plug-ins that do not say


class Storage(StrEnum):
    """Whether a technique's saving is in the stored file, or only acted out in arithmetic."""

    STORED = "stored"
    SIMULATED = "simulated"
    UNCHANGED = "unchanged"  # recovery steps keep the encoding they find


@dataclass(frozen=True)
class TechniqueSpec:
    """One technique as workers publish it in their catalogue.

    units: what the technique as a whole counts; parameters have units of their own.
    headline: parameters worth showing on the map, in order.
    stochastic: whether the seed changes the result; where not, models of all seeds are one model.
    version: changes whenever the same parameters would give other weights; part of a model's identity.
    unavailable: why this worker cannot offer it, empty where it can.
    keeps_modules: whether the model's modules keep their names, so that what later steps say of modules can
        be checked before anything is made.
    works_on: regular expression, searched in `<name>: <type>`, which some module of a model must match;
        empty: any model may do.
    needs_layers: whether layer rules must leave it a weight of a convolution, linear or embedding layer.
    runtime: what computes the result instead of PyTorch, so that no step can follow; empty: PyTorch.
    raw_weights: whether it also takes weights that modules multiply by themselves, such as stacked experts.
    effect: what it does to size and arithmetic; None where it does not say, so that they are not predicted.
    """

    name: str
    label: str
    summary: str
    documentation: str
    version: str
    parameters: tuple[ParameterSpec, ...]
    storage: Storage
    headline: tuple[str, ...] = ()
    needs_data: bool = False
    stochastic: bool = False
    unavailable: str = ""
    keeps_modules: bool = True
    works_on: str = ""
    needs_layers: bool = False
    raw_weights: bool = False
    runtime: str = ""
    family: Family = Family.OTHER
    units: CountedUnits | None = None
    effect: Effect | None = None

    @property
    def running_label(self) -> str:
        """The label as it stands in a sentence, e.g. `magnitude pruning` or `GPTQ rounding`."""
        return in_sentence(self.label)

    @cached_property
    def by_name(self) -> Mapping[str, ParameterSpec]:
        """The parameters by name, in their order."""
        return {one.name: one for one in self.parameters}

    def uses(self, name: str, parameters: Mapping[str, Any]) -> bool:
        """Return whether a parameter has any effect beside the others, and says more than the default."""
        if name == self.teacher and parameters.get(name) == TEACHER_PARENT:
            return False
        about = self.by_name.get(name)
        return about is None or about.used_beside(parameters)

    def takes_everything(self, values: Mapping[str, Sequence[Any]], rules: LayerRules) -> bool:
        """Return whether some of a sweep's values, or a rule's, make it touch more than weight matrices."""
        for name, about in self.by_name.items():
            if about.everything_with:
                held = [*values.get(name, ()), *(override.get(name) for _, override in rules.overrides)]
                return about.everything_with in held
        return False

    def idle(self, values: Mapping[str, Sequence[Any]]) -> set[str]:
        """Return the parameters without effect beside a sweep's values; what is not given has its default."""
        held = {one.name: values.get(one.name) or (one.default,) for one in self.parameters}
        return {one.name for one in self.parameters if not one.used_beside_some(held)}

    def forbids_itself(self, values: Mapping[str, Sequence[Any]]) -> bool:
        """Return whether beside some of a sweep's values the parent cannot be the teacher."""
        wanted = next((one.teacher.itself_never_with for one in self.parameters if one.teacher), {})
        return bool(wanted) and met(wanted, values)

    @property
    def counts(self) -> Mapping[str, CountedUnits]:
        """What is counted, by name of the parameter that counts it; `""` is the technique as a whole."""
        whole = {"": self.units} if self.units else {}
        return whole | {one.name: one.counts for one in self.parameters if one.counts}

    @property
    def teacher(self) -> str:
        """Name of the parameter that names a teacher, the second parent of what is made; empty: none does."""
        return next((one.name for one in self.parameters if one.teacher), "")


@dataclass(frozen=True)
class LayerRules:
    """Which modules a step may touch, and with which other parameter values.

    Patterns are regular expressions searched in the dotted module name (`layer1.0.conv2`).
    A module is touched if it matches any `include` (all modules where empty) and no `exclude`.
    `overrides` pairs a pattern with parameter values; later ones win.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    overrides: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=())

    def touches(self, module_name: str) -> bool:
        """Return whether a step with these rules may change the module."""
        if any(re.search(pattern, module_name) for pattern in self.exclude):
            return False
        return not self.include or any(re.search(pattern, module_name) for pattern in self.include)

    def touches_shared(self, names: Sequence[str]) -> bool:
        """Return whether a step may change a weight that modules share: some included, none excluded."""
        if any(re.search(pattern, name) for pattern in self.exclude for name in names):
            return False
        return any(self.touches(name) for name in names)

    def overridden(self, module_name: str) -> dict[str, Any]:
        """Return the parameter values that differ for this module."""
        values: dict[str, Any] = {}
        for pattern, replacement in self.overrides:
            if re.search(pattern, module_name):
                values.update(replacement)
        return values

    def patterns(self) -> tuple[str, ...]:
        """Return every pattern, so that each can be checked for validity and for matching something."""
        return (*self.include, *self.exclude, *(pattern for pattern, _ in self.overrides))

    @property
    def well_formed(self) -> bool:
        """Whether every pattern is a regular expression; nothing can be matched with those that are not."""
        try:
            for pattern in self.patterns():
                re.compile(pattern)
        except re.error:
            return False
        return True
