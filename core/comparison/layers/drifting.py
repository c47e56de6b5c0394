"""Layers whose outputs drift more for a group of instances than for random groups of its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.comparison.layers.tree import call_name
from core.comparison.layers.values import WHOLE
from core.domain.measurement.evaluation import Arrays

LEVEL = 0.05


@dataclass(frozen=True)
class Drifting:
    """One call of a layer: mean relative L2 of the group, of random groups, and their 95 % range.

    p: that a random group drifts as much, after Holm's correction for the number of layers.
    """

    name: str
    group: float
    control: float
    low: float
    high: float
    p: float

    @property
    def beyond(self) -> bool:
        """Whether the drift is larger than chance explains."""
        return self.p < LEVEL


def drifting(arrays: Arrays) -> list[Drifting]:
    """Return the layers by how far the group exceeds random groups, largest first; see `group_drift`."""
    names = [
        call_name(str(module) or WHOLE, int(call))
        for module, call in zip(arrays["module"], arrays["call"], strict=True)
    ]
    keys = ("group", "control", "control_low", "control_high", "p_adjusted")
    columns = [np.asarray(arrays[key], np.float64).tolist() for key in keys]
    found = [Drifting(name, *row) for name, row in zip(names, zip(*columns, strict=True), strict=True)]
    known = [one for one in found if np.isfinite(one.group) and one.control > 0]
    return sorted(known, key=lambda one: -one.group / one.control)


def worded_drift(found: Sequence[Drifting], label: str, instances: int) -> str:
    """Return what stands out in one sentence."""
    size = f"{label or 'these instances'} ({instances:,} instances)"
    if not found:
        return f"No layer has outputs of both models that can be compared for {size}."
    beyond = [one for one in found if one.beyond]
    if not beyond:
        return (
            f"None of {len(found)} layers drifts more for {size} than for random groups of this size beyond "
            "chance."
        )
    most = beyond[0]
    return (
        f"{len(beyond)} of {len(found)} layers drift more for {size} than for random groups of this size; "
        f"most: {most.name}, {most.group / most.control:.2f} times (relative L2 {most.group:.3g}, random "
        f"groups {most.low:.3g} to {most.high:.3g})."
    )
