"""Accounts: passwords are hashed, links work once, and the last administrator stays."""

import pytest

from core.domain.access.caller import Role
from core.errors import Conflict, Forbidden, InvalidInput
from core.services.access import accounts, sessions
from core.services.access.accounts import (
    LINK_S,
    account_of_link,
    change_password,
    change_role,
    disable,
    first_invitation,
    invite,
    list_accounts,
    reset_password,
    set_password,
)
from core.services.access.passwords import is_right
from core.services.application import Application
from core.testing.fakes import SettableClock, acting_as

PASSWORD = "four unrelated words"


def test_the_first_link_makes_an_administrator_and_then_there_is_none(app: Application) -> None:
    first = first_invitation(app)
    assert first is not None
    assert (first.account.name, first.account.role) == ("administrator", Role.ADMINISTRATOR)
    again = first_invitation(app)  # a restart before it was used replaces it
    assert again is not None
    with pytest.raises(Forbidden, match="used before, is too old, or was replaced"):
        set_password(app, first.token, PASSWORD)
    set_password(app, again.token, PASSWORD)
    assert first_invitation(app) is None


def test_passwords_are_stored_as_argon2id(app: Application) -> None:
    set_password(app, invite(app, "Ada", Role.EDITOR).token, PASSWORD)
    (account,) = list_accounts(app)
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$")
    assert PASSWORD not in account.password_hash
    assert is_right(account.password_hash, PASSWORD)
    assert not is_right(account.password_hash, PASSWORD + " ")
    assert not is_right(None, PASSWORD)
    assert not is_right("no hash", PASSWORD)


def test_a_link_works_once_and_for_a_while(app: Application, clock: SettableClock) -> None:
    invited = invite(app, "Ada", Role.EDITOR)
    assert account_of_link(app, invited.token).name == "Ada"
    set_password(app, invited.token, PASSWORD)
    with pytest.raises(Forbidden):
        set_password(app, invited.token, PASSWORD)
    late = invite(app, "Bob", Role.VIEWER)
    clock.advance(LINK_S)
    with pytest.raises(Forbidden):
        account_of_link(app, late.token)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 12"),
        ("a" * 14, "easy to guess"),
        ("x" * 201, "at most 200"),
        ("ada lovelace 1", "easy to guess"),
    ],
)
def test_weak_passwords_are_refused(app: Application, password: str, told: str) -> None:
    invited = invite(app, "Ada Lovelace 1", Role.EDITOR)
    with pytest.raises(InvalidInput, match=told):
        set_password(app, invited.token, password)
    set_password(app, invited.token, PASSWORD)  # the link was not used up


def test_names_are_unique_in_any_case(app: Application) -> None:
    invite(app, "Ada", Role.EDITOR)
    with pytest.raises(InvalidInput, match="an account named 'ADA' already"):
        invite(app, "ADA", Role.VIEWER)
    with pytest.raises(InvalidInput):
        invite(app, " ", Role.VIEWER)


def test_the_last_administrator_stays(app: Application) -> None:
    first = first_invitation(app)
    assert first is not None
    set_password(app, first.token, PASSWORD)
    invite(app, "Ada", Role.ADMINISTRATOR)  # has no password yet, so cannot take over
    with pytest.raises(Conflict, match="only administrator"):
        disable(app, first.account.id)
    with pytest.raises(Conflict, match="only administrator"):
        change_role(app, first.account.id, Role.EDITOR)
    ada = next(one for one in list_accounts(app) if one.name == "Ada")
    set_password(app, reset_password(app, ada.id).token, PASSWORD)
    change_role(app, first.account.id, Role.EDITOR)


def test_a_session_ends_with_what_it_rests_on(app: Application, clock: SettableClock) -> None:
    account = set_password(app, invite(app, "Ada", Role.EDITOR).token, PASSWORD)
    first, second, third = (sessions.sign_in(app, "ada", PASSWORD) for _ in range(3))
    ada = acting_as(app, "Ada")
    assert len(sessions.list_sessions(ada, account)) == 3
    assert sessions.end_sessions(ada, account, only=first.session.id) == 1
    assert sessions.signed_in(app, first.token) is None
    assert sessions.signed_in(app, second.token) is not None
    assert sessions.end_sessions(ada, account, but=third.session.id) == 1
    assert sessions.signed_in(app, second.token) is None
    disable(app, account.id)
    assert sessions.signed_in(app, third.token) is None
    with pytest.raises(Forbidden, match="name or the password is wrong"):
        sessions.sign_in(app, "Ada", PASSWORD)
    disable(app, account.id, disabled=False)
    idle = sessions.sign_in(app, "Ada", PASSWORD)
    clock.advance(sessions.IDLE_S + 1)
    assert sessions.signed_in(app, idle.token) is None


def test_a_role_changes_with_the_next_request(app: Application) -> None:
    account = set_password(app, invite(app, "Ada", Role.EDITOR).token, PASSWORD)
    opened = sessions.sign_in(app, "Ada", PASSWORD)
    change_role(app, account.id, Role.VIEWER)
    found = sessions.signed_in(app, opened.token)
    assert found is not None
    assert found.caller().role is Role.VIEWER


def test_a_password_is_changed_by_its_owner_alone(app: Application) -> None:
    set_password(app, invite(app, "Ada", Role.EDITOR).token, PASSWORD)
    account = next(one for one in list_accounts(app) if one.name == "Ada")
    with pytest.raises(Forbidden):
        change_password(acting_as(app, "Bob"), account, PASSWORD, "another good password")
    with pytest.raises(InvalidInput, match="present password is wrong"):
        change_password(acting_as(app, "Ada"), account, "wrong", "another good password")
    change_password(acting_as(app, "Ada"), account, PASSWORD, "another good password")
    with pytest.raises(Forbidden):
        sessions.sign_in(app, "Ada", PASSWORD)
    assert sessions.sign_in(app, "Ada", "another good password").account.id == account.id


def test_resetting_a_password_ends_sessions(app: Application) -> None:
    account = set_password(app, invite(app, "Ada", Role.EDITOR).token, PASSWORD)
    opened = sessions.sign_in(app, "Ada", PASSWORD)
    accounts.reset_password(app, account.id)
    assert sessions.signed_in(app, opened.token) is None
    with pytest.raises(Forbidden):
        sessions.sign_in(app, "Ada", PASSWORD)
