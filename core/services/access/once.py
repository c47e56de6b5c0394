"""Carry out a request once, however often it is sent: programs give it a key of their own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from core.domain.ids import ProjectId
from core.errors import Conflict
from core.persistence.access.request_keys import KnownRequest
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application


@dataclass(frozen=True)
class Once:
    """The key of a request. content: what was asked, plain JSON, to tell whether it is the same request."""

    key: str
    content: Any

    @property
    def fingerprint(self) -> str:
        """Return the hash of what was asked."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True, default=str).encode()).hexdigest()


def answered(
    uow: UnitOfWork, app: Application, project_id: ProjectId, once: Once | None
) -> dict[str, Any] | None:
    """Return what came of the request before; None if it is new. The project must be touched first.

    Raises:
        Conflict: another request had this key.
    """
    if once is None:
        return None
    known = uow.request_keys.find(project_id, app.caller.name, once.key)
    if known is not None and known.fingerprint != once.fingerprint:
        message = f"The key {once.key[:80]!r} was used for another request."
        raise Conflict(message, "Use a new key for each request, and the same key to send it again.")
    return known.answer if known is not None else None


def keep_answer(
    uow: UnitOfWork, app: Application, project_id: ProjectId, asked: tuple[Once | None, dict[str, Any]]
) -> None:
    """Keep what came of a request, in its transaction; nothing without a key."""
    once, answer = asked
    if once is not None:
        known = KnownRequest(once.fingerprint, answer)
        uow.request_keys.add(project_id, (app.caller.name, once.key), known, app.clock.now())
