"""Conditions on models: what passes, and that an address keeps them."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.filtering import (
    Condition,
    parameter_field,
    parameter_of,
    passing,
    read_conditions,
    write_conditions,
)
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.testing.projects.forests import model

BASE = model(1, metrics={"top1": 0.9}, author="ada")
HALF = model(2, BASE, Step("prune", {"sparsity": 0.5}), metrics={"top1": 0.8}, tags=("keep",), starred=True)
SMALL = model(
    3, HALF, Step("quantize", {"bits": 4}), metrics={"top1": math.nan}, note="see Wednesday", experiment_id=7
)
FAILED = model(4, HALF, Step("quantize", {"bits": 2}), status=RunStatus.FAILED)
OLD = model(5, BASE, Step("prune", {"sparsity": 0.9}), created_at=datetime(2025, 6, 1, 23, 59, tzinfo=UTC))
AWAY = model(6, BASE, Step("prune", {"sparsity": 0.7}), archived=True)
MODELS = [BASE, HALF, SMALL, FAILED, OLD]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("metric:top1", low=0.8), {1, 2}),
        (Condition("metric:top1", high=0.8), {2}),
        (Condition("metric:gone", low=0.0), set()),
        (Condition("operation", ("prune",)), {2, 3, 4, 5}),
        (Condition("operation", ("base",)), {1}),
        (Condition("parameter:prune:sparsity", ("0.5",)), {2, 3, 4}),
        (Condition("parameter:quantize:bits", ("2", "4")), {3, 4}),
        (Condition("tag", ("keep", "other")), {2}),
        (Condition("status", ("starred",)), {2}),
        (Condition("status", ("not made",)), {4}),
        (Condition("author", ("ada",)), {1}),
        (Condition("experiment", ("7",)), {3}),
        (Condition("text", ("wednesday",)), {3}),
        (Condition("text", ("MODEL 2",)), {2}),
        (Condition("date", high="2025-06-01"), {5}),
        (Condition("date", low="2025-06-02"), {1, 2, 3, 4}),
        (Condition("operation"), {1, 2, 3, 4, 5}),
    ],
    ids=str,
)
def test_what_passes(condition, expected):
    assert passing(MODELS, [condition]) == expected


def test_all_conditions_must_hold():
    both = [Condition("operation", ("quantize",)), Condition("status", ("made",))]
    assert passing(MODELS, both) == {3}


def test_archived_models_can_be_asked_for():
    assert passing([*MODELS, AWAY], [Condition("status", ("archived",))]) == {6}


ENDS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.text(min_size=1), max_size=4),
    ENDS,
    ENDS,
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1),
)
def test_an_address_keeps_conditions(values, low, high, name):
    written = [Condition("tag", tuple(values)), Condition(f"metric:{name}", low=low, high=high)]
    assert read_conditions(write_conditions(written)) == tuple(written)


@pytest.mark.parametrize("odd", ["gone=1", "=", ";;", "operation", "metric:top1=a..nan", "date=1..2", "%%"])
def test_nonsense_in_an_address_filters_nothing(odd):
    assert len(passing(MODELS, read_conditions(odd))) == 5


def test_names_with_colons_meet_the_right_condition():
    root = model(1)
    fewer = model(2, root, Step("aten::prune", {"amount:share": 0.5, "share": 0.9}))
    more = model(3, root, Step("aten::prune", {"amount:share": 0.9, "share": 0.5}))
    field = parameter_field("aten::prune", "amount:share")
    kept = read_conditions(write_conditions([Condition(field, ("0.9",))]))
    assert passing([root, fewer, more], kept) == {3}
    operation = read_conditions(write_conditions([Condition("operation", ("aten::prune",))]))
    assert passing([root, fewer, more], operation) == {2, 3}


@given(st.text(), st.text())
def test_a_parameter_is_found_again_from_its_field(technique, name):
    assert parameter_of(parameter_field(technique, name)) == (technique, name)
