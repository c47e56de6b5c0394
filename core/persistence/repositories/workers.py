"""Workers and their catalogues in the database."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.catalogue import FORMAT, Catalogue, Worker
from core.domain.ids import RunId, WorkerId
from core.domain.queue.usage import MachineLoad
from core.persistence.mapping.mapping import worker_of, worker_row
from core.persistence.tables.tables import WorkerRow


class WorkerRepository:
    """Reads and writes workers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, worker: Worker, catalogue: Catalogue) -> None:
        """Insert the worker, or replace what is known of it."""
        self._session.merge(worker_row(worker, catalogue))
        self._session.flush()

    def drain(self, worker_id: WorkerId, at: datetime | None) -> bool:
        """Have a worker take no more runs, or with None take them again; return False if it is not known."""
        return self._update(worker_id, {"draining_at": at})

    def draining(self, worker_id: WorkerId) -> bool:
        """Return whether the worker takes no more runs."""
        query = sa.select(WorkerRow.draining_at).where(WorkerRow.id == worker_id)
        return self._session.scalar(query) is not None

    def seen(
        self, worker_id: WorkerId, at: datetime, runs: Iterable[RunId], load: MachineLoad | None = None
    ) -> bool:
        """Note a heartbeat; return False if the worker is not known."""
        values: dict[str, object] = {
            "last_seen_at": at,
            "runs": [int(run_id) for run_id in runs],
            "stopped_at": None,
        }
        if load is not None:
            values["load"] = load
        return self._update(worker_id, values)

    def stop(self, worker_id: WorkerId, at: datetime) -> None:
        """Note that the worker ended."""
        self._update(worker_id, {"stopped_at": at, "last_seen_at": at, "runs": []})

    def list(self, *, seen_after: datetime) -> builtins.list[Worker]:
        """Return workers by their last heartbeat, latest first."""
        published = sa.type_coerce(WorkerRow.catalogue, sa.JSON)["format"].as_integer()
        query = sa.select(WorkerRow, published).where(WorkerRow.last_seen_at >= seen_after)
        query = query.options(sa.orm.defer(WorkerRow.catalogue))
        rows = self._session.execute(query.order_by(WorkerRow.last_seen_at.desc(), WorkerRow.id))
        return [replace(worker_of(row), catalogue_format=found or 1) for row, found in rows]

    def catalogues(self, *, seen_after: datetime | None = None) -> builtins.list[Catalogue]:
        """Return what workers that run can do, or what all that were ever known could.

        Those that are still starting, or of another format, are left out.
        """
        query = sa.select(WorkerRow.catalogue).order_by(WorkerRow.last_seen_at.desc())
        if seen_after is not None:
            query = query.where(WorkerRow.last_seen_at >= seen_after, WorkerRow.stopped_at.is_(None))
        return [
            found for found in self._session.scalars(query) if found.format == FORMAT and found != Catalogue()
        ]

    def _update(self, worker_id: WorkerId, values: dict[str, object]) -> bool:
        statement = sa.update(WorkerRow).where(WorkerRow.id == worker_id).values(**values)
        result = self._session.execute(
            statement.returning(WorkerRow.id).execution_options(synchronize_session=False)
        )
        return result.scalar_one_or_none() is not None
