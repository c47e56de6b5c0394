"""What a profile times has a load and an interval; what it counts has neither."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.cells import MetricCell, MetricRow, Verdict, judged
from core.comparison.metrics.dot_axis import dot_axis
from core.domain.condition import ConditionField
from core.domain.ids import ModelId, ProfileId
from core.domain.measurement.evaluation import REFERENCE_AFTER, REFERENCE_BEFORE, Profile, crowded
from core.domain.metric import Direction, Format, Group, MetricDefinition, format_change
from core.services.comparison.timings import timing_of, why_apart
from core.testing.laboratory import ACCURACY, LATENCY

FLOPS = MetricDefinition(
    "flops",
    "Dense FLOPs",
    Direction.LOWER,
    Format.COUNT,
    group=Group.EFFICIENCY,
    depends_on=(ConditionField.DATA,),
)
MEMORY = replace(
    FLOPS, name="peak", label="Peak memory", format=Format.BYTES, depends_on=(ConditionField.DEVICE,)
)
BUSY = {"load_average": 40.0, "cores": 2, "speed": "simulated"}


@pytest.fixture
def timed(base, project):
    """What is told of a metric of a profile on a machine with twenty processes per core."""
    values = {"flops": 8e6, "peak": 2e6, LATENCY.name: 3.0}
    profile = Profile(ProfileId(1), base.id, "a CPU", values, datetime(2026, 1, 1, tzinfo=UTC), BUSY)
    return lambda metric: timing_of(metric, base, [profile], project)


def test_what_is_timed_tells_the_load(timed):
    found = timed(LATENCY)
    assert "load 20.0 per core" in found.words
    assert found.caveats == ("timed on a busy machine", "simulated arithmetic")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [((1.0, 1.1), (1.2, 1.25), ""), ((1.0, 1.1), (1.9, 2.0), "the machine itself was slower")],
)
def test_times_of_a_slower_machine_are_not_subtracted(base, project, before, after, told):
    def timing(times):
        told = {REFERENCE_BEFORE: times[0], REFERENCE_AFTER: times[1]}
        values = {LATENCY.name: 3.0}
        profile = Profile(ProfileId(1), base.id, "a CPU", values, datetime(2026, 1, 1, tzinfo=UTC), told)
        return timing_of(LATENCY, base, [profile], project)

    assert told in why_apart(LATENCY, timing(before), timing(after))
    assert bool(told) is bool(why_apart(LATENCY, timing(before), timing(after)))


def test_a_machine_that_changed_while_a_model_was_timed_is_busy():
    assert crowded({REFERENCE_BEFORE: 1.0, REFERENCE_AFTER: 1.4})
    assert not crowded({REFERENCE_BEFORE: 1.0, REFERENCE_AFTER: 1.2})


def test_what_is_counted_is_not_called_timed(timed):
    assert (timed(FLOPS).words, timed(FLOPS).caveats, timed(FLOPS).busy) == ("", (), False)
    assert timed(MEMORY).words.startswith("a CPU")
    assert "load" not in timed(MEMORY).words
    assert timed(MEMORY).caveats == ()


@pytest.mark.parametrize(("metric", "verdict"), [(FLOPS, "better"), (MEMORY, "unsure"), (LATENCY, "unsure")])
def test_what_no_device_changes_is_judged_without_a_test(metric, verdict):
    change = Difference(-6e6, float("nan"), float("nan"), float("nan"), 0)
    cells = MetricCell(ModelId(1), 8e6), MetricCell(ModelId(2), 2e6, change=change)
    ((row,), _) = judged([MetricRow(metric, cells[0], cells[1:])])
    assert row.cells[0].verdict is Verdict(verdict)


def test_the_axis_of_times_does_not_begin_below_zero():
    cells = MetricCell(ModelId(1), 98.8, (80.0, 110.0)), MetricCell(ModelId(2), 2.4, (1.5, 3.0))
    axis = dot_axis(MetricRow(LATENCY, cells[0], cells[1:]))
    assert axis.low == 0
    assert axis.place(0) == 0


def test_no_change_has_no_sign():
    assert format_change(ACCURACY, 0.0) == format_change(ACCURACY, -0.0003) == "0.0 pts"
    assert format_change(FLOPS, 0.0) == "0"
    assert format_change(ACCURACY, -0.0006) == "\N{MINUS SIGN}0.1 pts"
    assert format_change(FLOPS, 2e6) == "+2 M"
