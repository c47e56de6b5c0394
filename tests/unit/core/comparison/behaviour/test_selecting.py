"""Filters and orders of instances, against what a loop over the instances finds."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.comparison.behaviour.exemplars import exemplars
from core.comparison.behaviour.flips import moves
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.predictions import NO_ANSWER, Grouping, Predictions, Split
from core.comparison.behaviour.quantities import Quantity, quantity
from core.comparison.behaviour.selecting import Compared, Order, choose, ordered

CLASSES = ("cat, dog", "<b>bird</b>", "\N{SMILING FACE WITH SUNGLASSES}")


def classified(labels: list[int], rows: list[list[float]]) -> Predictions:
    """Return what a model with these probabilities predicts."""
    probabilities = np.array(rows)
    prediction = probabilities.argmax(axis=1)
    return Predictions(
        prediction.astype(np.int16),
        prediction == np.array(labels),
        np.log(probabilities).astype(np.float16),
        confidence=probabilities.max(axis=1).astype(np.float16),
    )


LABELS = [0, 0, 1, 1, 2, 2]
BASE = [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]]
SPARSE = [
    [0.7, 0.2, 0.1],
    [0.1, 0.8, 0.1],
    [0.6, 0.3, 0.1],
    [0.3, 0.6, 0.1],
    [0.1, 0.1, 0.8],
    [0.2, 0.7, 0.1],
]


@pytest.fixture
def compared() -> Compared:
    labels = np.array(LABELS)
    groupings = {"class": Grouping("class", CLASSES, labels)}
    return Compared(
        Split(labels, CLASSES, groupings),
        "1",
        classified(LABELS, BASE),
        {"2": classified(LABELS, SPARSE)},
        ids=np.array(["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"]),
    )


def passing(compared: Compared, *filters: InstanceFilter) -> list[int]:
    chosen = choose(compared, filters)
    assert chosen.ignored == ()
    return np.flatnonzero(chosen.passed).tolist()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (InstanceFilter(FilterKind.GROUP, ("class", "cat, dog")), [0, 1]),
        (InstanceFilter(FilterKind.FLIP, ("2", "regression")), [1, 2]),
        (InstanceFilter(FilterKind.FLIP, ("2", "fix")), [3]),
        (InstanceFilter(FilterKind.FLIP, ("2", "changed")), [1, 2, 3, 5]),
        (InstanceFilter(FilterKind.FLIP, ("2", "same")), [0, 4]),
        (InstanceFilter(FilterKind.FLIP, ("2", "both-right")), [0, 4]),
        (InstanceFilter(FilterKind.FLIP, ("2", "both-wrong")), [5]),
        (InstanceFilter(FilterKind.FLIP, ("2", "one-wrong")), [1, 2, 3]),
        (InstanceFilter(FilterKind.MOVE, ("2", "cat, dog", "<b>bird</b>")), [1, 3, 5]),
        (InstanceFilter(FilterKind.CELL, ("2", "<b>bird</b>", "cat, dog")), [2]),
        (InstanceFilter(FilterKind.CELL, ("1", CLASSES[2], "cat, dog")), [5]),
        (InstanceFilter(FilterKind.RANGE, ("2", "confidence", "0.65", "0.75")), [0, 5]),
        (InstanceFilter(FilterKind.RANGE, ("2", "confidence-change", "-0.15", "-0.05")), [0, 2]),
        (InstanceFilter(FilterKind.TEXT, ("B.P",)), [1]),
        (InstanceFilter(FilterKind.IDS, ("a.png", "e.png")), [0, 4]),
    ],
)
def test_each_filter_passes_the_right_instances(compared: Compared, one: InstanceFilter, expected: list[int]):
    assert passing(compared, one) == expected


def test_filters_are_anded(compared: Compared):
    wrong = InstanceFilter(FilterKind.FLIP, ("2", "regression"))
    assert passing(compared, wrong, InstanceFilter(FilterKind.GROUP, ("class", "<b>bird</b>"))) == [2]


@pytest.mark.parametrize(
    "one",
    [
        InstanceFilter(FilterKind.FLIP, ("9", "regression")),
        InstanceFilter(FilterKind.FLIP, ("2", "sideways")),
        InstanceFilter(FilterKind.GROUP, ("colour", "red")),
        InstanceFilter(FilterKind.RANGE, ("2", "confidence", "low", "1")),
        InstanceFilter(FilterKind.MOVE, ("2", "no such class", "cat, dog")),
        InstanceFilter(FilterKind.EXEMPLARS),
    ],
)
def test_filters_that_mean_nothing_here_are_named_and_left_out(compared: Compared, one: InstanceFilter):
    chosen = choose(compared, [one])
    assert chosen.ignored == (one,)
    assert chosen.passed.all()


def test_the_largest_regression_comes_first(compared: Compared):
    # Losses of the right class rise by ln(0.6/0.1) = 1.79 and ln(0.7/0.3) = 0.85 where right became wrong.
    everything = np.ones(6, bool)
    assert ordered(compared, everything, Order.REGRESSION).tolist()[:2] == [1, 2]
    assert ordered(compared, everything, Order.DISAGREEMENT).tolist() == [1, 2, 3, 5, 0, 4]
    assert ordered(compared, everything, Order.DATA).tolist() == [0, 1, 2, 3, 4, 5]
    assert ordered(compared, everything, Order.CONFIDENCE).tolist()[0] == 1


def test_an_instance_without_answer_is_listed_last_and_found(compared: Compared):
    broken = Predictions(
        np.array([-1] * 6, np.int16),
        np.zeros(6, bool),
        np.full((6, 3), np.nan, np.float16),
        confidence=np.full(6, np.nan, np.float16),
    )
    found = Compared(compared.split, "1", compared.baseline, {"2": broken})
    assert sorted(ordered(found, np.ones(6, bool), Order.CONFIDENCE).tolist()) == list(range(6))
    assert passing(found, InstanceFilter(FilterKind.CELL, ("2", "cat, dog", NO_ANSWER))) == [0, 1]
    assert passing(found, InstanceFilter(FilterKind.RANGE, ("2", "kl", "0", "inf"))) == []


def test_losses_are_negative_log_probabilities_of_the_label(compared: Compared):
    found = quantity(Quantity.LOSS, compared.models["2"], compared.baseline, compared.split.labels)
    assert found is not None
    expected = [-math.log(row[label]) for row, label in zip(SPARSE, LABELS, strict=True)]
    assert found == pytest.approx(expected, abs=1e-3)


@settings(deadline=None)
@given(
    st.integers(3, 7).flatmap(
        lambda models: st.lists(st.lists(st.integers(0, 3), min_size=models, max_size=models), min_size=1)
    )
)
def test_exemplars_are_where_the_modal_label_differs(table: list[list[int]]):
    rows = np.array(table)
    original = Predictions(np.zeros(len(rows), np.int16), np.ones(len(rows), bool))
    compressed = [Predictions(column.astype(np.int16), np.ones(len(rows), bool)) for column in rows.T]
    found = exemplars([original], compressed)
    assert found is not None
    assert found.tolist() == [Counter(row).most_common(1)[0][0] != 0 for row in table]


def test_two_compressed_models_have_no_exemplars(compared: Compared):
    assert exemplars([compared.baseline], [compared.baseline, compared.baseline]) is None


def test_a_move_to_no_answer_is_not_named_after_the_last_class(compared: Compared):
    broken = Predictions(np.array([-1] * 6), np.zeros(6, bool))
    found = moves(compared.baseline, broken, CLASSES)
    assert {move.after for move in found} == {NO_ANSWER}
    one = InstanceFilter(FilterKind.MOVE, ("2", "cat, dog", NO_ANSWER))
    assert passing(replace(compared, models={"2": broken}), one) == [0, 1, 3, 5]
