"""The order of classes that only have names: numbers by value, other names as texts."""

from __future__ import annotations

import math
from collections.abc import Iterable


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of classes in order: by value if all are numbers, else as texts are sorted."""
    listed = sorted(names)
    values = {name: _number(name) for name in listed}
    if any(math.isnan(value) for value in values.values()):
        return tuple(listed)
    return tuple(sorted(listed, key=lambda name: values[name]))


def _number(name: str) -> float:
    """Return the number that a name is, NaN where it is none."""
    try:
        return float(name) if "_" not in name else math.nan
    except ValueError:
        return math.nan
