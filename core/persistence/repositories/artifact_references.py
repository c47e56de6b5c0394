"""Which artifacts the database refers to."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.data.uploads import UPLOADED
from core.persistence.tables.instance_tables import InstanceSetRow
from core.persistence.tables.tables import DatasetRow, EvaluationRow, ModelRow, ProfileRow, UploadRow

UPLOAD_KEY = re.compile(rf"{re.escape(UPLOADED)}([0-9a-f]{{64}})")
NEEDED = (ModelRow.artifact, UploadRow.key)
"""Columns with keys of artifacts that are read."""
MENTIONED = (EvaluationRow.artifact, ProfileRow.artifact)
"""Columns with keys of what was measured, which may have been made again since."""
_TEXTS = (ModelRow.source, ModelRow.manifest, DatasetRow.parameters)


class ArtifactReferences:
    """Finds the keys that rows refer to. Deleted models count: they can be restored."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def needed(self) -> set[str]:
        """Return the keys of the artifacts that something reads: model files, uploads, thumbnails."""
        found = {key for column in NEEDED for key in self._keys(column)}
        packs = self._session.scalars(sa.select(InstanceSetRow.packs))
        found.update(str(key) for several in packs for key in several)
        for column in _TEXTS:
            text = sa.cast(column, sa.Text)
            uploads = self._session.scalars(sa.select(text).where(text.contains(UPLOADED)))
            found.update(key for said in uploads for key in UPLOAD_KEY.findall(said))
        return found

    def all(self) -> set[str]:
        """Return every key that is named anywhere, also as what a figure was measured on."""
        return self.needed().union(*(self._keys(column) for column in MENTIONED))

    def _keys(self, column: sa.orm.InstrumentedAttribute[str | None]) -> set[str]:
        return set(self._session.scalars(sa.select(column).where(column.is_not(None)).distinct()))
