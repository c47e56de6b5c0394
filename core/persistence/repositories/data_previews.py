"""Previews of data sets in the database: one per data set and split, gone with their project."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.data.data_preview import DataPreview, DataSummary, described
from core.domain.project import LOGGED, Dataset
from core.persistence.mapping.mapping import dataset_of
from core.persistence.tables.tables import DataPreviewRow, DatasetRow

_UNREAD = ""  # in place of a fingerprint, where reading failed


class DataPreviewRepository:
    """Reads and replaces previews; those who write touch the project first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, dataset: Dataset) -> list[DataPreview]:
        """Return the previews of a data set as it is set up now, by name of the split."""
        query = sa.select(DataPreviewRow).where(*self._up_to_date(dataset))
        rows = self._session.scalars(query.order_by(DataPreviewRow.split))
        return [DataPreview(row.summary, row.examples) for row in rows]

    def summaries(self, datasets: Iterable[Dataset]) -> list[DataSummary]:
        """Return the figures alone, of those data sets that have any, in their order."""
        found: list[DataSummary] = []
        for dataset in datasets:
            query = sa.select(DataPreviewRow.summary).where(*self._up_to_date(dataset))
            found += self._session.scalars(query.order_by(DataPreviewRow.split))
        return found

    def fingerprints(self, dataset: Dataset) -> dict[str, str]:
        """Return by split of which instances the previews were made that are up to date."""
        query = sa.select(DataPreviewRow.split, DataPreviewRow.fingerprint)
        rows = self._session.execute(query.where(*self._up_to_date(dataset)))
        return {row.split: row.fingerprint for row in rows}

    def unseen(self, split: str) -> list[Dataset]:
        """Return the data sets, newest first, of which nobody has read the split as they are set up now.

        Data that are known from logged predictions alone cannot be read.
        """
        query = sa.select(DatasetRow, DataPreviewRow.described).outerjoin(
            DataPreviewRow,
            (DataPreviewRow.dataset_id == DatasetRow.id)
            & (DataPreviewRow.split == split)
            & (DataPreviewRow.fingerprint != _UNREAD),
        )
        found = [
            (dataset_of(row), of)
            for row, of in self._session.execute(
                query.where(DatasetRow.source != LOGGED).order_by(DatasetRow.id.desc())
            )
        ]
        return [dataset for dataset, of in found if of != described(dataset)]

    def put_failure(self, dataset: Dataset, split: str, told: str, *, at: datetime) -> None:
        """Insert why a split cannot be read, unless somebody could read it."""
        if self.fingerprints(dataset).get(split, _UNREAD) == _UNREAD:
            failed = DataPreview(DataSummary(split, 0, failure=told))
            self.put(dataset, failed, fingerprint=_UNREAD, at=at)

    def put(self, dataset: Dataset, preview: DataPreview, *, fingerprint: str, at: datetime) -> None:
        """Insert the preview of a split, in place of the one that is there."""
        split = preview.summary.split
        self._session.execute(
            sa.delete(DataPreviewRow)
            .where(DataPreviewRow.dataset_id == dataset.id, DataPreviewRow.split == split)
            .execution_options(synchronize_session=False)
        )
        row = DataPreviewRow(
            dataset_id=dataset.id,
            split=split,
            described=described(dataset),
            fingerprint=fingerprint,
            summary=preview.summary,
            examples=preview.examples,
            created_at=at,
        )
        self._session.add(row)
        self._session.flush()

    def _up_to_date(self, dataset: Dataset) -> tuple[sa.ColumnElement[bool], ...]:
        return (DataPreviewRow.dataset_id == dataset.id, DataPreviewRow.described == described(dataset))
