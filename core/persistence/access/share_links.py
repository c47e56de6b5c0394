"""Share links in the database."""

from __future__ import annotations

import builtins
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.access.share_link import ShareLink, ShareLinkId
from core.domain.ids import ProjectId
from core.persistence.access.tables import ShareLinkRow

_SILENT = {"synchronize_session": False}


class ShareLinkRepository:
    """Reads and writes share links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, project_id: ProjectId | None = None) -> builtins.list[ShareLink]:
        """Return the links to a project, or to all, newest first."""
        query = sa.select(ShareLinkRow).order_by(ShareLinkRow.id.desc())
        if project_id is not None:
            query = query.where(ShareLinkRow.project_id == project_id)
        return [_link_of(row) for row in self._session.scalars(query)]

    def find(self, wanted: ShareLinkId | str) -> ShareLink | None:
        """Return a link by id or by the hash of its token; None if there is none."""
        by_hash = isinstance(wanted, str)
        chosen = ShareLinkRow.token_hash == wanted if by_hash else ShareLinkRow.id == wanted
        row = self._session.scalars(
            sa.select(ShareLinkRow).where(chosen).execution_options(populate_existing=True)
        ).one_or_none()
        return None if row is None else _link_of(row)

    def add(self, link: ShareLink) -> ShareLink:
        """Insert a link and return it with its id."""
        row = ShareLinkRow(**{**vars(link), "id": None})
        self._session.add(row)
        self._session.flush()
        return _link_of(row)

    def revoke(self, link_id: ShareLinkId, at: datetime) -> None:
        """End a link."""
        statement = sa.update(ShareLinkRow).where(ShareLinkRow.id == link_id).values(revoked_at=at)
        self._session.execute(statement.execution_options(**_SILENT))

    def count_opening(self, link_id: ShareLinkId, at: datetime) -> None:
        """Note that a link was opened."""
        counted = {"opened": ShareLinkRow.opened + 1, "opened_at": at}
        statement = sa.update(ShareLinkRow).where(ShareLinkRow.id == link_id).values(**counted)
        self._session.execute(statement.execution_options(**_SILENT))


def _link_of(row: ShareLinkRow) -> ShareLink:
    return ShareLink(
        id=ShareLinkId(row.id),
        project_id=ProjectId(row.project_id),
        token_hash=row.token_hash,
        target=row.target,
        author=row.author,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        opened=row.opened,
        opened_at=row.opened_at,
    )
