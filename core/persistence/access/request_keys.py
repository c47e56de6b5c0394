"""Keys of requests that must be carried out once, with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import ProjectId
from core.persistence.access.tables import RequestKeyRow


@dataclass(frozen=True)
class KnownRequest:
    """A request that was carried out. fingerprint: of its content. answer: what came of it, plain JSON."""

    fingerprint: str
    answer: dict[str, Any]


class RequestKeyRepository:
    """Finds and adds keys; those who write touch the project first, so that equal requests wait."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, project_id: ProjectId, caller: str, key: str) -> KnownRequest | None:
        """Return what came of the request with that key; None if there was none."""
        query = sa.select(RequestKeyRow).where(
            RequestKeyRow.project_id == project_id, RequestKeyRow.caller == caller, RequestKeyRow.key == key
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else KnownRequest(row.fingerprint, row.answer)

    def add(self, project_id: ProjectId, caller: tuple[str, str], found: KnownRequest, at: datetime) -> None:
        """Insert what came of a request; `caller`: who asked, with which key."""
        name, key = caller
        self._session.add(
            RequestKeyRow(
                project_id=project_id,
                caller=name,
                key=key,
                fingerprint=found.fingerprint,
                answer=found.answer,
                created_at=at,
            )
        )
        self._session.flush()
