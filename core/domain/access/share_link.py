"""Share links: whoever has one sees a single project and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from core.domain.ids import ProjectId

ShareLinkId = NewType("ShareLinkId", int)


@dataclass(frozen=True)
class ShareLink:
    """A link to a page of a project. Only the hash of its token is stored.

    target: path and query that it opens. opened: how often it was.
    """

    id: ShareLinkId
    project_id: ProjectId
    token_hash: str
    target: str
    author: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    opened: int = 0
    opened_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether it can be used at that instant."""
        return self.revoked_at is None and now < self.expires_at
