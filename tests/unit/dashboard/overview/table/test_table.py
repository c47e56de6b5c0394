"""The table: which columns there are, which are shown, what stands in the rows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.ids import ProjectId
from core.domain.project import Project
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, CATALOGUE, SIZE
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.table.table import table_columns, table_rows

BASE = model(1, metrics={"top1": 0.9, "file_bytes": 400.0})
HALF = model(2, BASE, Step("prune", {"sparsity": 0.5}), metrics={"top1": 0.8, "file_bytes": 400.0})
MODELS = (
    BASE,
    HALF,
    model(3, BASE, Step("prune", {"sparsity": 0.9}), metrics={"top1": 0.7, "file_bytes": 400.0}),
    model(4, HALF, Step("quantize", {"bits": 4}), metrics={"file_bytes": 400.0}),
)
PROJECT = Project(ProjectId(1), "d", "D", "x", datetime(2026, 1, 1, tzinfo=UTC), metrics=(ACCURACY, SIZE))
NOW = Snapshot(PROJECT, MODELS, {spec.name: spec for spec in CATALOGUE.techniques})
ALL = frozenset(one.id for one in MODELS)


def shown(columns):
    return [column["colId"] for column in columns if not column["hide"]]


def test_parameters_count_anywhere_in_the_recipe():
    rows = table_rows(NOW, ALL)
    assert [row["values"] for row in rows] == [[None], [0.5], [0.9], [0.5]]
    column = next(one for one in table_columns(NOW, rows) if one["field"] == "values.0")
    assert (column["colId"], column["hide"]) == ("parameter:prune:sparsity", True)


def test_only_models_that_pass_get_a_row():
    assert [row["id"] for row in table_rows(NOW, frozenset({2, 4}))] == ["2", "4"]


def test_columns_can_be_chosen():
    rows = table_rows(NOW, ALL)
    assert shown(table_columns(NOW, rows, {"note", "metric:top1"})) == ["lineage", "metric:top1", "note"]


def test_names_that_repeat_are_left_out_at_first_since_the_lineage_says_which_model_it_is():
    again = replace(NOW, models=tuple(replace(one, name="pruned") for one in MODELS))
    rows = table_rows(again, ALL)
    assert "name" not in shown(table_columns(again, rows))
    assert "name" in shown(table_columns(again, rows, {"lineage", "name"}))
    assert len({row["lineage"] for row in rows}) == len(MODELS)


def test_columns_that_are_alike_can_be_left_out():
    rows = table_rows(NOW, ALL)
    usual, differing = shown(table_columns(NOW, rows)), shown(table_columns(NOW, rows, differing=True))
    assert "metric:file_bytes" in usual
    assert differing == ["lineage", "name", "metric:top1", "id", "operation", "parameters"]


def test_bars_are_relative_to_the_largest_figure_shown():
    figures = [one for one in table_columns(NOW, table_rows(NOW, ALL)) if "cellRendererParams" in one]
    assert [one["cellRendererParams"]["largest"] for one in figures] == [0.9, 400.0]


@pytest.mark.parametrize("ids", [frozenset(), frozenset({4})], ids=["no rows", "none measured"])
def test_columns_without_figures_have_no_bars(ids):
    figures = [one for one in table_columns(NOW, table_rows(NOW, ids)) if one["colId"] == "metric:top1"]
    assert figures[0]["cellRendererParams"]["largest"] == 0
