"""What became of the modules of a baseline in a model of another shape."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers.tree import Numbers, Tree


class Counterpart(IntEnum):
    """How a module of a model relates to the baseline's of the same name."""

    SAME = 0
    REMOVED = 1  # the baseline alone has it
    ADDED = 2  # the model alone has it
    RESHAPED = 3  # the number of values differs
    REPLACED = 4  # other tensors stand in its place, as after a factorisation


def counterparts(tree: Tree, before: Numbers, now: Numbers) -> NDArray[np.uint8]:
    """Return the relation of every node; before, now: numbers of values per leaf, NaN where there is none."""
    there, here = ~np.isnan(before), ~np.isnan(now)
    changed = there & here & (before != now)
    counts = {
        name: tree.total(flags.astype(np.float64))
        for name, flags in (
            ("removed", there & ~here), ("added", here & ~there), ("both", there & here),
            ("changed", changed),
        )
    }  # fmt: skip
    found = np.full(len(tree.names), Counterpart.SAME, np.uint8)
    alone = counts["both"] == 0
    found[alone & (counts["removed"] > 0)] = Counterpart.REMOVED
    found[alone & (counts["added"] > 0)] = Counterpart.ADDED
    found[alone & (counts["added"] > 0) & (counts["removed"] > 0)] = Counterpart.REPLACED
    found[(counts["both"] > 0) & (counts["changed"] == counts["both"])] = Counterpart.RESHAPED
    return found
