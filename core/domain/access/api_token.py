"""API tokens: programs act with them as an account, with at most its role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from core.domain.access.account import AccountId
from core.domain.access.caller import Role
from core.domain.ids import ProjectId

TokenId = NewType("TokenId", int)


@dataclass(frozen=True)
class ApiToken:
    """A token of an account. Only its hash is stored.

    name: what its owner calls it. role: the most it may do; the account's role limits it as well.
    project_id: the only project it reaches; None: all of them. used_at, used_from: the last use.
    """

    id: TokenId
    account_id: AccountId
    name: str
    token_hash: str
    role: Role
    created_at: datetime
    expires_at: datetime
    project_id: ProjectId | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    used_from: str = ""

    def is_valid(self, now: datetime) -> bool:
        """Return whether it can be used at that instant."""
        return self.revoked_at is None and now < self.expires_at
