"""The modules of a model that is made: what layer rules may mention, and what techniques may work on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.evaluation import Arrays


@dataclass(frozen=True)
class ModuleTable:
    """types: type of each module by its dotted name. weighted: names of those with their own parameters."""

    types: Mapping[str, str]
    weighted: tuple[str, ...]

    @classmethod
    def seen(cls, weights: Arrays, calls: Arrays) -> ModuleTable:
        """Return what statistics of weights and the cost of modules tell, see `core.inspection`."""
        types = {
            str(name): str(kind)
            for arrays in (weights, calls)
            for name, kind in zip(arrays["module"], arrays["module_type"], strict=True)
        }
        called = zip(calls["module"], calls["parameters"], strict=True)
        names = [*weights["module"], *(name for name, count in called if count)]
        return cls(types, tuple(dict.fromkeys(map(str, names))))

    def matches(self, pattern: str) -> bool:
        """Return whether a pattern of layer rules finds a module; true where the pattern is malformed."""
        try:
            compiled = re.compile(pattern)
        except re.error:
            return True  # told on its own
        return any(compiled.search(name) for name in self.weighted)

    def suits(self, works_on: str) -> bool:
        """Return whether there is a module for a technique that works on such, see `TechniqueSpec`."""
        return any(re.search(works_on, f"{name}: {kind}") for name, kind in self.types.items())
