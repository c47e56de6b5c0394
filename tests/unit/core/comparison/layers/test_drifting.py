"""Layers that drift for a group are ordered by excess, and told of only beyond chance."""

from __future__ import annotations

import numpy as np

from core.comparison.layers.drifting import drifting, worded_drift
from core.domain.measurement.evaluation import Arrays
from core.testing.checkers.stored_layers import drift_faults


def arrays(p: tuple[float, float, float]) -> Arrays:
    return {
        "module": np.array(["stem", "relu", "relu"]),
        "call": np.array([0, 0, 1]),
        "group": np.array([0.2, np.nan, 0.9]),
        "control": np.array([0.1, 0.1, 0.3]),
        "control_low": np.array([0.08, 0.1, 0.2]),
        "control_high": np.array([0.15, 0.1, 0.4]),
        "p_adjusted": np.array(p),
    }


def test_the_layer_that_exceeds_random_groups_most_is_first() -> None:
    found = drifting(arrays((0.2, np.nan, 0.01)))
    assert [one.name for one in found] == ["relu (call 2)", "stem"]
    assert worded_drift(found, "cats", 40) == (
        "1 of 2 layers drift more for cats (40 instances) than for random groups of this size; most: "
        "relu (call 2), 3.00 times (relative L2 0.9, random groups 0.2 to 0.4)."
    )


def test_a_difference_within_chance_is_not_told_as_one() -> None:
    found = drifting(arrays((0.2, np.nan, 0.06)))
    assert worded_drift(found, "cats", 40).startswith("None of 2 layers drifts more for cats")


def test_the_checker_agrees_and_finds_a_false_sentence_out() -> None:
    stored = arrays((0.2, np.nan, 0.01))
    told = worded_drift(drifting(stored), "cats", 40)
    assert drift_faults(stored, told) == []
    for true, false in (("3.00", "2.90"), ("1 of 2", "2 of 2"), ("relu (call 2)", "stem"), ("0.4)", "0.5)")):
        assert drift_faults(stored, told.replace(true, false))
    assert drift_faults(stored, "None of 2 layers drifts more for cats.")
