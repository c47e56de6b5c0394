"""Accounts, their sessions and one-time links in the database."""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from core.domain.access.account import Account, AccountId, OneTimeLink, Session, SessionId
from core.domain.access.caller import Role
from core.domain.access.identity import Identity
from core.persistence.access.tables import AccountIdentityRow, AccountRow, OneTimeLinkRow, SessionRow

_SILENT = {"synchronize_session": False}


class AccountRepository:
    """Reads and writes accounts, sessions and one-time links."""

    def __init__(self, session: Transaction) -> None:
        self._session = session

    def list(self) -> builtins.list[Account]:
        """Return every account, by name."""
        return [
            _account_of(row) for row in self._session.scalars(sa.select(AccountRow).order_by(AccountRow.key))
        ]

    def find(self, wanted: AccountId | str) -> Account | None:
        """Return an account by id or by name in any case; None if there is none."""
        if isinstance(wanted, str):
            chosen = AccountRow.key == wanted.strip().casefold()
        else:
            chosen = AccountRow.id == wanted
        query = sa.select(AccountRow).where(chosen).execution_options(populate_existing=True)
        row = self._session.scalars(query).one_or_none()
        return None if row is None else _account_of(row)

    def add(self, name: str, role: Role, at: datetime) -> Account | None:
        """Insert an account without a password; None where the name is taken."""
        row = AccountRow(key=name.casefold(), name=name, role=role, created_at=at, failures=0)
        try:
            with self._session.begin_nested():
                self._session.add(row)
                self._session.flush()
        except IntegrityError:
            return None
        return _account_of(row)

    def change(self, account_id: AccountId, **values: Any) -> None:
        """Replace values of an account."""
        statement = sa.update(AccountRow).where(AccountRow.id == account_id).values(**values)
        self._session.execute(statement.execution_options(**_SILENT))

    def identified(self, issuer: str, subject: str) -> Account | None:
        """Return the account of somebody whom a provider knows; None if none was linked."""
        query = (
            sa.select(AccountRow)
            .join(AccountIdentityRow, AccountIdentityRow.account_id == AccountRow.id)
            .where(AccountIdentityRow.issuer == issuer, AccountIdentityRow.subject == subject)
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else _account_of(row)

    def link_identity(self, account_id: AccountId, identity: Identity, at: datetime) -> None:
        """Remember which account somebody whom a provider knows has."""
        row = AccountIdentityRow(
            account_id=account_id, issuer=identity.issuer, subject=identity.subject, created_at=at
        )
        self._session.add(row)
        self._session.flush()

    def add_link(self, link: OneTimeLink) -> None:
        """Insert a one-time link; earlier ones of the account that were not used end."""
        statement = sa.delete(OneTimeLinkRow).where(
            OneTimeLinkRow.account_id == link.account_id, OneTimeLinkRow.used_at.is_(None)
        )
        self._session.execute(statement.execution_options(**_SILENT))
        self._session.add(OneTimeLinkRow(**vars(link)))
        self._session.flush()

    def link(self, token_hash: str) -> OneTimeLink | None:
        """Return the one-time link with that hash, used or not; None if there is none."""
        row = self._session.scalars(
            sa.select(OneTimeLinkRow).where(OneTimeLinkRow.token_hash == token_hash)
        ).one_or_none()
        if row is None:
            return None
        return OneTimeLink(
            AccountId(row.account_id), row.token_hash, row.created_at, row.expires_at, row.used_at
        )

    def use_link(self, token_hash: str, at: datetime) -> bool:
        """Mark a link as used; return whether it was not before."""
        statement = (
            sa.update(OneTimeLinkRow)
            .where(OneTimeLinkRow.token_hash == token_hash, OneTimeLinkRow.used_at.is_(None))
            .values(used_at=at)
            .returning(OneTimeLinkRow.id)
        )
        found = self._session.scalars(statement.execution_options(**_SILENT))
        return found.one_or_none() is not None

    def add_session(self, session: Session) -> Session:
        """Insert a session and return it with its id; sessions that ended are removed."""
        ended = sa.delete(SessionRow).where(SessionRow.expires_at < session.created_at)
        self._session.execute(ended.execution_options(**_SILENT))
        row = SessionRow(**{**vars(session), "id": None})
        self._session.add(row)
        self._session.flush()
        return _session_of(row)

    def session(self, token_hash: str) -> tuple[Session, Account] | None:
        """Return the session with that hash and its account; None if there is none."""
        query = (
            sa.select(SessionRow, AccountRow)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .where(SessionRow.token_hash == token_hash)
        )
        found = self._session.execute(query).one_or_none()
        return None if found is None else (_session_of(found[0]), _account_of(found[1]))

    def sessions(self, account_id: AccountId) -> builtins.list[Session]:
        """Return the sessions of an account, the one used last first."""
        query = sa.select(SessionRow).where(SessionRow.account_id == account_id)
        return [_session_of(row) for row in self._session.scalars(query.order_by(SessionRow.seen_at.desc()))]

    def touch_session(self, session_id: SessionId, at: datetime) -> None:
        """Note that a session was used."""
        statement = sa.update(SessionRow).where(SessionRow.id == session_id).values(seen_at=at)
        self._session.execute(statement.execution_options(**_SILENT))

    def end_sessions(
        self, account_id: AccountId, *, only: SessionId | None = None, but: SessionId | None = None
    ) -> int:
        """Remove sessions of an account: all, `only` one, or all `but` one. Return how many."""
        statement = sa.delete(SessionRow).where(SessionRow.account_id == account_id)
        if only is not None:
            statement = statement.where(SessionRow.id == only)
        if but is not None:
            statement = statement.where(SessionRow.id != but)
        removed = self._session.scalars(statement.returning(SessionRow.id).execution_options(**_SILENT))
        return len(removed.all())


def _account_of(row: AccountRow) -> Account:
    return Account(
        id=AccountId(row.id),
        name=row.name,
        role=row.role,
        created_at=row.created_at,
        password_hash=row.password_hash,
        disabled_at=row.disabled_at,
        failures=row.failures,
        locked_until=row.locked_until,
        signed_in_at=row.signed_in_at,
    )


def _session_of(row: SessionRow) -> Session:
    return Session(
        id=SessionId(row.id),
        account_id=AccountId(row.account_id),
        token_hash=row.token_hash,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
    )
