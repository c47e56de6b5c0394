"""Sign in and out: sessions of browsers, kept in the database so that they can be ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.domain.access.account import Account, AccountId, Session, SessionId
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Caller, CallerKind, Role
from core.errors import Forbidden, Unavailable
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import counted
from core.services.access.audit import note_by
from core.services.access.passwords import is_right, new_token, token_hash
from core.services.access.roles import needs
from core.services.application import Application

SESSION_S = 14 * 86_400.0
IDLE_S = 3 * 86_400.0
"""A session ends when it was not used for so long."""
SEEN_EVERY_S = 60.0
FREE_FAILURES = 5
"""Wrong passwords of an account before it is locked, for a time that doubles with each further one."""
FIRST_LOCK_S, LONGEST_LOCK_S = 60.0, 3600.0
ADDRESS_FAILURES, ADDRESS_WINDOW_S = 30, 900.0
"""Failed attempts from one network address, within these seconds, after which it is refused."""

_REFUSED = "The name or the password is wrong."


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in.

    session: None where a trusted proxy names the person with each request.
    token: the content of the cookie; empty where it is known already.
    """

    account: Account
    session: Session | None
    token: str = ""

    def caller(self, address: str = "") -> Caller:
        """Return the caller that services are bound to."""
        return Caller(self.account.name, self.account.role, CallerKind.ACCOUNT, address=address)


@needs(Role.GUEST)
def sign_in(app: Application, name: str, password: str, *, browser: str = "") -> SignedIn:
    """Open a session; the network address is the caller's.

    Raises:
        Forbidden: the name or the password is wrong, or the account is disabled; it says no more.
        Unavailable: too many attempts failed, for this account or from this address.
    """
    address, now = app.caller.address, app.clock.now()
    with app.unit_of_work() as uow:
        since = now - timedelta(seconds=ADDRESS_WINDOW_S)
        failed = uow.audit.count(Action.SIGN_IN_FAILED, address=address, since=since)
        account = uow.accounts.find(name)
    if failed >= ADDRESS_FAILURES:
        raise _too_many(ADDRESS_WINDOW_S)
    if account is not None and account.locked_until is not None and account.locked_until > now:
        raise _too_many((account.locked_until - now).total_seconds())
    if not is_right(account.password_hash if account else None, password):
        _count_failure(app, account, name)
        raise Forbidden(_REFUSED, "Try again, or ask an administrator for a new link.")
    if account is None or account.disabled_at is not None:
        raise Forbidden(_REFUSED, "Try again, or ask an administrator for a new link.")
    return open_session(app, account, browser)


@needs(Role.GUEST)
def signed_in(app: Application, token: str) -> SignedIn | None:
    """Return who a cookie stands for; None if its session ended or its account is disabled."""
    with app.unit_of_work() as uow:
        found = uow.accounts.session(token_hash(token))
    if found is None:
        return None
    session, account = found
    now = app.clock.now()
    idle = now - session.seen_at
    if session.expires_at <= now or idle.total_seconds() > IDLE_S or account.disabled_at is not None:
        return None
    if idle.total_seconds() > SEEN_EVERY_S:
        with app.unit_of_work(writing=True) as uow:
            uow.accounts.touch_session(session.id, now)
            uow.commit()
    return SignedIn(account, session)


@needs(Role.GUEST)
def account_named(app: Application, name: str) -> Account | None:
    """Return the account of somebody whom a trusted proxy has let in; None if there is none to use."""
    with app.unit_of_work() as uow:
        account = uow.accounts.find(name)
    return account if account is not None and account.disabled_at is None else None


@needs(Role.GUEST)
def sign_out(app: Application, token: str) -> None:
    """End the session of a cookie; nothing where there is none."""
    with app.unit_of_work(writing=True) as uow:
        found = uow.accounts.session(token_hash(token))
        if found is None:
            return
        session, account = found
        uow.accounts.end_sessions(account.id, only=session.id)
        _note(uow, app, account, Action.SIGNED_OUT)
        uow.commit()


@needs(Role.VIEWER)
def list_sessions(app: Application, account: Account) -> list[Session]:
    """Return where one is signed in oneself, the browser used last first."""
    _require_own(app, account)
    with app.unit_of_work() as uow:
        return uow.accounts.sessions(account.id)


@needs(Role.VIEWER)
def end_sessions(
    app: Application,
    account: Account,
    *,
    only: SessionId | None = None,
    but: SessionId | None = None,
) -> int:
    """End one's own sessions: all, `only` one, or all `but` one. Return how many."""
    _require_own(app, account)
    with app.unit_of_work(writing=True) as uow:
        ended = uow.accounts.end_sessions(account.id, only=only, but=but)
        if ended:
            _note(uow, app, account, Action.SIGNED_OUT)
        uow.commit()
    return ended


def _require_own(app: Application, account: Account) -> None:
    if app.caller.name != account.name:
        raise Forbidden(
            "Sessions are shown to their owner.", "Disable the account on the page People instead."
        )


@needs(Role.GUEST)
def open_session(app: Application, account: Account, browser: str) -> SignedIn:
    """Open a session for somebody who has proved who they are."""
    token, now = new_token(), app.clock.now()
    session = Session(
        id=SessionId(0),
        account_id=AccountId(account.id),
        token_hash=token_hash(token),
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(seconds=SESSION_S),
        address=app.caller.address,
        browser=browser[:200],
    )
    with app.unit_of_work(writing=True) as uow:
        opened = uow.accounts.add_session(session)
        uow.accounts.change(account.id, failures=0, locked_until=None, signed_in_at=now)
        _note(uow, app, account, Action.SIGNED_IN)
        uow.commit()
    return SignedIn(account, opened, token)


def _count_failure(app: Application, account: Account | None, name: str) -> None:
    with app.unit_of_work(writing=True) as uow:
        known = None if account is None else uow.accounts.find(account.id)
        if known is not None:
            failures = known.failures + 1
            locked_until = known.locked_until
            if failures >= FREE_FAILURES:
                lasts = min(LONGEST_LOCK_S, FIRST_LOCK_S * 2.0 ** min(failures - FREE_FAILURES, 20))
                locked_until = app.clock.now() + timedelta(seconds=lasts)
            uow.accounts.change(known.id, failures=failures, locked_until=locked_until)
        who = Caller(name.strip()[:80], Role.GUEST, CallerKind.ACCOUNT, address=app.caller.address)
        note_by(uow, app, who, (Action.SIGN_IN_FAILED, Subject("account")))
        uow.commit()


def _note(uow: UnitOfWork, app: Application, account: Account, action: Action) -> None:
    who = Caller(account.name, account.role, CallerKind.ACCOUNT, address=app.caller.address)
    note_by(uow, app, who, (action, Subject("account", (int(account.id),))))


def _too_many(seconds: float) -> Unavailable:
    minutes = max(1, round(seconds / 60))
    return Unavailable("Too many attempts to sign in failed.", f"Try again in {counted(minutes, 'minute')}.")
