"""The order of classes that only have names: numbers by value, other names as texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


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


def positions(names: Sequence[str], among: Sequence[str]) -> list[int] | None:
    """Return where each name stands among others; None unless all match one to one.

    Case, hyphens and underscores do not count; a label such as "tench, Tinca tinca" has several names.
    """
    if len(names) != len(among):
        return None
    found: dict[str, list[int]] = {}
    for place, label in enumerate(among):
        for alias in {_plain(label), *map(_plain, label.split(","))} - {""}:
            found.setdefault(alias, []).append(place)
    places = [found.get(_plain(name), []) for name in names]
    if any(len(each) != 1 for each in places):
        return None
    order = [place for (place,) in places]
    return order if len(set(order)) == len(order) else None


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
