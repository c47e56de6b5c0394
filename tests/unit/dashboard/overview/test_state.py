"""The state in the address: kept, checked, completed."""

from datetime import UTC, datetime

import pytest

from core.comparison.map.map_columns import Arrangement
from core.domain.ids import ProjectId
from core.domain.project import Project
from core.testing.laboratory import ACCURACY, LATENCY, LOSS, SIZE
from dashboard.views.overview.state import MOST_AXES, PLAIN, read_state

PROJECT = Project(
    ProjectId(1), "digits", "Digits", "image-classification", datetime(2026, 1, 1, tzinfo=UTC),
    metrics=(LOSS, ACCURACY, SIZE, LATENCY), primary=("top1", "file_bytes"),
)  # fmt: skip


def test_a_first_visit_shows_quality_against_cost():
    state = read_state({}, PROJECT)
    assert (state.colour, state.size, state.x, state.y) == ("top1", "file_bytes", "file_bytes", "top1")
    assert (state.arrangement, state.logs, state.selected) == (Arrangement.BY_OPERATION, ("front",), ())


def test_everything_in_the_address_counts():
    given = {
        "colour": "loss", "size": PLAIN, "x": "latency_ms", "y": "loss", "log": "x.y",
        "layout": "step", "selected": "3.14", "tab": "table",
    }  # fmt: skip
    state = read_state(given, PROJECT)
    assert (state.colour, state.size, state.x, state.y) == ("loss", PLAIN, "latency_ms", "loss")
    assert (state.logs, state.arrangement) == (("x", "y"), Arrangement.BY_STEP)
    assert (state.selected, state.tab) == ((3, 14), "table")


@pytest.mark.parametrize(
    "odd",
    [
        {"colour": "<script>"},
        {"x": "gone"},
        {"layout": "circle"},
        {"selected": "a.-1.²"},
        {"tab": "nowhere"},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_is_unknown_falls_back(odd):
    assert read_state(odd, PROJECT) == read_state({}, PROJECT)


def test_the_tables_columns_are_part_of_the_state():
    state = read_state({"columns": "name,parameter%3Aa%2Cb%3Ac", "differing": "1"}, PROJECT)
    assert (state.columns, state.differing) == (("name", "parameter:a,b:c"), True)
    assert read_state({}, PROJECT).columns is None


@pytest.mark.parametrize(
    ("axes", "kept"),
    [
        ("acc,acc,acc,zz", ()),
        ("metric%3Atop1,metric%3Atop1,metric%3Agone", ("metric:top1",)),
        ("parameter%3Aprune%3Aamount,parameter%3Aprune,text,", ("parameter:prune:amount",)),
        (",".join(f"parameter%3Aprune%3A{number}" for number in range(20)), None),
    ],
    ids=["no fields", "twice", "no parameters", "many"],
)
def test_axes_are_fields_and_each_is_there_once(axes, kept):
    read = read_state({"axes": axes}, PROJECT).axes
    assert read == kept if kept is not None else len(read) == MOST_AXES


def test_all_switches_off_is_a_state_too():
    assert read_state({"log": ""}, PROJECT).logs == ()


def test_a_project_without_metrics_has_plain_models():
    bare = Project(ProjectId(1), "x", "X", "other", datetime(2026, 1, 1, tzinfo=UTC))
    assert read_state({}, bare).colour == PLAIN
