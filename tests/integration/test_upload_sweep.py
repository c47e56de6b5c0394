"""Workers clear away what people uploaded and never used, and only that."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain.data.uploads import Upload
from core.services.application import Application
from core.testing.running import Installation, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def uploaded(app: Application, folder: Path, content: bytes, *, days_ago: int) -> str:
    (folder / "content").write_bytes(content)
    key = app.artifacts.put(folder / "content")
    used_at = datetime.now(UTC) - timedelta(days=days_ago)
    with app.unit_of_work(writing=True) as uow:
        uow.uploads.keep(Upload(key, "w.safetensors", len(content), 1, used_at))
        uow.commit()
    return key


def test_a_worker_removes_old_uploads_that_no_model_uses(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.prepare()
    with closing(installation.open()) as app:
        old = uploaded(app, tmp_path, b"old", days_ago=2)
        fresh = uploaded(app, tmp_path, b"fresh", days_ago=0)

        def keys() -> set[str]:
            with app.unit_of_work() as uow:
                return {upload.key for upload in uow.uploads.list()}

        with installation.worker():
            wait_for("the sweep", lambda: old not in keys(), within_s=120)
        assert keys() == {fresh}
        assert [path.read_bytes() for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == [
            b"fresh"
        ]
