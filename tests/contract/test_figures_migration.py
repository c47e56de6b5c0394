"""A database of schema 0005, with merged metrics, becomes one whose figures are derived, on both kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection, Engine

from core.domain.ids import ModelId
from core.persistence.arrays import packed
from core.persistence.database import create_engine
from core.persistence.schema import _config, upgrade
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.testing.fakes import open_migrated

NOW = "2026-01-31 12:00:00+00:00"
NAMES = ("top1", "loss", "file_bytes", "parameters", "latency_ms_b1", "latency_iqr_ms_b1")
CPU, GPU = "old CPU", "old GPU"


def insert(connection: Connection, table: str, **values: Any) -> int:
    """Insert a row by plain SQL, as the version of that schema would have."""
    described = sa.Table(table, sa.MetaData(), autoload_with=connection)
    plain = {
        name: datetime.fromisoformat(NOW) if name.endswith("_at") and value == NOW else value
        for name, value in values.items()
    }
    result = connection.execute(sa.insert(described).values(**plain).returning(described.c.id))
    return int(result.scalar_one())


def definition(name: str) -> dict[str, Any]:
    quality = name in {"top1", "loss"}
    return {
        "name": name, "label": name, "direction": "higher" if name == "top1" else "lower",
        "format": "decimal", "unit": "ms" if name.startswith("latency") else "",
        "group": "quality" if quality else "efficiency",
        "description": "", "authority": "declared",
    }  # fmt: skip


def model(connection: Connection, project_id: int, name: str, metrics: dict[str, Any]) -> int:
    return insert(
        connection, "models", project_id=project_id, name=name, identity=name, seed=0, manifest={},
        metrics=metrics, author="", note="", tags=[], starred=False, archived=False, created_at=NOW,
        revision=1,
    )  # fmt: skip


def evaluation(connection: Connection, model_id: int, dataset_id: int, split: str, top1: float) -> int:
    return insert(
        connection, "evaluations", model_id=model_id, dataset_id=dataset_id, split=split, instances=148,
        metrics={"top1": top1, "loss": "NaN" if split == "train" else 0.5}, created_at=NOW,
        details={"class_names": ["a", "b"]}, environment={"precision": "float32"},
    )  # fmt: skip


def profile(connection: Connection, model_id: int, device: str, latency: float) -> int:
    return insert(
        connection, "profiles", model_id=model_id, device=device, created_at=NOW,
        metrics={"file_bytes": 100.0, "parameters": 25.0, "latency_ms_b1": latency, "latency_iqr_ms_b1": 0.4},
        environment={"threads": 2, "large_batch": 64, "load_average": 9.0, "cores": 2, "speed": "real"},
    )  # fmt: skip


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return a database as schema 0005 left it: a base and a compressed model, and an imported study."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0005")
    with engine.begin() as connection:
        _fill(connection)
    yield engine
    engine.dispose()


def _fill(connection: Connection) -> None:
    about = {"description": "", "budgets": {}, "revision": 1, "created_at": NOW, "primary_metrics": ["top1"]}
    project = insert(
        connection, "projects", slug="old", name="Old", task="image-classification",
        metrics=[definition(name) for name in NAMES], **about,
    )  # fmt: skip
    data = insert(connection, "datasets", project_id=project, name="d", source="digits", parameters={})
    # as they were merged: top1 of the evaluation on train, the latency of the GPU
    merged = {"top1": 0.123, "loss": 0.5, "file_bytes": 100.0, "parameters": 25.0, "latency_ms_b1": 0.1}
    base = model(connection, project, "base", merged)
    small = model(connection, project, "small", {**merged, "top1": 0.05})
    connection.execute(
        sa.text("INSERT INTO edges (child_id, role, parent_id) VALUES (:child, 'parent', :parent)"),
        {"child": small, "parent": base},
    )
    remade = {"artifact": "b" * 64, "made_at": datetime.fromisoformat("2026-02-01 12:00:00+00:00")}
    made = {"artifact": "a" * 64, "made_at": datetime.fromisoformat(NOW)}
    every = sa.Table("models", sa.MetaData(), autoload_with=connection)
    for one, values in ((base, made), (small, remade)):
        connection.execute(sa.update(every).where(every.c.id == one).values(**values))
    first = evaluation(connection, base, data, "test", 15 / 148)
    evaluation(connection, base, data, "train", 0.123)
    evaluation(connection, small, data, "test", 0.05)
    profile(connection, base, CPU, 2.0)
    profile(connection, base, GPU, 0.1)
    outcomes = sa.Table("outcome_arrays", sa.MetaData(), autoload_with=connection)
    probabilities = np.log(np.array([[0.5, 0.5], [0.25, 0.75]] * 74))
    for name, array in (("label", np.zeros(148, np.int16)), ("log_probabilities", probabilities)):
        connection.execute(sa.insert(outcomes).values(evaluation_id=first, **packed(name, array)))
    study = insert(
        connection, "projects", slug="study", name="Study", task="imported-study",
        metrics=[definition("top1")], **about,
    )  # fmt: skip
    model(connection, study, "imported", {"top1": 0.75, "odd": "Infinity"})


@pytest.fixture
def app(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[Application]:
    assert upgrade(engine) is True
    opened = open_migrated(database_url, tmp_path)
    yield opened
    opened.close()


def test_the_protocol_is_what_models_were_first_measured_under(app: Application) -> None:
    project = projects.get_project(app, "old")
    quality, efficiency = project.protocol.quality, project.protocol.efficiency
    assert quality is not None
    assert (quality.dataset_id, quality.split) == (project.datasets[0].id, "test")
    assert (quality.instances, quality.precision) == (None, "float32")
    assert efficiency is not None
    assert (efficiency.device, efficiency.threads, efficiency.batch) == (CPU, 2, 64)


def test_merged_values_are_parted_by_what_measured_them(app: Application) -> None:
    base, small = models.list_models(app, projects.get_project(app, "old").id)
    assert base.metrics["top1"] == pytest.approx(15 / 148)
    assert base.metrics["top1@split=train"] == 0.123
    assert (base.metrics["latency_ms_b1"], base.metrics[f"latency_ms_b1@device={GPU}"]) == (2.0, 0.1)
    assert (base.metrics["file_bytes"], base.metrics["parameters"]) == (100.0, 25.0)
    assert "file_bytes@device=old GPU" not in base.metrics
    assert small.metrics["top1@recovery"] == pytest.approx(0.05 / (15 / 148))
    assert (
        "latency_ms_b1" in small.metrics
    )  # merged without a profile that says where from: a fact of its own
    assert base.caveats["latency_ms_b1"] == ("timed on a busy machine",)


def test_intervals_come_from_values_and_stored_outcomes(app: Application) -> None:
    base = models.get_model(app, ModelId(1)).model
    assert base.instances == 148
    assert base.intervals["top1"] == pytest.approx((0.0624, 0.1605), abs=5e-5)  # Newcombe 1998, table I
    # half of the losses are log 2, half are log 4: mean 1.0397, standard error 0.34774 / sqrt(148)
    assert base.intervals["loss"] == pytest.approx((1.0397 - 0.0560, 1.0397 + 0.0560), abs=2e-4)
    assert "latency_ms_b1" not in base.intervals  # of its repetitions only the interquartile range was kept


def test_measurements_belong_to_the_checkpoint_made_before_them(app: Application) -> None:
    base, small = (models.get_model(app, ModelId(number)) for number in (1, 2))
    assert {one.artifact for one in (*base.evaluations, *base.profiles)} == {"a" * 64}
    assert [one.artifact for one in small.evaluations] == [None]  # made again afterwards: not known
    assert small.model.metrics["top1"] == 0.05


def test_imported_figures_stay_as_they_were(app: Application) -> None:
    project = projects.get_project(app, "study")
    assert (project.protocol.quality, project.protocol.efficiency) == (None, None)
    (imported,) = models.list_models(app, project.id)
    assert imported.metrics == {"top1": 0.75, "odd": float("inf"), "top1@recovery": 1.0}


def test_new_definitions_know_what_a_value_depends_on(app: Application, engine: Engine) -> None:
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT metrics FROM projects WHERE slug = 'old'")).scalar_one()
    listed = json.loads(stored) if isinstance(stored, str) else stored
    depends = {each["name"]: each["depends_on"] for each in listed}
    assert depends["file_bytes"] == []
    assert depends["top1"] is None
    assert "batch" not in depends["latency_ms_b1"]
