"""API tokens: made by people for their programs, listed with their last use, revoked; who calls with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from core.domain.access.account import Account
from core.domain.access.api_token import ApiToken, TokenId
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.text import text_problems
from core.errors import Forbidden, InvalidInput, NotFound, Problem, Unavailable, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note, note_by
from core.services.access.passwords import new_token, token_hash
from core.services.access.roles import needs
from core.services.access.sessions import ADDRESS_FAILURES, ADDRESS_WINDOW_S
from core.services.application import Application

PREFIX = "cnc_"
"""What every token begins with, so that scanners of secrets find it in code."""
ROLES = (Role.VIEWER, Role.EDITOR)
"""Roles that tokens can have: people are managed by people."""
MOST_DAYS = 366
_SEEN_EVERY_S = 60.0
_LONGEST = 200


@dataclass(frozen=True)
class TokenRequest:
    """A token to be. project: short name of the only project it reaches; empty: all of them."""

    name: str
    role: Role = Role.VIEWER
    project: str = ""
    days: float = 90.0


@dataclass(frozen=True)
class NewToken:
    """A token with its text, which is stored nowhere."""

    token: ApiToken
    text: str


@needs(Role.VIEWER)
def make_token(app: Application, request: TokenRequest, account: str = "") -> NewToken:
    """Make a token for oneself; on the console of the machine, for an account.

    Raises:
        Forbidden: a program or a share link asks, or somebody asks for another account.
        InvalidInput: every problem, at `name`, `role` (more than the account's), `project`, `days`.
    """
    with app.unit_of_work(writing=True) as uow:
        owner = _owner(uow, app, account)
        problems = text_problems("name", request.name, most=80, required=True)
        if request.role not in ROLES or not owner.role.includes(request.role):
            message = f"A token of {owner.name} cannot have the role {request.role.value}."
            problems.append(Problem("role", message, f"{owner.name} is {owner.role.value}."))
        if not 0 < request.days <= MOST_DAYS:
            message = f"A token cannot work for {request.days:g} days."
            problems.append(Problem("days", message, f"Use 1 to {MOST_DAYS} days."))
        project = uow.projects.find(request.project) if request.project else None
        if request.project and project is None:
            unknown = UnknownName("project", request.project, uow.projects.slugs())
            problems.append(Problem("project", unknown.message, unknown.hint))
        if problems:
            raise InvalidInput(problems)
        text, now = PREFIX + new_token(), app.clock.now()
        made = uow.api_tokens.add(
            ApiToken(
                id=TokenId(0),
                account_id=owner.id,
                name=request.name.strip(),
                token_hash=token_hash(text),
                role=request.role,
                created_at=now,
                expires_at=now + timedelta(days=request.days),
                project_id=project.id if project else None,
            )
        )
        told = f"{made.name} of {owner.name}: {made.role.value} for {request.days:g} days"
        note(uow, app, Action.CREATED, Subject("api token", (int(made.id),), told, made.project_id))
        uow.commit()
    return NewToken(made, text)


@needs(Role.VIEWER)
def list_tokens(app: Application, account: str = "") -> list[ApiToken]:
    """Return one's own tokens, newest first, also those that ended; on the console those of an account."""
    with app.unit_of_work() as uow:
        return uow.api_tokens.list(_owner(uow, app, account).id)


@needs(Role.VIEWER)
def revoke_token(app: Application, token_id: TokenId) -> None:
    """End a token of one's own, or as an administrator anybody's; `NotFound` if there is none."""
    with app.unit_of_work(writing=True) as uow:
        token = uow.api_tokens.find(token_id)
        owner = None if token is None else uow.accounts.find(token.account_id)
        own = owner is not None and owner.name == app.caller.name and app.caller.kind is CallerKind.ACCOUNT
        if token is None or not (own or app.caller.role.includes(Role.ADMINISTRATOR)):
            raise NotFound(f"You have no token with id {token_id}.", "Reload the list of tokens.")
        if token.revoked_at is None:
            uow.api_tokens.revoke(token_id, app.clock.now())
            note(
                uow, app, Action.REVOKED, Subject("api token", (int(token_id),), token.name, token.project_id)
            )
            uow.commit()


@needs(Role.GUEST)
def token_caller(app: Application, text: str) -> Caller:
    """Return who calls with a token, and note the use.

    Raises:
        Forbidden: there is no such token, it ended, or its account is disabled; it says no more.
        Unavailable: too many wrong tokens came from this address.
    """
    address, now = app.caller.address, app.clock.now()
    with app.unit_of_work() as uow:
        token = uow.api_tokens.find(token_hash(text)) if len(text) <= _LONGEST else None
        account = uow.accounts.find(token.account_id) if token is not None else None
    if token is None or account is None or account.disabled_at is not None or not token.is_valid(now):
        _refuse(app, address)
    if token.used_at is None or (now - token.used_at).total_seconds() > _SEEN_EVERY_S:
        with app.unit_of_work(writing=True) as uow:
            uow.api_tokens.note_use(token.id, now, address)
            uow.commit()
    role = token.role if account.role.includes(token.role) else account.role
    return Caller(account.name, role, CallerKind.TOKEN, token.project_id, address)


def _refuse(app: Application, address: str) -> NoReturn:
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        since = now - timedelta(seconds=ADDRESS_WINDOW_S)
        if uow.audit.count(Action.SIGN_IN_FAILED, address=address, since=since) >= ADDRESS_FAILURES:
            raise Unavailable("Too many wrong tokens came from this address.", "Try again in some minutes.")
        who = Caller("guest", Role.GUEST, CallerKind.TOKEN, address=address)
        note_by(uow, app, who, (Action.SIGN_IN_FAILED, Subject("api token")))
        uow.commit()
    raise Forbidden("This token does not work, or does not work any more.", "Make one on the page Account.")


def _owner(uow: UnitOfWork, app: Application, name: str) -> Account:
    """Return the account whose tokens are meant."""
    caller = app.caller
    if caller.kind not in {CallerKind.ACCOUNT, CallerKind.MACHINE}:
        raise Forbidden(
            "Only people who are signed in manage tokens.", "Sign in with an account of your own."
        )
    if caller.kind is CallerKind.ACCOUNT and name not in {"", caller.name}:
        raise Forbidden(f"{caller.name} manages own tokens only.", "Ask the owner of the account.")
    wanted = name or caller.name
    found = uow.accounts.find(wanted)
    if found is None:
        raise UnknownName("account", wanted, [account.name for account in uow.accounts.list()])
    return found
