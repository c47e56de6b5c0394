"""What is said where there is nothing to see: always with a way on."""

from dataclasses import replace
from datetime import UTC, datetime

from core.comparison.filtering import Condition
from core.domain.condition import Protocol, QualityCondition
from core.domain.ids import DatasetId, ProjectId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import LIGHT
from dashboard.views.overview.drawing import axes_of, encoding_of, scatter_of
from dashboard.views.overview.emptiness import no_models, none_pass, nothing_to_plot, unmeasured
from dashboard.views.overview.state import default_state

PROJECT = Project(ProjectId(1), "digits", "Digits", "image-classification", datetime(2026, 1, 1, tzinfo=UTC))
BASE = model(1)
TRAIN = Protocol(QualityCondition(DatasetId(1), split="train"))
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


def study_of(*models, protocol=TRAIN):
    return Snapshot(replace(PROJECT, metrics=(ACCURACY, SIZE), protocol=protocol), models, {})


def said_in_plot(now):
    axes = axes_of(now.project, "file_bytes", "top1", [])
    encoding = encoding_of(now, LIGHT, "top1", "file_bytes")
    drawn = scatter_of(now, encoding, axes, frozenset(one.id for one in now.models))
    return words(nothing_to_plot(now, axes, drawn))


def test_the_plot_of_a_project_without_models_offers_no_other_axes():
    assert "Models appear here" in said_in_plot(study_of())
    assert "Choose other metrics" not in said_in_plot(study_of())


def test_models_without_a_value_under_the_protocol_are_counted_and_can_be_measured():
    sized = [replace(model(n, metrics={"file_bytes": 10.0 * n}), artifact=n * "a") for n in (1, 2)]
    for said in (said_in_plot(study_of(*sized)), words(unmeasured(study_of(*sized), ACCURACY))):
        assert "2 models have not been measured on train" in said
        assert "Measure them" in said
        assert "of:top1" in said


def test_a_value_that_runs_may_bring_is_awaited():
    waiting = model(2, status=RunStatus.QUEUED)
    assert "ov-plot-empty" not in said_in_plot(study_of(BASE, waiting))
    assert unmeasured(study_of(BASE, waiting), ACCURACY) is None


def test_nothing_is_said_where_a_model_has_a_value():
    both = model(1, metrics={"file_bytes": 10.0, "top1": 0.5})
    assert "ov-plot-empty" not in said_in_plot(study_of(both))
    assert unmeasured(study_of(both), ACCURACY) is None


def test_models_without_weights_cannot_be_measured_but_other_axes_be_chosen():
    imported = study_of(model(1, metrics={"file_bytes": 10.0}), protocol=Protocol())
    assert "1 model has no value of Top-1 accuracy" in said_in_plot(imported)
    assert "Measure them" not in said_in_plot(imported)
    apart = study_of(model(1, metrics={"file_bytes": 10.0}), model(2, metrics={"top1": 0.5}))
    assert "Choose other metrics for the axes." in said_in_plot(apart)
