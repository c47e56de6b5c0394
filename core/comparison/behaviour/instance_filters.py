"""Conditions on instances, which are ANDed, and how an address or a file holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

LONGEST_PART = 400
"""Characters of one part that are read, so that an address cannot fill the memory."""
MOST_FILTERS = 32


class FilterKind(StrEnum):
    """What a filter asks for, with the parts that it has."""

    GROUP = "group"  # column, name of the group
    FLIP = "flip"  # model, one of regression, fix, changed, same
    MOVE = "move"  # model, prediction of the baseline, prediction of the model
    CELL = "cell"  # model, label, prediction of the model
    RANGE = "range"  # model, quantity, lowest, and what all are below
    ANSWER = "answer"  # model, one of empty, repeated, cut
    TEXT = "text"  # what the texts of an instance contain
    IDS = "ids"  # ids of instances, any number
    EXEMPLARS = "exemplars"  # no part: compression-identified exemplars


_PARTS = {
    FilterKind.GROUP: 2,
    FilterKind.FLIP: 2,
    FilterKind.MOVE: 3,
    FilterKind.CELL: 3,
    FilterKind.RANGE: 4,
    FilterKind.ANSWER: 2,
    FilterKind.TEXT: 1,
    FilterKind.EXEMPLARS: 0,
}


@dataclass(frozen=True)
class InstanceFilter:
    """One condition; see `FilterKind` for its parts, all of them texts."""

    kind: FilterKind
    parts: tuple[str, ...] = ()


def write_filters(filters: Iterable[InstanceFilter]) -> str:
    """Return filters as one text, e.g. `group:class:8,flip:3:regression`."""
    return ",".join(
        ":".join([one.kind.value, *(quote(part, safe=" ") for part in one.parts)]) for one in filters
    )


def read_filters(text: str) -> tuple[InstanceFilter, ...]:
    """Return the filters of `write_filters`, each once; what is none is left out."""
    found: dict[InstanceFilter, None] = {}
    for written in text.split(",")[:MOST_FILTERS]:
        kind, *parts = written.split(":")
        if kind not in set(FilterKind):
            continue
        one = InstanceFilter(FilterKind(kind), tuple(unquote(part)[:LONGEST_PART] for part in parts))
        if _PARTS.get(one.kind, len(one.parts)) == len(one.parts):
            found[one] = None
    return tuple(found)
