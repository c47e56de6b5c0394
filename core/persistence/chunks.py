"""Ids as databases take them: long lists in pieces, and none that no row can have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
Id = TypeVar("Id", bound=int)

MOST_VALUES = 5_000
"""Databases limit the number of values in one statement."""
_LARGEST_ID = 2**31 - 1


def chunks(values: Collection[T]) -> Iterator[Sequence[T]]:
    """Yield the values in lists that fit into one statement."""
    iterator = iter(values)
    while part := list(islice(iterator, MOST_VALUES)):
        yield part


def possible(ids: Collection[Id]) -> list[Id]:
    """Return the ids that a row can have: whoever asks for others, e.g. by a forged address, finds none."""
    return [one for one in ids if 0 < one <= _LARGEST_ID]
