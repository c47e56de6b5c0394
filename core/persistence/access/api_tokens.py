"""API tokens in the database."""

from __future__ import annotations

import builtins
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.access.account import AccountId
from core.domain.access.api_token import ApiToken, TokenId
from core.domain.ids import ProjectId
from core.persistence.access.tables import ApiTokenRow

_SILENT = {"synchronize_session": False}


class ApiTokenRepository:
    """Reads and writes API tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, account_id: AccountId | None = None) -> builtins.list[ApiToken]:
        """Return the tokens of an account, or of all, newest first."""
        query = sa.select(ApiTokenRow).order_by(ApiTokenRow.id.desc())
        if account_id is not None:
            query = query.where(ApiTokenRow.account_id == account_id)
        return [_token_of(row) for row in self._session.scalars(query)]

    def find(self, wanted: TokenId | str) -> ApiToken | None:
        """Return a token by id or by its hash; None if there is none."""
        by_hash = isinstance(wanted, str)
        chosen = ApiTokenRow.token_hash == wanted if by_hash else ApiTokenRow.id == wanted
        query = sa.select(ApiTokenRow).where(chosen).execution_options(populate_existing=True)
        row = self._session.scalars(query).one_or_none()
        return None if row is None else _token_of(row)

    def add(self, token: ApiToken) -> ApiToken:
        """Insert a token and return it with its id."""
        row = ApiTokenRow(**{**vars(token), "id": None})
        self._session.add(row)
        self._session.flush()
        return _token_of(row)

    def revoke(self, token_id: TokenId, at: datetime) -> None:
        """End a token."""
        self._change(token_id, revoked_at=at)

    def note_use(self, token_id: TokenId, at: datetime, address: str) -> None:
        """Note when and from where a token was used."""
        self._change(token_id, used_at=at, used_from=address)

    def _change(self, token_id: TokenId, **values: object) -> None:
        statement = sa.update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(**values)
        self._session.execute(statement.execution_options(**_SILENT))


def _token_of(row: ApiTokenRow) -> ApiToken:
    return ApiToken(
        id=TokenId(row.id),
        account_id=AccountId(row.account_id),
        name=row.name,
        token_hash=row.token_hash,
        role=row.role,
        created_at=row.created_at,
        expires_at=row.expires_at,
        project_id=None if row.project_id is None else ProjectId(row.project_id),
        revoked_at=row.revoked_at,
        used_at=row.used_at,
        used_from=row.used_from,
    )
