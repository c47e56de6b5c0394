"""A backup brings everything back, between both kinds of database; nothing that is needed is cleaned away."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.queue.run import RunStatus
from core.errors import Conflict, UnusableInput
from core.persistence.repositories import artifact_references
from core.persistence.tables.tables import Base, ModelRow
from core.services.access.audit import audit_trail
from core.services.application import Application, Connection, open_application
from core.services.models.models import list_models
from core.services.projects.projects import list_projects
from core.services.upkeep.backup import back_up, last_backup, restore
from core.services.upkeep.garbage import remove_unused_artifacts, stored_artifacts
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.servers.servers import database


def opened(url: str, folder: Path) -> Application:
    return open_application(Connection(url, str(folder / "artifacts"), folder / "logs", folder / "cache"))


def stored(app: Application, text: str, folder: Path) -> str:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "source").write_text(text)
    return app.artifacts.put(folder / "source")


def use(app: Application, key: str, model_id: int) -> None:
    with app.unit_of_work.engine.begin() as connection:
        connection.execute(sa.update(ModelRow).where(ModelRow.id == model_id).values(artifact=key))


def contents(app: Application) -> dict[str, list[Any]]:
    with app.unit_of_work.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for name, table in Base.metadata.tables.items()
            if name not in {"audit_events", "workers"}
        }


@pytest.fixture
def urls(postgres_server: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        postgres = stack.enter_context(database(postgres_server))
        yield {"sqlite": f"sqlite:///{tmp_path / 'db' / 'test.db'}", "postgres": postgres}


@pytest.fixture
def filled(request: pytest.FixtureRequest, urls: dict[str, str], tmp_path: Path) -> Iterator[Application]:
    """An installation with a swept project whose base model has a file of its own."""
    app = open_migrated(urls[request.param], tmp_path / "first")
    laboratory = Laboratory(app)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play(12)
    with app.unit_of_work.engine.begin() as connection:
        connection.execute(sa.update(ModelRow).values(artifact=None))
    use(app, stored(app, "weights", tmp_path), base.id)
    yield app
    app.close()


OTHER = {"sqlite": "postgres", "postgres": "sqlite"}


@pytest.mark.parametrize("filled", ["sqlite", "postgres"], indirect=True)
def test_an_installation_moves_to_the_other_kind_of_database(
    filled: Application, urls: dict[str, str], tmp_path: Path
) -> None:
    file, said = tmp_path / "backup.zip", []
    report = back_up(filled, file, said.append)
    assert report.artifacts == 1
    assert not report.missing
    assert any(line.startswith("models: 29 rows") for line in said)
    assert file.stat().st_mode & 0o077 == 0
    (event,) = [last_backup(filled)]
    assert event is not None
    assert "1 artifact (7 bytes)" in event.subject.told
    other = opened(
        urls[OTHER[filled.unit_of_work.engine.dialect.name.removesuffix("ql")]], tmp_path / "other"
    )
    restore(other, file)
    assert contents(other) == contents(filled)
    (base, *_) = list_models(other, list_projects(other)[0].id)
    assert base.artifact is not None
    assert other.artifacts.fetch(base.artifact).read_text() == "weights"
    assert Laboratory(other).play(1) == 1  # the queue goes on
    assert Laboratory(other).project("Another", "another").id == 2  # ids go on, too
    assert audit_trail(other)[-1].subject.kind != ""
    with pytest.raises(Conflict, match="is not empty: it has rows in projects"):
        restore(other, file)
    with pytest.raises(Conflict, match="Workers are connected: laboratory"):
        restore(other, file, replace=True)
    with other.unit_of_work.engine.begin() as connection:
        connection.execute(sa.text("UPDATE workers SET stopped_at = last_seen_at"))
    restore(other, file, replace=True)
    assert contents(other) == contents(filled)
    other.close()


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
@pytest.mark.parametrize("damage", ["cut", "table", "artifact"])
def test_a_damaged_backup_changes_nothing(
    filled: Application, urls: dict[str, str], tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "backup.zip"
    back_up(filled, file)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        _alter(file, "tables/models.jsonl" if damage == "table" else "artifacts/")
    with filled.unit_of_work.engine.begin() as connection:
        connection.execute(sa.text("UPDATE workers SET stopped_at = last_seen_at"))
    before = contents(filled)
    with pytest.raises(UnusableInput, match="altered"):
        restore(filled, file, replace=True)
    assert contents(filled) == before
    assert list_models(filled, list_projects(filled)[0].id)[0].status is RunStatus.SUCCEEDED


def _alter(file: Path, name: str) -> None:
    """Write the archive again with one letter changed in a file, and checksums that suit it."""
    with zipfile.ZipFile(file) as read:
        found = {info.filename: read.read(info) for info in read.infolist()}
    with zipfile.ZipFile(file, "w") as written:
        for each, content in found.items():
            written.writestr(each, content.replace(b"e", b"o", 1) if each.startswith(name) else content)


@pytest.mark.parametrize("filled", ["sqlite", "postgres"], indirect=True)
def test_only_what_nothing_refers_to_is_cleaned(filled: Application, tmp_path: Path) -> None:
    (base, *_) = list_models(filled, list_projects(filled)[0].id)
    young, old = stored(filled, "just written", tmp_path), stored(filled, "left over", tmp_path)
    long_ago = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    for key in (old, str(base.artifact)):
        os.utime(filled.artifacts.fetch(key), (long_ago, long_ago))
    found = stored_artifacts(filled)
    assert [one.key for one in found.used] == [base.artifact]
    assert [one.key for one in found.recent] == [young]
    assert [one.key for one in found.unused] == [old]
    assert [one.key for one in remove_unused_artifacts(filled)] == [old]
    assert {one.key for one in filled.artifacts.list()} == {base.artifact, young}
    os.utime(filled.artifacts.fetch(young), (long_ago, long_ago))
    assert stored(filled, "just written", tmp_path) == young  # a run makes the same again: it is new
    assert remove_unused_artifacts(filled) == []


def test_every_column_with_keys_is_looked_at() -> None:
    """A column of 64 characters holds keys of artifacts, which must not be cleaned away, or is named here."""
    known = {str(column) for column in (*artifact_references.NEEDED, *artifact_references.MENTIONED)}
    no_keys = {"sha256", "identity", "described", "fingerprint", "token_hash"}
    long = {
        f"{mapper.class_.__name__}.{column.name}"
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if getattr(column.type, "length", None) == 64 and column.name not in no_keys
    }
    assert long == known
