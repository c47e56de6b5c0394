"""Budgets are read as people write them, and written so that they read back as the same number."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.metric import Direction, Format, MetricDefinition
from core.errors import InvalidInput
from dashboard.components.form.budgets import example, read_budget, write_budget

METRICS = {
    kind: MetricDefinition(
        kind.value, kind.value, Direction.LOWER, kind, "ms" if kind is Format.DECIMAL else ""
    )
    for kind in Format
}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Format.PERCENT, "95 %", 0.95),
        (Format.PERCENT, "12.3%", 0.123),
        (Format.PERCENT, ".95", 0.95),
        (Format.PERCENT, "1", 1.0),
        (Format.BYTES, "300 kB", 300_000.0),
        (Format.BYTES, "1.5MB", 1_500_000.0),
        (Format.BYTES, "42", 42.0),
        (Format.COUNT, "78.3 k", 78_300.0),
        (Format.DECIMAL, "5 ms", 5.0),
        (Format.DECIMAL, "-1e-3", -0.001),
    ],
)
def test_a_budget_is_read(kind, text, value):
    assert read_budget(METRICS[kind], text) == value


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_no_budget(text):
    assert read_budget(METRICS[Format.BYTES], text) is None
    assert write_budget(METRICS[Format.BYTES], None) == ""


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (Format.PERCENT, "95", "9,500 %"),
        (Format.PERCENT, "95 kB", "'kB' is not a unit"),
        (Format.BYTES, "much", "'much' is not a number"),
        (Format.DECIMAL, "5 s", "'s' is not a unit"),
        (Format.DECIMAL, "1.2.3", "is not a number"),
        (Format.COUNT, "1e308 k", "too large"),
    ],
)
def test_what_cannot_be_read_is_told_with_an_example(kind, text, says):
    with pytest.raises(InvalidInput, match=says) as told:
        read_budget(METRICS[kind], text)
    (problem,) = told.value.problems
    assert problem.field == f"budgets.{kind.value}"
    assert example(METRICS[kind]) in problem.hint


@given(kind=st.sampled_from(list(Format)), value=st.floats(0, 1) | st.floats(-1e12, 1e12))
def test_what_is_written_reads_back(kind, value):
    text = write_budget(METRICS[kind], value)
    if kind is Format.PERCENT and abs(value) > 1 and "%" not in text:
        return  # an absurd share, which no settings page writes
    assert read_budget(METRICS[kind], text) == value


def test_a_share_that_should_be_small_has_a_small_example():
    error = METRICS[Format.PERCENT]
    accuracy = replace(error, direction=Direction.HIGHER)
    assert (example(accuracy), example(error)) == ("95 %", "5 %")
