"""Counts and durations of all runs, computed by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.queue.run import RunKind, RunStatus
from core.persistence.tables.tables import RunRow


@dataclass(frozen=True)
class DurationCounts:
    """Durations of ended runs. within: how many took at most so many seconds, by bound."""

    within: Mapping[float, int]
    runs: int
    total_s: float


class RunStatistics:
    """Aggregates over the runs of all projects."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def counts(self) -> dict[tuple[RunStatus, RunKind], int]:
        """Return how many runs have which status, by kind."""
        query = sa.select(RunRow.status, RunRow.kind, sa.func.count()).group_by(RunRow.status, RunRow.kind)
        return {(status, kind): number for status, kind, number in self._session.execute(query)}

    def waiting(self) -> dict[str, tuple[int, datetime | None]]:
        """Return by queue how many runs can start, and since when the oldest has waited."""
        oldest = sa.type_coerce(sa.func.min(RunRow.queued_at), RunRow.queued_at.type)
        query = sa.select(RunRow.queue, sa.func.count(), oldest).group_by(RunRow.queue)
        rows = self._session.execute(query.where(RunRow.status == RunStatus.QUEUED))
        return {queue: (number, since) for queue, number, since in rows}

    def held(self) -> dict[str, int]:
        """Return how many runs each worker is working on."""
        query = sa.select(RunRow.worker_id, sa.func.count()).group_by(RunRow.worker_id)
        rows = self._session.execute(query.where(RunRow.status == RunStatus.RUNNING))
        return {str(worker): number for worker, number in rows}

    def durations(self, bounds: Sequence[float]) -> dict[tuple[RunKind, RunStatus], DurationCounts]:
        """Return how long the runs of each kind took that succeeded or failed."""
        seconds = self._seconds()
        within = [sa.func.sum(sa.case((seconds <= bound, 1), else_=0)) for bound in bounds]
        query = sa.select(RunRow.kind, RunRow.status, sa.func.count(), sa.func.sum(seconds), *within)
        query = query.where(
            RunRow.status.in_((RunStatus.SUCCEEDED, RunStatus.FAILED)),
            RunRow.started_at.is_not(None),
            RunRow.finished_at.is_not(None),
        ).group_by(RunRow.kind, RunRow.status)
        return {
            (kind, status): DurationCounts(
                dict(zip(bounds, (int(count) for count in counts), strict=True)), runs, float(total)
            )
            for kind, status, runs, total, *counts in self._session.execute(query)
        }

    def _seconds(self) -> sa.ColumnElement[Any]:
        if self._session.get_bind().dialect.name == "postgresql":
            return sa.extract("epoch", RunRow.finished_at) - sa.extract("epoch", RunRow.started_at)
        days = sa.func.julianday(RunRow.finished_at) - sa.func.julianday(RunRow.started_at)
        return days * 86_400.0
