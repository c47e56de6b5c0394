"""The tables of accounts, sessions, links and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.domain.access.audit import Action
from core.domain.access.caller import CallerKind, Role
from core.persistence.tables.columns import Word
from core.persistence.tables.tables import Base


class AuditRow(Base):
    """What people did. No foreign keys: entries outlive what they name."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(sa.Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    kind: Mapped[CallerKind] = mapped_column(Word(CallerKind))
    action: Mapped[Action] = mapped_column(Word(Action))
    subject: Mapped[str] = mapped_column(sa.String(32))
    subject_ids: Mapped[list[Any]]
    count: Mapped[int]
    told: Mapped[str] = mapped_column(sa.Text)
    project_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(sa.Text)


class AccountRow(Base):
    """People who may sign in; `key` is the name in lower case."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, unique=True)
    name: Mapped[str] = mapped_column(sa.Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    created_at: Mapped[datetime]
    password_hash: Mapped[str | None] = mapped_column(sa.Text)
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]


def _of_account() -> sa.ForeignKey:
    return sa.ForeignKey("accounts.id", ondelete="CASCADE")


class AccountIdentityRow(Base):
    """Who somebody is at an OpenID provider."""

    __tablename__ = "account_identities"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(_of_account(), index=True)
    issuer: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]


class SessionRow(Base):
    """Browsers in which somebody is signed in."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(_of_account(), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.Text)
    browser: Mapped[str] = mapped_column(sa.Text)


class OneTimeLinkRow(Base):
    """Links that set a password."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(_of_account(), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ShareLinkRow(Base):
    """Read-only links to a project."""

    __tablename__ = "share_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    target: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened: Mapped[int]
    opened_at: Mapped[datetime | None]


class ApiTokenRow(Base):
    """Tokens of programs."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(_of_account(), index=True)
    project_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.Text)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str] = mapped_column(sa.Text)


class RequestKeyRow(Base):
    """Keys with which programs mark requests that must be carried out once."""

    __tablename__ = "request_keys"
    __table_args__ = (sa.UniqueConstraint("project_id", "caller", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id", ondelete="CASCADE"))
    caller: Mapped[str] = mapped_column(sa.Text)
    key: Mapped[str] = mapped_column(sa.String(200))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
