"""Groups that are made of others: intersections of two columns, and buckets of a length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Grouping

TIMES = " \N{MULTIPLICATION SIGN} "
BUCKETS = 4


def crossed(one: Grouping, other: Grouping) -> Grouping:
    """Return the intersections of two columns that hold instances, e.g. `8 x thick`."""
    return crossed_values(one, other)[0]


def crossed_values(one: Grouping, other: Grouping) -> tuple[Grouping, list[tuple[str, str]]]:
    """Return the intersections that hold instances, and the two values that each of them is made of."""
    width = max(1, len(other.values))
    instances = other.instances if one.instances is None else one.instances
    first, second = (_codes(each, instances) for each in (one, other))
    cells = first * width + second
    present, codes = np.unique(cells, return_inverse=True)
    pairs = [(one.values[cell // width], other.values[cell % width]) for cell in present.tolist()]
    values = tuple(TIMES.join(pair) for pair in pairs)
    name = f"{one.name}{TIMES}{other.name}"
    return Grouping(name, values, codes.reshape(-1).astype(np.int64), instances), pairs


def _codes(grouping: Grouping, instances: NDArray[np.integer] | None) -> NDArray[np.int64]:
    """Return the codes of the instances that an overlapping column lists; of all where there is none."""
    codes = np.asarray(grouping.codes, np.int64)
    return codes if instances is None or grouping.instances is not None else codes[instances]


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
