"""Accounts of people: invite, change the role, disable, and set passwords through links that work once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.domain.access.account import Account, AccountId, OneTimeLink
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.text import text_problems
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note, note_by
from core.services.access.passwords import hashed, is_right, new_token, password_problems, token_hash
from core.services.access.roles import needs
from core.services.application import Application

FIRST = "administrator"
"""Name of the account that a new installation starts with."""
LINK_S = 3 * 86_400.0
"""How long a one-time link works."""

_LAST = "This is the only administrator who can sign in."


@dataclass(frozen=True)
class Invitation:
    """An account with the token of a link through which its password is set; the token is stored nowhere."""

    account: Account
    token: str


@needs(Role.ADMINISTRATOR)
def list_accounts(app: Application) -> list[Account]:
    """Return every account, by name."""
    with app.unit_of_work() as uow:
        return uow.accounts.list()


@needs(Role.ADMINISTRATOR)
def invite(app: Application, name: str, role: Role) -> Invitation:
    """Add an account without a password, and a link with which its owner sets one.

    Raises:
        InvalidInput: every problem, at `name` (empty, too long, taken), `role`.
    """
    problems = text_problems("name", name, most=80, required=True)
    if role is Role.GUEST:
        problems.append(Problem("role", "A guest has no account.", "Choose viewer, editor or administrator."))
    if problems:
        raise InvalidInput(problems)
    with app.unit_of_work(writing=True) as uow:
        account = uow.accounts.add(name.strip(), role, app.clock.now())
        if account is None:
            message = f"There is an account named {name.strip()!r} already."
            raise InvalidInput.of("name", message, "Use another name, or reset that account's password.")
        token = _link(uow, app, account)
        note(uow, app, Action.INVITED, _subject(account, role.value))
        uow.commit()
    return Invitation(account, token)


@needs(Role.ADMINISTRATOR)
def first_invitation(app: Application) -> Invitation | None:
    """Return a link for the first administrator; None if an administrator has a password already."""
    with app.unit_of_work(writing=True) as uow:
        known = uow.accounts.list()
        if any(_is_administrator(account) for account in known):
            return None
        account = uow.accounts.find(FIRST) or uow.accounts.add(FIRST, Role.ADMINISTRATOR, app.clock.now())
        if account is None:
            raise Conflict("Another process is adding the first account.", "Start again.")
        uow.accounts.change(account.id, role=Role.ADMINISTRATOR, disabled_at=None)
        token = _link(uow, app, account)
        note(uow, app, Action.INVITED, _subject(account, Role.ADMINISTRATOR.value))
        uow.commit()
    return Invitation(account, token)


@needs(Role.ADMINISTRATOR)
def reset_password(app: Application, account_id: AccountId) -> Invitation:
    """Remove a password, end the account's sessions, and return a link with which its owner sets another."""
    with app.unit_of_work(writing=True) as uow:
        account = _present(uow, account_id)
        if account.disabled_at is not None:
            raise Conflict(f"The account {account.name} is disabled.", "Enable it first.")
        uow.accounts.change(account_id, password_hash=None, failures=0, locked_until=None)
        uow.accounts.end_sessions(account_id)
        token = _link(uow, app, account)
        note(uow, app, Action.CHANGED, _subject(account, "password reset"))
        uow.commit()
    return Invitation(account, token)


@needs(Role.ADMINISTRATOR)
def change_role(app: Application, account_id: AccountId, role: Role) -> None:
    """Give an account another role, from its next request on; `Conflict` for the last administrator."""
    if role is Role.GUEST:
        raise InvalidInput.of("role", "A guest has no account.", "Choose viewer, editor or administrator.")
    with app.unit_of_work(writing=True) as uow:
        account = _present(uow, account_id)
        if role is not Role.ADMINISTRATOR:
            _require_another(uow, account)
        uow.accounts.change(account_id, role=role)
        note(uow, app, Action.CHANGED, _subject(account, f"{account.role.value} is now {role.value}"))
        uow.commit()


@needs(Role.ADMINISTRATOR)
def disable(app: Application, account_id: AccountId, *, disabled: bool = True) -> None:
    """Refuse an account from now on and end its sessions, or let it in again."""
    with app.unit_of_work(writing=True) as uow:
        account = _present(uow, account_id)
        if disabled:
            _require_another(uow, account)
            uow.accounts.end_sessions(account_id)
        uow.accounts.change(account_id, disabled_at=app.clock.now() if disabled else None)
        note(uow, app, Action.DISABLED if disabled else Action.ENABLED, _subject(account))
        uow.commit()


@needs(Role.GUEST)
def account_of_link(app: Application, token: str) -> Account:
    """Return the account whose password a one-time link sets; `Forbidden` if the link does not work."""
    with app.unit_of_work() as uow:
        return _linked(uow, app, token)


@needs(Role.GUEST)
def set_password(app: Application, token: str, password: str) -> Account:
    """Set a password through a one-time link, and end the account's sessions.

    Raises:
        Forbidden: the link was used, is too old or unknown, or the account is disabled.
        InvalidInput: at `password`.
    """
    with app.unit_of_work(writing=True) as uow:
        account = _linked(uow, app, token)
        if problems := password_problems(password, account.name):
            raise InvalidInput(problems)
        if not uow.accounts.use_link(token_hash(token), app.clock.now()):
            raise _useless()
        values = {"password_hash": hashed(password), "failures": 0, "locked_until": None}
        uow.accounts.change(account.id, **values)
        uow.accounts.end_sessions(account.id)
        owner = Caller(account.name, account.role, CallerKind.ACCOUNT, address=app.caller.address)
        note_by(uow, app, owner, (Action.PASSWORD_SET, _subject(account)))
        uow.commit()
    return account


@needs(Role.VIEWER)
def change_password(app: Application, account: Account, old: str, new: str) -> None:
    """Replace one's own password and end all sessions but those that the caller keeps.

    Raises:
        InvalidInput: at `old` (wrong) or `password`.
    """
    if app.caller.name != account.name:
        raise Forbidden("A password is changed by its owner.", "Reset it on the page People instead.")
    if not is_right(account.password_hash, old):
        raise InvalidInput.of("old", "The present password is wrong.", "Ask an administrator for a reset.")
    if problems := password_problems(new, account.name):
        raise InvalidInput(problems)
    with app.unit_of_work(writing=True) as uow:
        uow.accounts.change(account.id, password_hash=hashed(new))
        note(uow, app, Action.PASSWORD_SET, _subject(account))
        uow.commit()


def _link(uow: UnitOfWork, app: Application, account: Account) -> str:
    token, now = new_token(), app.clock.now()
    uow.accounts.add_link(OneTimeLink(account.id, token_hash(token), now, now + timedelta(seconds=LINK_S)))
    return token


def _linked(uow: UnitOfWork, app: Application, token: str) -> Account:
    link = uow.accounts.link(token_hash(token))
    account = None if link is None else uow.accounts.find(link.account_id)
    if link is None or account is None or link.used_at or link.expires_at <= app.clock.now():
        raise _useless()
    if account.disabled_at is not None:
        raise Forbidden(f"The account {account.name} is disabled.", "Ask an administrator.")
    return account


def _useless() -> Forbidden:
    return Forbidden(
        "This link was used before, is too old, or was replaced.", "Ask an administrator for another."
    )


def _present(uow: UnitOfWork, account_id: AccountId) -> Account:
    found = uow.accounts.find(account_id)
    if found is None:
        raise NotFound(f"There is no account with id {account_id}.", "Reload the list of people.")
    return found


def _is_administrator(account: Account) -> bool:
    usable = account.disabled_at is None and account.password_hash is not None
    return usable and account.role is Role.ADMINISTRATOR


def _require_another(uow: UnitOfWork, account: Account) -> None:
    others = [each for each in uow.accounts.list() if each.id != account.id]
    if _is_administrator(account) and not any(map(_is_administrator, others)):
        raise Conflict(_LAST, "Make somebody else administrator first.")


def _subject(account: Account, told: str = "") -> Subject:
    return Subject("account", (int(account.id),), f"{account.name} {told}".strip())
