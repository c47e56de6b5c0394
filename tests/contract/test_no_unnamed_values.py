"""No service, view or export shows a value of another condition than the protocol's under a plain name.

Values measured elsewhere are numbers that occur nowhere else; every surface is searched for them.
"""

from __future__ import annotations

import csv
import io

import pytest

from core.domain.project import Project
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.comparison import summaries
from core.services.measurements import measurements
from core.services.measurements.measurements import Measurement
from core.services.models import models
from core.services.projects import projects
from core.services.queue import run_lifecycle
from core.services.queue.results import Evaluated, Profiled
from core.services.rows.things import model_row
from core.testing.laboratory import Laboratory
from dashboard.projects import snapshot
from dashboard.theme import LIGHT
from dashboard.views.models.grid.download_callbacks import models_file
from dashboard.views.overview import drawing
from dashboard.views.overview.details.card import model_card
from dashboard.views.overview.details.small_selection import several_models
from dashboard.views.overview.table.table import table_columns, table_rows
from dashboard.views.overview.table.table_file import table_file

TOP1, LOSS, LATENCY = 0.31415926, 2.7182818, 0.0577215
TEXTS = ("31.4 %", "2.72 nats", "0.0577 ms")
"""What the values look like where they are written for people."""
NUMBERS = tuple(map(str, (TOP1, LOSS, LATENCY)))


@pytest.fixture
def project(app: Application) -> Project:
    """Return a project of two models that were also measured on train, in bfloat16 and on another device."""
    laboratory = Laboratory(app)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5,)}),),))
    laboratory.play()
    ids = [model.id for model in models.list_models(app, project.id)]
    for how in (Measurement(split="train"), Measurement(precision="bfloat16"), Measurement(instances=2)):
        measurements.queue_evaluation(app, ids, how)
    while run := laboratory.claim():
        told = {"precision": run.payload["precision"]}
        if "instances" in run.payload:
            told["instances_asked"] = run.payload["instances"]
        data, metrics = project.datasets[0].id, {"top1": TOP1, "loss": LOSS}
        found = Evaluated(data, run.payload["split"], 4, metrics, {}, environment=told)
        run_lifecycle.succeed(app, run.id, run.attempt, found)
    measurements.queue_profile(app, ids)
    while run := laboratory.claim():
        run_lifecycle.succeed(app, run.id, run.attempt, Profiled("another device", {"latency_ms": LATENCY}))
    return projects.get_project(app, project.id)


@pytest.fixture
def plain(project: Project) -> set[str]:
    return {metric.name for metric in project.measured_metrics}


def test_models_have_no_such_value_under_a_plain_name(
    app: Application, project: Project, plain: set[str]
) -> None:
    for model in models.list_models(app, project.id):
        for name, value in model.metrics.items():
            assert (value in (TOP1, LOSS, LATENCY)) is (
                name not in plain and not name.endswith("@recovery")
            ), name


def test_the_console_and_changes_list_them_apart(app: Application, project: Project, plain: set[str]) -> None:
    for model in models.changed_models(app, project.id, since=0).models:
        row = model_row(model, project)
        assert set(row["metrics"]) <= plain
        assert not set(NUMBERS) & set(map(str, row["metrics"].values()))
        named = {entry["label"] for entry in row["figures"].values() if str(entry["value"]) in NUMBERS}
        assert named
        assert all("\N{MIDDLE DOT}" in label for label in named)


def test_what_is_drawn_and_said_by_default_does_not_use_them(app: Application, project: Project) -> None:
    now = snapshot.read(app, project.slug)
    encoding = drawing.encoding_of(now, LIGHT, "top1", "file_bytes")
    every = {model.id for model in now.models}
    axes = drawing.axes_of(project, "latency_ms", "top1", [])
    told = [
        drawing.scene_of(now, encoding, "operation"),
        drawing.scatter_of(now, encoding, axes, every),
        several_models(now, now.models, LIGHT),
        summaries.compare(app, list(every)).summary,
    ]
    written = " ".join(map(str, told))
    for text in (*TEXTS, *NUMBERS):
        assert text not in written


def test_the_card_names_their_condition(app: Application, project: Project) -> None:
    now = snapshot.read(app, project.slug)
    details = models.get_model(app, now.models[0].id)
    alone = model_card(details, project.measured_metrics, now, slug=project.slug)
    assert not any(text in str(alone) for text in TEXTS)
    whole = str(model_card(details, project.leading_metrics, now, slug=project.slug))
    assert "Top-1 accuracy \N{MIDDLE DOT} train" in whole
    assert "Measured on: test \N{MIDDLE DOT} 4 instances \N{MIDDLE DOT} float32; laboratory CPU." in whole


def test_tables_and_files_have_columns_of_their_own_for_them(app: Application, project: Project) -> None:
    now = snapshot.read(app, project.slug)
    every = frozenset(model.id for model in now.models)
    rows = table_rows(now, every)
    columns = frozenset(column["colId"] for column in table_columns(now, rows))
    for content in (table_file(now, rows, columns), models_file(app, project, sorted(every))):
        heads, *lines = csv.reader(io.StringIO(content))
        assert heads[-2:] == ["quality measured on", "times measured on"]
        found = {head for line in lines for head, cell in zip(heads, line, strict=True) if cell in NUMBERS}
        assert found
        assert all("\N{MIDDLE DOT}" in head for head in found)
