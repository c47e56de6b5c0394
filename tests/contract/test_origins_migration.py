"""Models of a database of schema 0010 get their origin from the runs that made them, on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection, Engine

from core.persistence.database import create_engine
from core.persistence.schema import _config, upgrade

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WANTED = {
    "trained here": "trained",
    "drawn network": "constructed",
    "published weights": "pretrained",
    "drawn torchvision": "constructed",
    "own weights": "pretrained",
    "plug-in without weights": "constructed",
    "plug-in with weights": "pretrained",
    "pruned": "derived",
    "tuned": "trained",
    "own step with a curve": "trained",
    "still queued": None,
    "study network": "constructed",
    "study start": "trained",
    "study alone": "imported",
}
_UNWEIGHTED = "All weights are drawn at random: train the model first, or give its weights."


def insert(connection: Connection, table: str, **values: Any) -> int:
    """Insert a row as the version of that schema would have."""
    described = sa.Table(table, sa.MetaData(), autoload_with=connection)
    returned = described.c.id if "id" in described.c else described.c.run_id
    row = sa.insert(described).values(**values).returning(returned)
    return int(connection.execute(row).scalar_one())


class Filling:
    """Fills the database of schema 0010."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.project = insert(
            connection, "projects", slug="old", name="Old", task="image-classification", description="",
            metrics=[], primary_metrics=[], budgets={}, acceptable_loss=0.01, protocol={}, variants=[],
            revision=1, created_at=NOW,
        )  # fmt: skip

    def base(self, name: str, kind: str = "", source: str = "residual-cnn", **about: Any) -> int:
        """Add a base, with the run that made it unless it is of a study."""
        parameters, notes = about.get("parameters", {}), about.get("notes", [])
        given = {"name": source, "parameters": parameters}
        model = self._model(name, source=given, manifest={"notes": notes})
        return self._made(model, kind, about.get("status", "succeeded"))

    def child(self, name: str, parent: int, technique: str, kind: str = "compress", **about: Any) -> int:
        """Add a model that a step made."""
        step = {
            "technique": technique,
            "parameters": {},
            "rules": {"include": [], "exclude": [], "overrides": []},
        }
        model = self._model(name, step=step, manifest={})
        edge = {"child": model, "parent": parent}
        sentence = "INSERT INTO edges (child_id, role, parent_id) VALUES (:child, 'parent', :parent)"
        self.connection.execute(sa.text(sentence), edge)
        return self._made(model, kind, "succeeded", curve=about.get("curve", False))

    def _model(self, name: str, **values: Any) -> int:
        return insert(
            self.connection, "models", project_id=self.project, name=name, identity=name, seed=0,
            own_metrics={}, metrics={}, intervals={}, caveats={}, author="", note="", tags=[], starred=False,
            archived=False, created_at=NOW, revision=1, **values,
        )  # fmt: skip

    def _made(self, model: int, kind: str, status: str, *, curve: bool = False) -> int:
        if kind:
            run = insert(
                self.connection, "runs", project_id=self.project, model_id=model, kind=kind, status=status,
                payload={}, queue="cpu", priority=0, attempt=1, max_attempts=3, progress=1.0, author="",
                progress_message="", revision=1, created_at=NOW,
            )  # fmt: skip
            if curve:
                point = {"run_id": run, "attempt": 1, "number": 0, "updates": 1, "epoch": 1.0}
                insert(self.connection, "curve_points", **point, figures={"loss": 1.0})
        return model


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0010")
    with engine.begin() as connection:
        old = Filling(connection)
        trained = old.base("trained here", "train")
        old.base("drawn network", "import")
        torchvision = {"architecture": "resnet18", "weights_file": "", "published": True}
        old.base("published weights", "import", "torchvision", parameters=torchvision)
        unweighted = torchvision | {"published": False}
        old.base("drawn torchvision", "import", "torchvision", parameters=unweighted)
        own = {"factory": "mine", "weights_file": "/data/mine.safetensors"}
        old.base("own weights", "import", "weights-file", parameters=own)
        old.base("plug-in without weights", "import", "mine", notes=[_UNWEIGHTED])
        old.base("plug-in with weights", "import", "mine")
        pruned = old.child("pruned", trained, "magnitude-pruning")
        old.child("tuned", pruned, "fine-tune")
        old.child("own step with a curve", pruned, "mend", curve=True)
        old.base("still queued", "train", status="queued")
        network = old.base("study network", source="imported-study")
        old.child("study start", network, "Train", kind="")
        old.base("study alone", source="imported-study")
    yield engine
    engine.dispose()


def test_origins_are_found_in_what_was_kept(engine: Engine) -> None:
    assert upgrade(engine) is True
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT name, origin FROM models")).all()
    assert {row.name: row.origin for row in rows} == WANTED
