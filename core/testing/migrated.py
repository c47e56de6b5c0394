"""Empty databases of the present version, for tests that do not look at migrations."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy.engine import Engine

from core.persistence.database import create_engine, sqlite_file
from core.persistence.schema import upgrade


def migrate(engine: Engine) -> None:
    """Bring a database up to date; a new SQLite file is a copy of one that this process has migrated."""
    file = sqlite_file(engine)
    if file is None or file.exists():
        upgrade(engine)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated_file())


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory(prefix="cnc-migrated-") as folder:
        file = Path(folder) / "migrated.db"
        engine = create_engine(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()
        return file.read_bytes()
