"""Groups that are made of others: intersections of two columns, and buckets of a length."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Grouping

TIMES = " \N{MULTIPLICATION SIGN} "
BUCKETS = 4
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def crossed(one: Grouping, other: Grouping) -> Grouping:
    """Return the intersections of two columns that hold instances, e.g. `8 x thick`."""
    return crossed_values(one, other)[0]


def crossed_values(one: Grouping, other: Grouping) -> tuple[Grouping, list[tuple[str, str]]]:
    """Return the intersections that hold instances, and the two values that each of them is made of."""
    width = max(1, len(other.values))
    first, second, instances = _matched(one, other)
    cells = first * width + second
    present, codes = np.unique(cells, return_inverse=True)
    pairs = [(one.values[cell // width], other.values[cell % width]) for cell in present.tolist()]
    values = tuple(TIMES.join(pair) for pair in pairs)
    name = f"{one.name}{TIMES}{other.name}"
    return Grouping(name, values, codes.reshape(-1).astype(np.int64), instances), pairs


_Codes = NDArray[np.int64]


def _matched(one: Grouping, other: Grouping) -> tuple[_Codes, _Codes, _Codes | None]:
    """Return the codes of both columns for each instance that both hold, and which one that is.

    An instance that is in several groups of a column comes once for each of them. None: every instance, once.
    """
    first, second = (np.asarray(each.codes, np.int64) for each in (one, other))
    if one.instances is None and other.instances is None:
        return first, second, None
    left, right = (_instances(each) for each in (one, other))
    order = np.argsort(right, kind="stable")
    starts, ends = (np.searchsorted(right[order], left, side=side) for side in _SIDES)
    counts = ends - starts
    rows = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[rows], second[order[starts[rows] + within]], left[rows]


def _instances(grouping: Grouping) -> _Codes:
    """Return the instance of each code."""
    if grouping.instances is None:
        return np.arange(len(grouping.codes), dtype=np.int64)
    return np.asarray(grouping.instances, np.int64)


def length_buckets(name: str, lengths: NDArray[np.integer]) -> Grouping | None:
    """Return up to four groups of about as many instances by length; None where all have the same."""
    if not len(lengths) or lengths.min() == lengths.max():
        return None
    ends = np.unique(np.quantile(lengths, np.arange(1, BUCKETS) / BUCKETS, method="lower"))
    codes = np.searchsorted(ends, lengths, side="left")
    present, codes = np.unique(codes, return_inverse=True)
    spans = [(lengths[codes == each].min(), lengths[codes == each].max()) for each in range(len(present))]
    values = [str(low) if low == high else f"{low} to {high}" for low, high in spans]
    return Grouping(name, tuple(values), codes.reshape(-1).astype(np.int64)) if len(values) > 1 else None
