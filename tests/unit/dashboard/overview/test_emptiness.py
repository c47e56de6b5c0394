"""What is said where there is nothing to see: always with a way on."""

from dataclasses import replace
from datetime import UTC, datetime

from core.comparison.filtering import Condition
from core.domain.ids import ProjectId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.project import Project
from core.testing.forests import model
from dashboard.theme import LIGHT
from dashboard.views.overview.drawing import axes_of, encoding_of, scatter_of
from dashboard.views.overview.emptiness import no_models, none_pass
from dashboard.views.overview.snapshot import Snapshot
from dashboard.views.overview.state import default_state

PROJECT = Project(ProjectId(1), "digits", "Digits", "image-classification", datetime(2026, 1, 1, tzinfo=UTC))
BASE = model(1)
STRICT = (Condition("author", ("nobody",)),)


def words(content):
    return "" if content is None else str(content)


def test_a_project_without_models_leads_to_adding_one():
    assert "/p/digits/models?tab=add" in words(no_models(Snapshot(PROJECT, (), {})))
    assert no_models(Snapshot(PROJECT, (BASE,), {})) is None


def test_a_filter_that_nothing_passes_can_be_cleared_on_the_map():
    said = words(none_pass(Snapshot(PROJECT, (BASE,), {}), frozenset(), STRICT))
    assert "No model passes the filter" in said
    assert "Clear the filter" in said


def test_an_archive_that_holds_everything_is_no_filter():
    away = Snapshot(PROJECT, (replace(BASE, archived=True),), {})
    assert "show=archived" in words(none_pass(away, frozenset(), ()))


def test_nothing_is_said_while_something_is_shown():
    assert none_pass(Snapshot(PROJECT, (BASE,), {}), frozenset({BASE.id}), STRICT) is None
    assert none_pass(Snapshot(PROJECT, (), {}), frozenset(), STRICT) is None


def test_the_plot_of_a_project_without_metrics_says_where_they_come_from():
    now = Snapshot(PROJECT, (BASE,), {}).with_variables
    state = default_state(now.project)
    axes = axes_of(now.project, state.x, state.y, [])
    encoding = encoding_of(now, LIGHT, state.colour, state.size)
    drawn = scatter_of(now, encoding, axes, frozenset({BASE.id}))
    assert drawn.title == "This project has no metrics yet"
    assert "first evaluation" in drawn.note


def test_a_project_without_quality_metrics_plots_those_that_it_has():
    latency = MetricDefinition("latency_ms", "Latency", Direction.LOWER, unit="ms", group=Group.EFFICIENCY)
    size = MetricDefinition("file_bytes", "Size", Direction.LOWER, group=Group.EFFICIENCY)
    heat = MetricDefinition("heat", "Heat", Direction.NEITHER, group=Group.EFFICIENCY)
    for metrics, shown in (((latency, size), ("latency_ms", "file_bytes")), ((heat,), ("heat", "heat"))):
        project = replace(PROJECT, metrics=metrics)
        state = default_state(project)
        assert (state.x, state.y) == shown
        axes = axes_of(project, state.x, state.y, [])
        assert axes is not None
        assert (axes.x.name, axes.y.name) == shown
