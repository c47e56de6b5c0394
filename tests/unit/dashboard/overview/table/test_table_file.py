"""The table as a file: numbers, units in headings, nothing that a spreadsheet would compute."""

import csv
import io
import math
from dataclasses import replace
from datetime import UTC, datetime

from core.domain.ids import ProjectId
from core.domain.metric import Format
from core.domain.project import Project
from core.domain.recipe import Step
from core.domain.studies.reading import read_study
from core.domain.technique import LayerRules
from core.testing.laboratory import ACCURACY, CATALOGUE, LATENCY, SIZE
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.table.table import table_rows
from dashboard.views.overview.table.table_file import table_file

BASE = model(1, name='=HYPERLINK("x")', metrics={"top1": 0.945, "file_bytes": 319_000.0, "latency_ms": 1.5})
STUDENT = model(2, BASE, Step("prune", {"sparsity": 0.5}), metrics={"top1": math.nan}, teacher_id=BASE.id)
PROJECT = Project(
    ProjectId(1), "d", "D", "x", datetime(2026, 1, 1, tzinfo=UTC), metrics=(ACCURACY, SIZE, LATENCY)
)
NOW = Snapshot(PROJECT, (BASE, STUDENT), {spec.name: spec for spec in CATALOGUE.techniques})
COLUMNS = frozenset({"name", "metric:top1", "metric:file_bytes", "metric:latency_ms"})


def read(snapshot, chosen=COLUMNS):
    rows = table_rows(snapshot, frozenset(one.id for one in snapshot.models))
    return list(csv.reader(io.StringIO(table_file(snapshot, rows, chosen))))


def test_figures_are_numbers_with_their_unit_in_the_heading():
    heads, base, _ = read(NOW)
    assert heads[6:9] == ["Top-1 accuracy [fraction]", "File size [B]", "Latency [ms]"]
    assert [float(cell) for cell in base[6:9]] == [0.945, 319_000.0, 1.5]


def test_the_last_columns_say_under_which_conditions_values_were_measured():
    heads, base, student = read(NOW)
    assert heads[9:] == ["quality measured on", "times measured on"]
    assert base[9:] == student[9:] == ["as imported", "as imported"]


def test_models_are_told_with_parents_and_teachers_and_what_is_no_number_stays():
    heads, base, student = read(NOW)
    assert heads[:6] == ["id", "parent id", "teacher id", "step", "name", "Model"]
    assert (base[:3], student[:3]) == (["1", "", ""], ["2", "1", "1"])
    assert student[6:9] == ["nan", "", ""]


def test_a_name_is_no_formula():
    assert read(NOW)[1][4] == '\'=HYPERLINK("x")'


def test_headings_are_unique():
    twice = replace(PROJECT, metrics=(ACCURACY, replace(ACCURACY, name="top1_again")))
    heads = read(replace(NOW, project=twice), frozenset({"metric:top1", "metric:top1_again"}))[0]
    assert len(set(heads)) == len(heads)


def test_the_file_is_imported_with_the_same_lineage_steps_and_figures():
    pruned = model(
        3,
        BASE,
        Step("prune", {"sparsity": 0.5, "bits": [2, 4]}),
        metrics={"top1": 0.9, "latency_ms": 0.75},
        name="half",
        note="of Wednesday, =so",
        tags=("keep", "small"),
    )
    rules = LayerRules(("conv",), ("stem", "head"), (("conv1", {"sparsity": 0.1}),))
    spared = model(4, BASE, Step("prune", {"sparsity": 0.5}, rules), seed=7, name="spared")
    now = replace(NOW, models=(BASE, STUDENT, pruned, spared))
    chosen = COLUMNS | {"operation", "parameters", "tags", "note", "seed", "parameter:prune:sparsity"}
    rows = table_rows(now, frozenset(one.id for one in now.models))
    study = read_study(table_file(now, rows, chosen).encode(), "table.csv")
    base, student, half, other = study.models
    assert (other.step, other.seed, half.seed) == (spared.step, 7, 0)
    assert (base.name, base.parent, base.step) == (BASE.name, None, None)
    assert (student.parent, student.teacher) == ("1", "1")
    assert (half.name, half.parent, half.note, half.tags) == ("half", "1", pruned.note, ("keep", "small"))
    assert half.step == pruned.step
    assert half.metrics == {"Top-1 accuracy": 0.9, "Latency": 0.75}
    assert base.metrics == {"Top-1 accuracy": 0.945, "File size": 319_000.0, "Latency": 1.5}
    formats = {metric.name: (metric.format, metric.unit) for metric in study.metrics}
    assert formats == {
        "Top-1 accuracy": (Format.PERCENT, ""),
        "File size": (Format.BYTES, ""),
        "Latency": (Format.DECIMAL, "ms"),
    }
