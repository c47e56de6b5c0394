"""Read what the durations of runs depend on, without the rest of them."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from core.domain.ids import ExperimentId, ProjectId
from core.domain.queue.durations import ActiveRun, DurationKey
from core.domain.queue.run import ACTIVE, RunKind, RunStatus
from core.domain.recipe import Step
from core.persistence.tables.tables import ModelRow, RunRow

_SAMPLE = 1000  # ended runs from which durations are estimated
_KEPT = 10_000
_STEP = TypeAdapter(Step)
_MOST = 2000  # active runs that are looked at one by one; the sum is scaled up from them


def ended_durations(session: Session, project_id: ProjectId | None) -> list[tuple[DurationKey, float]]:
    """Return recent successful runs with the seconds that they took."""
    query = _query(project_id).where(RunRow.status == RunStatus.SUCCEEDED)
    rows = session.execute(query.order_by(RunRow.finished_at.desc()).limit(_SAMPLE))
    return [
        (_duration_key(row), (row.finished_at - row.started_at).total_seconds())
        for row in rows
        if row.started_at is not None and row.finished_at is not None
    ]


def active_durations(
    session: Session,
    project_id: ProjectId | None,
    *,
    now: datetime,
    experiment_id: ExperimentId | None = None,
) -> list[ActiveRun]:
    """Return the runs that have not ended, running ones first; of very many, the first ones."""
    query = _query(project_id).where(RunRow.status.in_(ACTIVE))
    if experiment_id is not None:
        query = query.where(RunRow.experiment_id == experiment_id)
    running_first = sa.case((RunRow.status == RunStatus.RUNNING, 0), else_=1)
    rows = session.execute(query.order_by(running_first, RunRow.id).limit(_MOST))
    return [_active(row, now) for row in rows]


def _query(project_id: ProjectId | None) -> sa.Select[*tuple[Any, ...]]:
    columns = (
        RunRow.project_id,
        RunRow.kind,
        RunRow.status,
        sa.cast(RunRow.payload, sa.Text).label("payload"),
        RunRow.queue,
        RunRow.progress,
        RunRow.started_at,
        RunRow.finished_at,
        sa.cast(ModelRow.step, sa.Text).label("step"),
    )
    query = sa.select(*columns).join(ModelRow, ModelRow.id == RunRow.model_id)
    return query if project_id is None else query.where(RunRow.project_id == project_id)


def _duration_key(row: sa.Row[tuple[object, ...]]) -> DurationKey:
    return _key(ProjectId(row.project_id), row.kind, row.payload, row.step, row.queue)


@lru_cache(_KEPT)
def _key(project_id: ProjectId, kind: RunKind, payload: str, step: str | None, queue: str) -> DurationKey:
    """Return the key of a run from JSON: thousands of runs that wait are read again and again."""
    made_by = None if step is None else _STEP.validate_json(step)
    return DurationKey.of(project_id, kind, payload=json.loads(payload), step=made_by, queue=queue)


def _active(row: sa.Row[tuple[object, ...]], now: datetime) -> ActiveRun:
    started = row.started_at if row.status is RunStatus.RUNNING else None
    elapsed_s = None if started is None else (now - started).total_seconds()
    return ActiveRun(_duration_key(row), row.progress, elapsed_s)
