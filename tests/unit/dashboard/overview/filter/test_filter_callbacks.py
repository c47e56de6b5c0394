"""The filter's words, editors and answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.comparison.filtering import Condition
from core.domain.ids import ProjectId
from core.domain.metric import Format
from core.domain.project import Project
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, CATALOGUE, LATENCY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.metric_scale import BINS, histogram, metric_scale
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.filter.filter_callbacks import count_text, edited
from dashboard.views.overview.filter.filter_fields import choices, condition_text, offered
from dashboard.views.overview.filter.filter_pane import editors, part_id
from dashboard.views.overview.state import read_state

BASE = model(1, metrics={"top1": 0.9, "file_bytes": 400.0}, author="ada", tags=("keep",))
MODELS = (
    BASE,
    model(2, BASE, Step("prune", {"sparsity": 0.9}), metrics={"top1": 0.5}),
    model(3, BASE, Step("prune", {"sparsity": 0.15}), metrics={"top1": 0.7}),
)
PROJECT = Project(
    ProjectId(1), "d", "D", "x", datetime(2026, 1, 1, tzinfo=UTC), metrics=(ACCURACY, SIZE, LATENCY)
)
NOW = Snapshot(PROJECT, MODELS, {spec.name: spec for spec in CATALOGUE.techniques})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("metric:top1", low=0.2), "Top-1 accuracy ≥ 20.0 %"),
        (Condition("metric:file_bytes", high=90e3), "File size ≤ 90 kB"),
        (Condition("metric:latency_ms", low=1.0, high=2.5), "Latency 1 ms to 2.5 ms"),
        (Condition("metric:gone", low=1.0), "gone ≥ 1.0"),
        (Condition("operation", ("prune", "base")), "Operation: magnitude pruning or base"),
        (Condition("parameter:prune:sparsity", ("0.9",)), "sparsity (magnitude pruning): 0.9"),
        (Condition("tag", ("a", "<b>")), "Tag: a or <b>"),
        (Condition("date", low="2026-01-02"), "Date made ≥ 2026-01-02"),
    ],
    ids=lambda value: value.field if isinstance(value, Condition) else "",
)
def test_conditions_read_like_sentences(condition, expected):
    assert condition_text(condition, NOW) == expected


def test_only_what_models_have_is_offered():
    fields = [item["value"] for group in offered(NOW) for item in group["items"]]
    assert {"metric:top1", "parameter:prune:sparsity", "operation", "text"} <= set(fields)
    assert "metric:latency_ms" not in fields


def test_values_of_a_parameter_are_in_numeric_order():
    assert [one["value"] for one in choices("parameter:prune:sparsity", NOW)] == ["0.15", "0.9"]


@pytest.mark.parametrize(("largest", "unit"), [(400.0, "B"), (4e4, "kB"), (4e7, "MB"), (4e10, "GB")], ids=str)
def test_sizes_are_typed_in_the_unit_they_are_read_in(largest, unit):
    assert metric_scale(SIZE, largest).unit == unit
    assert SIZE.format is Format.BYTES


def test_the_histogram_counts_every_value_once():
    heights = histogram([0.0, 0.0, 1.0])
    assert (len(heights), heights[0], heights[-1], sum(heights)) == (BINS, 1.0, 0.5, 1.5)


def test_what_is_typed_becomes_a_condition_in_stored_units():
    parts = [
        (part_id("low", "metric:top1", 100.0), "20"),
        (part_id("high", "metric:top1", 100.0), ""),
        (part_id("values", "tag"), ["keep"]),
        (part_id("words", "text"), " two  words "),
    ]
    before = (Condition("metric:top1"), Condition("tag"), Condition("text"), Condition("status", ("made",)))
    assert edited(before, parts) == (
        Condition("metric:top1", low=0.2),
        Condition("tag", ("keep",)),
        Condition("text", ("two", "words")),
        Condition("status", ("made",)),
    )


@pytest.mark.parametrize("typed", ["-", "", None, "1e999", "1_000", "nan", "1,234"], ids=repr)
def test_half_a_number_is_no_limit(typed):
    parts = [(part_id("low", "metric:top1", 1.0), typed), (part_id("high", "metric:top1", 1.0), None)]
    assert edited([Condition("metric:top1", low=0.5)], parts) == (Condition("metric:top1"),)


def test_editors_show_stored_numbers_as_people_read_them():
    drawn = json.dumps(
        editors(NOW, [Condition("metric:top1", low=0.2)]), default=lambda one: one.to_plotly_json()
    )
    assert '"value": "20"' in drawn
    assert "Lowest Top-1 accuracy in %" in drawn


def test_the_count_says_what_is_left():
    assert count_text(NOW, frozenset({1, 2, 3})) == "3 models"
    assert count_text(NOW, frozenset({2})) == "1 of 3 models"
    assert count_text(NOW, frozenset()) == "0 of 3 models"


def test_an_address_keeps_the_filter_and_drops_nonsense():
    state = read_state({"filter": "operation=prune;gone=1;metric:top1=0.2..", "tab": "filter"}, PROJECT)
    assert (state.filter, state.tab) == ("operation=prune;metric:top1=0.2..", "filter")


@pytest.mark.parametrize("ends", [(-1e308, 1e308), (5e-324, 1.7e308), (0.0, 5e-324)], ids=str)
def test_the_brush_has_a_length_whatever_the_figures_are(ends):
    models = [model(number, metrics={"top1": value}) for number, value in enumerate(ends, start=1)]
    shown = editors(replace(NOW, models=tuple(models)), [Condition("metric:top1")])
    json.dumps(shown, default=lambda one: one.to_plotly_json(), allow_nan=False)
