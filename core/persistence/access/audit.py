"""The audit trail in the database."""

from __future__ import annotations

import builtins
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.access.audit import Action, AuditEvent, AuditQuery, Subject
from core.domain.ids import ProjectId
from core.persistence.access.tables import AuditRow

MOST_IDS = 1_000
"""Ids that one entry names; its count says how many there were."""


class AuditRepository:
    """Adds and lists entries; nothing changes or removes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: AuditEvent) -> None:
        """Append an entry; its id is given by the database."""
        subject = event.subject
        self._session.add(
            AuditRow(
                at=event.at,
                who=event.who,
                role=event.role,
                kind=event.kind,
                action=event.action,
                subject=subject.kind,
                subject_ids=[int(one) for one in subject.ids[:MOST_IDS]],
                count=event.count,
                told=subject.told,
                project_id=None if subject.project_id is None else int(subject.project_id),
                address=event.address,
            )
        )
        self._session.flush()

    def list(self, query: AuditQuery) -> builtins.list[AuditEvent]:
        """Return the entries that match, newest first."""
        found = sa.select(AuditRow).order_by(AuditRow.id.desc()).limit(query.limit)
        if query.text:
            columns = (AuditRow.who, AuditRow.told, AuditRow.subject, AuditRow.action)
            found = found.where(sa.or_(*(_contains(column, query.text) for column in columns)))
        if query.who:
            found = found.where(AuditRow.who == query.who)
        if query.action is not None:
            found = found.where(AuditRow.action == query.action)
        if query.since is not None:
            found = found.where(AuditRow.at >= query.since)
        if query.until is not None:
            found = found.where(AuditRow.at < query.until)
        if query.before_id is not None:
            found = found.where(AuditRow.id < query.before_id)
        return [_event_of(row) for row in self._session.scalars(found)]

    def count(self, action: Action, *, address: str, since: datetime) -> int:
        """Return how often something was done from an address since an instant."""
        found = sa.select(sa.func.count()).select_from(AuditRow)
        found = found.where(AuditRow.at >= since, AuditRow.action == action, AuditRow.address == address)
        return int(self._session.scalar(found) or 0)


def _contains(column: sa.orm.InstrumentedAttribute[str], text: str) -> sa.ColumnElement[bool]:
    return sa.cast(column, sa.Text).icontains(text, autoescape=True)


def _event_of(row: AuditRow) -> AuditEvent:
    project_id = None if row.project_id is None else ProjectId(row.project_id)
    subject = Subject(row.subject, tuple(row.subject_ids), row.told, project_id)
    return AuditEvent(
        row.id, row.at, row.who, row.role, row.kind, row.action, subject, row.count, row.address
    )
