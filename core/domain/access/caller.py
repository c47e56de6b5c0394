"""Who calls a service, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.ids import ProjectId


class Role(StrEnum):
    """What a caller may do; each role includes those before it."""

    GUEST = "guest"  # not signed in, may only do that
    VIEWER = "viewer"  # sees everything, changes nothing
    EDITOR = "editor"  # queues, changes and deletes
    ADMINISTRATOR = "administrator"  # also manages people and reads the audit trail

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what the other one may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


class CallerKind(StrEnum):
    """How the caller is known."""

    MACHINE = "machine"  # the user of this machine: console, workers, a dashboard on loopback
    ACCOUNT = "account"  # somebody who signed in
    LINK = "link"  # whoever opened a share link
    TOKEN = "token"  # noqa: S105  a program with a token of somebody's account


@dataclass(frozen=True)
class Caller:
    """Who calls a service.

    name: what the author of experiments, models and notes is called.
    project_id: the only project the caller may see; None: all of them.
    address: the network address, where known.
    """

    name: str
    role: Role
    kind: CallerKind
    project_id: ProjectId | None = None
    address: str = ""
