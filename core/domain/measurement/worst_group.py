"""The worst group: a metric that falls when one class or group collapses while the others hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.evaluation import LABEL, SLICE
from core.domain.measurement.intervals import Interval, chosen_width, proportion_interval
from core.domain.metric import Direction, Format, MetricDefinition

LEAST_INSTANCES = 10
"""Groups with fewer instances are left out: their shares are chance."""

WORST_GROUP = MetricDefinition(
    "worst_group",
    "Worst group",
    Direction.HIGHER,
    Format.PERCENT,
    description=(
        f"Lowest share of right answers of any class or group with at least {LEAST_INSTANCES} instances. Its "
        "interval allows for the choice of the lowest among all groups (Bonferroni)."
    ),
)


def worst_group(
    right: NDArray[np.bool_], outcomes: Mapping[str, NDArray[Any]]
) -> tuple[float, Interval | None] | None:
    """Return the lowest share of right answers with the 95 % interval of that group.

    The interval is corrected for the choice among all groups that are large enough.

    Args:
        right: whether each answer is right, `(instances,)`.
        outcomes: arrays with the group of each instance, see `SLICE` and `LABEL`; negative ones are no group.

    Returns:
        None where the data have no two groups that are large enough.
    """
    lowest: tuple[float, int] | None = None
    candidates = 0
    for name, codes in outcomes.items():
        if name != LABEL and not name.startswith(SLICE):
            continue
        known = np.asarray(codes, np.int64) >= 0
        counts = np.bincount(codes[known])
        shares = np.bincount(codes[known], weights=right[known]) / np.maximum(counts, 1)
        large = np.flatnonzero(counts >= LEAST_INSTANCES)
        if len(large) < 2:
            continue
        candidates += len(large)
        place = large[np.argmin(shares[large])]
        found = float(shares[place]), int(counts[place])
        lowest = found if lowest is None else min(lowest, found)
    if lowest is None:
        return None
    return lowest[0], proportion_interval(*lowest, width=chosen_width(candidates))
