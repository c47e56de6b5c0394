"""Who an OpenID provider says somebody is, and which of them may come in with which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.access.caller import Role

ANYBODY = "*"
"""In place of a group: whoever the provider lets in."""


@dataclass(frozen=True)
class Identity:
    """Somebody whom a provider has signed in.

    issuer, subject: name the person for good. email: empty unless the provider has verified it.
    name: what the person is called. groups: those that the provider says they are in.
    """

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Admission:
    """Who may come in without an invitation.

    domains: of verified e-mail addresses; empty: any. roles: the role of each group, of `*` for everybody.
    """

    domains: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)

    def is_from_domain(self, identity: Identity) -> bool:
        """Return whether the verified e-mail address is of an allowed domain."""
        domain = identity.email.rpartition("@")[2].casefold()
        return not self.domains or domain in self.domains

    def group_role(self, identity: Identity) -> Role | None:
        """Return the highest role of the person's groups; None where none of them has one."""
        found = [role for group, role in self.roles.items() if group in identity.groups]
        return max(found, key=list(Role).index, default=None)

    def role(self, identity: Identity) -> Role | None:
        """Return the role that an account without an invitation gets; None: it gets none."""
        return self.group_role(identity) or self.roles.get(ANYBODY)
