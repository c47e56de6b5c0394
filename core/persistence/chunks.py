"""Long lists of ids in pieces, since databases limit the number of values in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

MOST_VALUES = 5_000


def chunks(values: Collection[T]) -> Iterator[Sequence[T]]:
    """Yield the values in lists that fit into one statement."""
    iterator = iter(values)
    while part := list(islice(iterator, MOST_VALUES)):
        yield part
