"""Sign-in with an OpenID provider, against one in a process of its own that checks PKCE and nonce."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.access.audit import Action, AuditQuery
from core.domain.access.caller import Role
from core.domain.access.identity import Admission
from core.services.access import accounts
from core.services.access.audit import audit_trail
from core.services.application import Application
from core.testing.servers.openid_provider import openid_provider
from core.testing.servers.servers import free_port
from dashboard.access.caller import Access, OpenIdProvider
from dashboard.factory import create

SAME = {"Sec-Fetch-Site": "same-origin"}
USERS = [
    {"sub": "1", "email": "ada@example.org", "email_verified": True, "groups": ["ml-team", "everybody"]},
    {"sub": "2", "email": "bob@example.org", "email_verified": True},
    {"sub": "3", "email": "ada@example.org", "email_verified": False},
    {"sub": "4", "email": "eve@elsewhere.example", "email_verified": True},
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows the users."""
    with openid_provider(USERS) as address:
        yield address


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        """Follow no redirect: the test looks at where it leads."""


def client_of(app: Application, issuer: str, admission: Admission) -> FlaskClient:
    provider = OpenIdProvider(issuer, "dashboard", "secret", admission)
    access = Access(sign_in=True, secret="0" * 32, public_url="http://localhost", openid=provider)
    return create(app, access).server.test_client()


def leave(client: FlaskClient, target: str = "/queue") -> str:
    """Return the address of the provider to which the button leads."""
    page = client.get("/sign-in").text
    assert "Sign in with 127.0.0.1" in page
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert token is not None
    values = {"form_token": token[1], "next": target}
    return client.post("/sign-in/openid", data=values, headers=SAME).headers["Location"]


def consent(address: str, subject: str, **form: str) -> str:
    """Sign in at the provider and return where it sends the browser."""
    body = urlencode({"sub": subject, **form}).encode()
    with pytest.raises(urllib.error.HTTPError) as found:
        urllib.request.build_opener(_Stay).open(address, data=body, timeout=20)
    found.value.close()
    assert found.value.code == 302
    return found.value.headers["Location"].removeprefix("http://localhost")


def sign_in(client: FlaskClient, subject: str, target: str = "/queue") -> TestResponse:
    return client.get(consent(leave(client, target), subject))


def test_a_group_gives_the_role_and_the_view_asked_for_opens(app: Application, issuer: str) -> None:
    roles = {"ml-team": Role.EDITOR, "everybody": Role.VIEWER}
    client = client_of(app, issuer, Admission(("example.org",), roles))
    target = "/p/digits/overview?x=size#selected=2"
    asked = parse_qs(urlsplit(leave(client, target)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/openid/back"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = sign_in(client, "1", target)
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    assert client.get("/share-links").status_code == 200
    (ada,) = accounts.list_accounts(app)
    assert (ada.name, ada.role, ada.password_hash) == ("ada@example.org", Role.EDITOR, None)
    accounts.change_role(app, ada.id, Role.VIEWER)  # the group decides again at the next sign-in
    sign_in(client_of(app, issuer, Admission(("example.org",), roles)), "1")
    assert [one.role for one in accounts.list_accounts(app)] == [Role.EDITOR]
    assert len(audit_trail(app, AuditQuery(action=Action.LINKED))) == 1


def test_who_was_invited_comes_in_with_the_role_of_the_invitation(app: Application, issuer: str) -> None:
    client = client_of(app, issuer, Admission())
    answer = sign_in(client, "2")
    assert (answer.status_code, "Nobody has invited bob@example.org." in answer.text) == (403, True)
    assert client.get("/queue").status_code == 302
    accounts.invite(app, "Bob@example.org", Role.EDITOR)
    assert sign_in(client, "2").headers["Location"] == "/queue"
    assert client.get("/share-links").status_code == 200
    (bob,) = accounts.list_accounts(app)
    accounts.disable(app, bob.id)
    assert sign_in(client, "2").status_code == 403


def test_an_address_that_is_not_verified_opens_no_account(app: Application, issuer: str) -> None:
    accounts.invite(app, "ada@example.org", Role.ADMINISTRATOR)
    client = client_of(app, issuer, Admission())
    assert sign_in(client, "3").status_code == 403
    domains = client_of(app, issuer, Admission(("example.org",), {"*": Role.VIEWER}))
    for subject in ("3", "4"):
        answer = sign_in(domains, subject)
        assert (answer.status_code, "of no domain that may sign in here" in answer.text) == (403, True)
    assert len(accounts.list_accounts(app)) == 1


def test_answers_that_this_browser_did_not_ask_for_are_refused(app: Application, issuer: str) -> None:
    everybody = Admission(roles={"*": Role.VIEWER})
    client, victim = client_of(app, issuer, everybody), client_of(app, issuer, everybody)
    back = consent(leave(client), "2")
    assert victim.get(back).status_code == 403  # another browser: sign-in of the victim as the attacker
    assert client.get(re.sub("state=[^&]+", "state=guessed", back)).status_code == 403
    assert client.get(consent(leave(client), "2", action="deny")).status_code == 403
    address = leave(client).replace("code_challenge=", "code_challenge=x")
    answer = client.get(consent(address, "2"))
    assert (answer.status_code, "wrong verifier" in answer.text) == (403, True)
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/sign-in").text)
    assert token is not None
    assert client.post("/sign-in/openid", data={}, headers=SAME).status_code == 403
    assert accounts.list_accounts(app) == []


def test_a_provider_that_is_away_is_named_as_such(app: Application) -> None:
    client = client_of(app, f"http://127.0.0.1:{free_port()}", Admission())
    page = client.get("/sign-in").text
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert token is not None
    answer = client.post("/sign-in/openid", data={"form_token": token[1]}, headers=SAME)
    assert (answer.status_code, "provider cannot be reached" in answer.text) == (429, True)
