"""The modules of a model that is made: what layer rules may mention, and what techniques may work on.

Workers write it down with every model that they make, so that what cannot work is refused before queuing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.evaluation import Arrays
from core.domain.technique import LayerRules, TechniqueSpec

Names = tuple[str, ...]
EVERYTHING = LayerRules()
_TEXTS = np.dtypes.StringDType()


@dataclass(frozen=True)
class Units:
    """Parts of a model that a technique takes as wholes, e.g. the heads of one attention: how many there are.

    layers: names of all modules that lose something when a unit goes, each of which rules must allow; none
        where rules have no say.
    """

    layers: Names
    count: int


@dataclass(frozen=True)
class WeightShape:
    """What techniques count of a weight. names: of the modules that share it.

    outputs: its output channels, of all `matrices` together, which are more than one in stacks.
    """

    names: Names
    outputs: int
    matrices: int = 1


@dataclass(frozen=True)
class ModuleTable:
    """What is known of a model's modules.

    types: type of each module by its dotted name. weighted: names of those with their own parameters.
    layers: for each weight that can be compressed, the names of the modules that share it.
    units: what techniques that count units find, by name of the technique.
    parameters: numbers in each module's own parameters; empty for models made before they were written down.
    raw: names of the layers that only techniques for raw weights reach, see `TechniqueSpec.raw_weights`.
    shapes: of the weights in `layers` by parameter; empty for models made before they were written down.
    """

    types: Mapping[str, str]
    weighted: Names
    layers: tuple[Names, ...] = ()
    units: Mapping[str, tuple[Units, ...]] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    raw: frozenset[str] = frozenset()
    shapes: Mapping[str, WeightShape] = field(default_factory=dict)

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> ModuleTable:
        """Return the table that `to_arrays` wrote."""
        names = [str(name) for name in arrays["module"]]
        kinds = map(str, arrays["module_type"])
        sharing: dict[int, list[str]] = defaultdict(list)
        for name, number in zip(names, arrays["weight"].tolist(), strict=True):
            if number >= 0:
                sharing[number].append(name)
        units: dict[str, list[Units]] = {str(name): [] for name in arrays["technique"]}
        rows = (arrays["unit_technique"], arrays["unit_layers"], arrays["unit_count"].tolist())
        for technique, layers, count in zip(*rows, strict=True):
            units[str(technique)].append(Units(tuple(filter(None, str(layers).split("\n"))), count))
        sizes = zip(names, arrays["parameters"].tolist(), strict=True) if "parameters" in arrays else ()
        return cls(
            dict(zip(names, kinds, strict=True)),
            tuple(name for name, has in zip(names, arrays["weighted"].tolist(), strict=True) if has),
            tuple(tuple(sharing[number]) for number in sorted(sharing)),
            {technique: tuple(found) for technique, found in units.items()},
            dict(sizes),
            frozenset(name for name, is_raw in zip(names, arrays.get("raw", ()), strict=False) if is_raw),
            _shapes(arrays),
        )

    def to_arrays(self) -> Arrays:
        """Return the table as arrays: some by module, some by technique, some by group of units."""
        number = {name: place for place, names in enumerate(self.layers) for name in names}
        rows = [(technique, found) for technique, every in self.units.items() for found in every]
        return {
            "module": _texts(self.types),
            "module_type": _texts(self.types.values()),
            "weighted": np.array([name in set(self.weighted) for name in self.types], np.bool_),
            "weight": np.array([number.get(name, -1) for name in self.types], np.int32),
            "raw": np.array([name in self.raw for name in self.types], np.bool_),
            "technique": _texts(self.units),
            "unit_technique": _texts(technique for technique, _ in rows),
            "unit_layers": _texts("\n".join(found.layers) for _, found in rows),
            "unit_count": np.array([found.count for _, found in rows], np.int64),
            **self._sizes(),
            "shape_parameter": _texts(self.shapes),
            "shape_names": _texts("\n".join(shape.names) for shape in self.shapes.values()),
            "shape_outputs": np.array([shape.outputs for shape in self.shapes.values()], np.int64),
            "shape_matrices": np.array([shape.matrices for shape in self.shapes.values()], np.int64),
        }

    def _sizes(self) -> Arrays:
        if not self.parameters:
            return {}
        return {"parameters": np.array([self.parameters.get(name, 0) for name in self.types], np.int64)}

    def matches(self, pattern: str) -> bool:
        """Return whether a well-formed pattern of layer rules finds a module."""
        return any(re.search(pattern, name) for name in self.weighted)

    def suits(self, works_on: str) -> bool:
        """Return whether there is a module for a technique that works on such, see `TechniqueSpec`."""
        return any(_suits(works_on, name, kind) for name, kind in self.types.items())

    def touched(self, rules: LayerRules, *, raw: bool = False) -> set[str]:
        """Return the names of all layers that rules allow to compress, with those of raw weights if asked."""
        found = {name for names in self.layers if rules.touches_shared(names) for name in names}
        return found if raw else found - self.raw

    def worked_on(
        self, spec: TechniqueSpec, rules: LayerRules = EVERYTHING, *, everything: bool = False
    ) -> set[str]:
        """Return the names of the modules that a technique changes within the rules.

        everything: whether it is asked for more than weight matrices, see `TechniqueSpec.takes_everything`.
        """
        units = self.reached(spec, rules)
        if spec.needs_layers and units is not None:
            return {name for each in units for name in each.layers}
        if spec.needs_layers:
            found = self.touched(rules, raw=spec.raw_weights)
            return found | self.within(rules) if everything else found
        if spec.works_on:
            suited = (name for name, kind in self.types.items() if _suits(spec.works_on, name, kind))
            return {name for name in suited if rules.touches(name)}
        return self.within(rules)

    def within(self, rules: LayerRules) -> set[str]:
        """Return the names of the modules with parameters that rules allow to touch."""
        return {name for name in self.weighted if rules.touches(name)}

    def size(self, names: Container[str]) -> int | None:
        """Return the numbers in the parameters of modules, shared weights once; None if not written down."""
        if not self.parameters:
            return None
        again = {name for sharing in self.layers for name in [one for one in sharing if one in names][1:]}
        return sum(count for name, count in self.parameters.items() if name in names and name not in again)

    def reached(self, spec: TechniqueSpec, rules: LayerRules) -> list[Units] | None:
        """Return the groups of units that a technique finds within the rules; None if that is not known."""
        found = self.units.get(spec.name)
        if found is None:
            return None
        touched = self.touched(rules, raw=spec.raw_weights)
        return [each for each in found if touched.issuperset(each.layers)]


def _suits(works_on: str, name: str, kind: str) -> bool:
    return re.search(works_on, f"{name}: {kind}") is not None


def _shapes(arrays: Arrays) -> dict[str, WeightShape]:
    if "shape_parameter" not in arrays:
        return {}
    columns = (arrays[f"shape_{name}"].tolist() for name in ("parameter", "names", "outputs", "matrices"))
    return {
        str(parameter): WeightShape(tuple(str(names).split("\n")), outputs, matrices)
        for parameter, names, outputs, matrices in zip(*columns, strict=True)
    }


def _texts(values: Iterable[str]) -> NDArray[np.generic]:
    found: NDArray[np.generic] = np.array(list(values), _TEXTS)
    return found
