"""Who makes the present request."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import g, has_request_context

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.access.identity import Admission
from core.domain.ids import ProjectId
from core.services.access.sessions import SignedIn

_NOTHING = ProjectId(0)
"""No project has this id: who is not signed in sees none."""


@dataclass(frozen=True)
class OpenIdProvider:
    """Where people sign in with an account of their organization.

    issuer: its address. admission: who may come in without an invitation. groups_claim: names the groups.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    admission: Admission = field(default_factory=Admission)
    scopes: str = "openid email profile"
    groups_claim: str = "groups"


@dataclass(frozen=True)
class Access:
    """How people reach the dashboard.

    sign_in: whether a session is needed. secret: signs forms. public_url: how people type its address.
    trusted_hosts: host names that requests may be for; empty: any. proxies: reverse proxies in front.
    user_header: names who signed in at the proxy; empty: nobody does. open_to_network: others reach it
    without signing in, which every page says. openid: where people can sign in besides with a password.
    requests_per_minute: of each API token; 0: no limit.
    metrics_token: opens `/metrics`.
    """

    sign_in: bool = False
    secret: str = ""
    public_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    user_header: str = ""
    open_to_network: bool = False
    openid: OpenIdProvider | None = None
    requests_per_minute: int = 600
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether cookies are for https alone."""
        return self.public_url.startswith("https://")


def guest(address: str = "") -> Caller:
    """Return a caller who is not signed in."""
    return Caller("guest", Role.GUEST, CallerKind.ACCOUNT, _NOTHING, address)


def present_caller() -> Caller:
    """Return who makes the present request; outside of requests, pages are kept up to date for viewers."""
    if not has_request_context():
        return Caller("dashboard", Role.VIEWER, CallerKind.MACHINE)
    found = g.get("caller")
    return found if isinstance(found, Caller) else guest()


def set_caller(caller: Caller, signed: SignedIn | None = None) -> None:
    """Note who makes the present request."""
    g.caller, g.signed_in = caller, signed


def present_account() -> SignedIn | None:
    """Return who is signed in; None for guests, share links, and without sign-in."""
    found = g.get("signed_in") if has_request_context() else None
    return found if isinstance(found, SignedIn) else None
