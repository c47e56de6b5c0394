"""The audit trail: who did what, to what, and when. Kept when what it names is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.access.caller import CallerKind, Role
from core.domain.ids import ProjectId


class Action(StrEnum):
    """What was done."""

    CREATED = "created"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    PAUSED = "paused"
    RESUMED = "resumed"
    DRAINED = "drained"
    CHANGED = "changed"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"
    DELETED = "deleted"
    RESTORED = "restored"
    UPLOADED = "uploaded"
    BACKED_UP = "backed up"
    EXPORTED = "exported"
    SHARED = "shared"
    REVOKED = "revoked"
    OPENED = "opened"
    INVITED = "invited"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PASSWORD_SET = "password set"  # noqa: S105  the word for it
    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    LINKED = "linked"
    SIGN_IN_FAILED = "sign-in failed"


@dataclass(frozen=True)
class Subject:
    """What something was done to.

    kind: a noun, e.g. `run`, `model`, `project`. ids: those of this kind that were affected.
    told: what changed or what the things are called.
    """

    kind: str
    ids: tuple[int, ...] = ()
    told: str = ""
    project_id: ProjectId | None = None


@dataclass(frozen=True)
class AuditEvent:
    """One entry. address: the network address of the caller, where known. count: how many were affected."""

    id: int
    at: datetime
    who: str
    role: Role
    kind: CallerKind
    action: Action
    subject: Subject
    count: int = 0
    address: str = ""


@dataclass(frozen=True)
class AuditQuery:
    """Which entries to list, newest first; empty values do not restrict.

    text: occurs in who, what or the description, in any case. before_id: only older entries.
    """

    text: str = ""
    who: str = ""
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = 100
