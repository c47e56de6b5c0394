"""The commands of docs/operating.md bring projects and files back: run as the containers would run them."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from core.persistence.database import create_engine
from core.persistence.schema import require_current
from core.services.projects.projects import list_projects
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.servers.servers import database, plain_url, postgres_binaries

DOCUMENT = Path(__file__).parents[2] / "docs" / "operating.md"


def command(program: str, place: str, **replaced: str) -> tuple[list[str], Path | None, Path | None]:
    """Return the documented command of a program in a container, and the files that it reads and writes."""
    (line,) = (
        found.strip()
        for found in DOCUMENT.read_text().splitlines()
        if found.startswith("    docker") and f" {program} " in found and place in found
    )
    words = shlex.split(line)
    words = words[words.index(program) :]
    files: dict[str, Path | None] = {"<": None, ">": None}
    for sign in files:
        if sign in words:
            at = words.index(sign)
            files[sign] = Path(words[at + 1])
            words = words[:at]
    return [replaced.get(word, word) for word in words], files["<"], files[">"]


def run(program: str, place: str, folder: Path, environment: dict[str, str], **replaced: str) -> None:
    words, source, target = command(program, place, **replaced)
    content = (folder / source).read_bytes() if source else None
    done = subprocess.run(words, input=content, env=environment, capture_output=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    if target:
        (folder / target).write_bytes(done.stdout)


def test_a_backup_brings_projects_and_files_back(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir(), after.mkdir()
    (before / "artifact").write_text("weights")
    with database(postgres_server) as url, database(postgres_server) as empty:
        app = open_migrated(url, before)
        laboratory = Laboratory(app)
        laboratory.open()
        laboratory.base(laboratory.project())
        app.close()
        parts = plain_url(url)
        host, port = parts.rpartition("@")[2].partition("/")[0].split(":")
        environment = os.environ | {
            "PATH": f"{postgres_binaries()}:{os.environ['PATH']}",
            "PGHOST": host,
            "PGPORT": port,
            "PGPASSWORD": parts.partition("cnc:")[2].partition("@")[0],
        }
        run("pg_dump", "> cnc.dump", tmp_path, environment, cnc=url.rpartition("/")[2])
        run("tar", "> data.tar", tmp_path, environment, **{"/data": str(before)})
        replaced = {"--dbname=cnc": f"--dbname={empty.rpartition('/')[2]}"}
        run("pg_restore", "< cnc.dump", tmp_path, environment, **replaced)
        run("tar", "< data.tar", tmp_path, environment, **{"/data": str(after)})
        engine = create_engine(empty)
        require_current(engine)
        engine.dispose()
        restored = open_migrated(empty, after)
        assert [project.name for project in list_projects(restored)] == ["Digits, long tail"]
        restored.close()
    assert (after / "artifact").read_text() == "weights"
