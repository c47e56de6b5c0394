"""Uploaded files in the database: which there are, and which of them nothing needs."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.domain.data.uploads import UPLOADED, Upload
from core.persistence.tables.tables import ModelRow, UploadRow


class UploadRepository:
    """Reads and writes what is known of uploaded files; their content is in the artifact store."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, upload: Upload) -> None:
        """Insert the file, or note that it came again."""
        if self.use([upload.key], upload.used_at):
            return
        try:
            with self._session.begin_nested():
                self._session.add(UploadRow(**vars(upload)))
        except IntegrityError:  # another upload of the same content was faster
            self.use([upload.key], upload.used_at)

    def use(self, keys: Collection[str], at: datetime) -> set[str]:
        """Note that these files are needed now; return those of them that there are."""
        statement = sa.update(UploadRow).where(UploadRow.key.in_(keys)).values(used_at=at)
        found = statement.returning(UploadRow.key).execution_options(synchronize_session=False)
        return set(self._session.scalars(found))

    def list(self) -> builtins.list[Upload]:
        """Return every file, the one used last first."""
        rows = self._session.scalars(sa.select(UploadRow).order_by(UploadRow.used_at.desc(), UploadRow.key))
        return [Upload(row.key, row.name, row.size_bytes, row.tensors, row.used_at) for row in rows]

    def forget_unused(self, key: str, *, since: datetime) -> bool:
        """Remove the file unless it was used since then, or a model names it or is stored as the same bytes.

        Deleted models count, too: they can be restored.
        """
        columns = (ModelRow.source, ModelRow.manifest)
        named = [sa.cast(each, sa.Text).contains(f"{UPLOADED}{key}", autoescape=True) for each in columns]
        needed = sa.select(ModelRow.id).where(sa.or_(*named, ModelRow.artifact == key)).exists()
        statement = sa.delete(UploadRow).where(UploadRow.key == key, UploadRow.used_at < since, ~needed)
        found = statement.returning(UploadRow.key).execution_options(synchronize_session=False)
        return self._session.scalars(found).one_or_none() is not None
