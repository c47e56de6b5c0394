"""Accounts of people who sign in, their sessions, and links that are used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from core.domain.access.caller import Role

AccountId = NewType("AccountId", int)
SessionId = NewType("SessionId", int)


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    name: what they sign in with and are called as authors; unique in any case.
    password_hash: argon2id; None until a password is set through a one-time link.
    failures: wrong passwords since the last right one. locked_until: no password is accepted before.
    """

    id: AccountId
    name: str
    role: Role
    created_at: datetime
    password_hash: str | None = None
    disabled_at: datetime | None = None
    failures: int = 0
    locked_until: datetime | None = None
    signed_in_at: datetime | None = None


@dataclass(frozen=True)
class Session:
    """A browser in which somebody is signed in. Only the hash of its token is stored."""

    id: SessionId
    account_id: AccountId
    token_hash: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class OneTimeLink:
    """Lets whoever has it set the password of an account, once."""

    account_id: AccountId
    token_hash: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
