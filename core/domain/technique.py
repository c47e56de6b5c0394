"""What a technique is to everybody but the workers: a name, a document and a typed parameter schema."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.presentation.labels import in_sentence

TEACHER_PARENT = "parent"
TEACHER_BASE = "base"
"""What a parameter that names a teacher may say instead of a model's id: the parent, the oldest ancestor."""
_ROLE = "x-model"
UNITS = "x-units"
"""Marks a parameter, or a whole schema, that counts units found in a model (see `core.domain.module_table`).

`name` is what people call them, `instead` what to do where there are none. `takes` says what a value means:
`removed` and `kept` are shares of each group, of which one unit always stays; `at most` is a number that some
group must reach; without it only whether there are any is asked.
"""

LATER = "x-later"
"""Marks a parameter that was added later and whose default changes nothing: steps do not name that default,
so that models made before it are the same models as those made since.
"""


EVERYTHING_WITH = "x-everything"
"""Marks a parameter that widens what is touched from matrices to all parameters, by the value that does."""


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
    OTHER = "other"  # plug-ins that do not say


class Storage(StrEnum):
    """Whether a technique's saving is in the stored file, or only acted out in arithmetic."""

    STORED = "stored"
    SIMULATED = "simulated"
    UNCHANGED = "unchanged"  # recovery steps keep the encoding they find


@dataclass(frozen=True)
class TechniqueSpec:
    """One technique as workers publish it in their catalogue.

    schema: JSON Schema of the parameters; each property has title, description, default, and
        bounds or an enumeration; `x-unit` gives a unit, `"x-model": "teacher"` says that the value names
        the model to learn from, `"x-used-with": {other: [values]}` that it counts only beside these.
        What can only be checked against other things: `"x-ancestor": "depth"` or `"name"` finds an ancestor
        of the model, `"x-source": "model"` names a model source, `"x-parameters-of": other` holds the
        parameters of the source that `other` names, `"x-another-with": {other: [values]}` makes the teacher
        be another model than the parent beside these, `"x-units": {...}` says what it counts, see `UNITS`.
    headline: parameters worth showing on the map, in order.
    stochastic: whether the seed changes the result; where not, models of all seeds are one model.
    version: changes whenever the same parameters would give other weights; part of a model's identity.
    unavailable: why this worker cannot offer it, empty where it can.
    keeps_modules: whether the model's modules keep their names, so that what later steps say of modules can
        be checked before anything is made.
    works_on: regular expression, searched in `<name>: <type>`, which some module of a model must match;
        empty: any model may do.
    needs_layers: whether layer rules must leave it a weight of a convolution, linear or embedding layer.
    raw_weights: whether it also takes weights that modules multiply by themselves, such as stacked experts.
    """

    name: str
    label: str
    summary: str
    documentation: str
    version: str
    schema: Mapping[str, Any]
    storage: Storage
    headline: tuple[str, ...] = ()
    needs_data: bool = False
    stochastic: bool = False
    unavailable: str = ""
    keeps_modules: bool = True
    works_on: str = ""
    needs_layers: bool = False
    raw_weights: bool = False
    family: Family = Family.OTHER

    @property
    def running_label(self) -> str:
        """The label as it stands in a sentence, e.g. `magnitude pruning` or `GPTQ rounding`."""
        return in_sentence(self.label)

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """What the schema says of each parameter."""
        found: Mapping[str, Mapping[str, Any]] = self.schema.get("properties", {})
        return found

    def uses(self, name: str, parameters: Mapping[str, Any]) -> bool:
        """Return whether a parameter has any effect beside the others, and says more than the default."""
        about = self.properties.get(name, {})
        if name == self.teacher and parameters.get(name) == TEACHER_PARENT:
            return False
        wanted: Mapping[str, Any] = about.get("x-used-with", {})
        return all(parameters.get(other) in values for other, values in wanted.items())

    def may_use(self, name: str, values: Mapping[str, Sequence[Any]]) -> bool:
        """Return whether a parameter has an effect beside some of a sweep's values of the others."""
        return _met(self.properties.get(name, {}).get("x-used-with", {}), values)

    def takes_everything(self, values: Mapping[str, Sequence[Any]], rules: LayerRules) -> bool:
        """Return whether some of a sweep's values, or a rule's, make it touch more than weight matrices."""
        for name, about in self.properties.items():
            if EVERYTHING_WITH in about:
                held = [*values.get(name, ()), *(override.get(name) for _, override in rules.overrides)]
                return about[EVERYTHING_WITH] in held
        return False

    def idle(self, values: Mapping[str, Sequence[Any]]) -> set[str]:
        """Return the parameters without effect beside a sweep's values; what is not given has its default."""
        held = {name: values.get(name) or (about.get("default"),) for name, about in self.properties.items()}
        return {name for name in self.properties if not self.may_use(name, held)}

    def forbids_itself(self, values: Mapping[str, Sequence[Any]]) -> bool:
        """Return whether beside some of a sweep's values the parent cannot be the teacher."""
        wanted: Mapping[str, Sequence[Any]] = self.properties.get(self.teacher, {}).get("x-another-with", {})
        return bool(wanted) and _met(wanted, values)

    @property
    def counts(self) -> Mapping[str, Mapping[str, str]]:
        """What is said of units by name of the parameter that counts them, empty if none, see `UNITS`."""
        whole = {"": self.schema[UNITS]} if UNITS in self.schema else {}
        return whole | {name: about[UNITS] for name, about in self.properties.items() if UNITS in about}

    @property
    def teacher(self) -> str:
        """Name of the parameter that names a teacher, the second parent of what is made; empty: none does."""
        return next((name for name, about in self.properties.items() if about.get(_ROLE) == "teacher"), "")


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


def _met(wanted: Mapping[str, Sequence[Any]], values: Mapping[str, Sequence[Any]]) -> bool:
    """Return whether some of the values of each parameter are among those wanted of it."""
    return all(any(value in accepted for value in values.get(name, ())) for name, accepted in wanted.items())
