"""Sign in whom an OpenID provider has recognized: find, link or make the account."""

from __future__ import annotations

from core.domain.access.account import Account
from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.access.identity import Admission, Identity
from core.domain.text import text_problems
from core.errors import Conflict, Forbidden
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note_by
from core.services.access.roles import needs
from core.services.access.sessions import SignedIn, open_session
from core.services.application import Application

_ASK = "Ask an administrator for an invitation in the name of your e-mail address."


@needs(Role.GUEST)
def sign_in_as(app: Application, identity: Identity, admission: Admission, *, browser: str = "") -> SignedIn:
    """Open a session for a person whom the provider has signed in.

    The account is the one that the identity was linked to before; else the one named like the verified e-mail
    address; else a new one, if the admission gives it a role. A group's role is renewed at each sign-in.

    Raises:
        Forbidden: the domain is not allowed, nothing admits the person, or the account is disabled.
        Conflict: the name is taken by an account of somebody else.
    """
    if not admission.is_from_domain(identity):
        shown = identity.email or "no verified e-mail address"
        message = f"{shown} is of no domain that may sign in here."
        raise Forbidden(message, f"Use an address of {', '.join(admission.domains)}.")
    with app.unit_of_work(writing=True) as uow:
        account = _account(uow, app, identity, admission)
        if account.disabled_at is not None:
            raise Forbidden(f"The account {account.name} is disabled.", "Ask an administrator.")
        uow.commit()
    return open_session(app, account, browser)


def _account(uow: UnitOfWork, app: Application, identity: Identity, admission: Admission) -> Account:
    account = uow.accounts.identified(identity.issuer, identity.subject)
    if account is None:
        account = uow.accounts.find(identity.email) if identity.email else None
        account = account or _added(uow, app, identity, admission)
        uow.accounts.link_identity(account.id, identity, app.clock.now())
        _note(uow, app, account, Action.LINKED, identity.issuer)
    role = admission.group_role(identity)
    if role is None or role is account.role:
        return account
    uow.accounts.change(account.id, role=role)
    _note(uow, app, account, Action.CHANGED, f"{account.role.value} is now {role.value}, by a group")
    return uow.accounts.find(account.id) or account


def _added(uow: UnitOfWork, app: Application, identity: Identity, admission: Admission) -> Account:
    role = admission.role(identity)
    name = identity.email or identity.name or identity.subject
    if role is None:
        raise Forbidden(f"Nobody has invited {name[:80]}.", _ASK)
    if text_problems("name", name, most=80, required=True):
        raise Forbidden("The provider sent a name that cannot be used.", _ASK)
    account = uow.accounts.add(name.strip(), role, app.clock.now())
    if account is None:
        message = f"There is an account named {name!r} already, and the provider verified no e-mail address."
        raise Conflict(message, "Ask an administrator to disable that account or to give you another name.")
    return account


def _note(uow: UnitOfWork, app: Application, account: Account, action: Action, told: str) -> None:
    who = Caller(account.name, account.role, CallerKind.ACCOUNT, address=app.caller.address)
    note_by(uow, app, who, (action, Subject("account", (int(account.id),), told)))
