"""Who may do what through the API: tokens, roles and scopes, over every operation of its document."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.domain.access.audit import Action, AuditQuery
from core.domain.access.caller import Role
from core.errors import Forbidden, InvalidInput
from core.services.access import accounts
from core.services.access.api_tokens import TokenRequest, list_tokens, make_token, revoke_token, token_caller
from core.services.access.audit import audit_trail
from core.services.application import Application
from core.testing.fakes import SettableClock, acting_as
from dashboard.access.caller import Access
from dashboard.api import ROUTES, openapi
from dashboard.api.answering import LARGEST_BODY
from dashboard.factory import create

BASE = "/api/v1"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def operations() -> Iterator[tuple[str, str, Role]]:
    for path, methods in openapi()["paths"].items():
        for method, about in methods.items():
            yield method.upper(), re.sub(r"\{\w+\}", "1", path), Role(about["security"][0]["token"][0])


def ask(client: FlaskClient, method: str, path: str, headers: dict[str, str]) -> int:
    body = None if method in {"GET", "DELETE"} else {}
    return client.open(path, method=method, headers=headers, json=body).status_code


def test_without_a_token_no_operation_answers(guarded: Flask) -> None:
    client = guarded.test_client()
    tried = [*operations(), ("GET", f"{BASE}/openapi.json", Role.VIEWER), ("GET", f"{BASE}/x", Role.VIEWER)]
    for headers in ({}, bearer("cnc_wrong"), {"Authorization": "Basic YTpi"}):
        answers = {(method, path): ask(client, method, path, headers) for method, path, _ in tried}
        assert set(answers.values()) <= {401, 429}, answers
    assert len(tried) == len(ROUTES) + 2


def test_roles_hold_over_every_operation(guarded: Flask, tokens: dict[str, str]) -> None:
    client = guarded.test_client()
    for method, path, needed in operations():
        for role in (Role.VIEWER, Role.EDITOR):
            status = ask(client, method, path, bearer(tokens[role.value]))
            allowed = role.includes(needed)
            assert (status not in {401, 403}) is allowed, (method, path, role, status)


def test_a_token_that_asks_too_often_waits_and_the_others_do_not(
    served: Application, clock: SettableClock, tokens: dict[str, str]
) -> None:
    slow = replace(served, clock=clock)
    access = Access(sign_in=True, secret="0" * 32, requests_per_minute=3)
    client = create(slow, access).server.test_client()

    def status(role: str) -> int:
        return client.get(f"{BASE}/projects", headers=bearer(tokens[role])).status_code

    assert [status("viewer") for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get(f"{BASE}/projects", headers=bearer(tokens["viewer"]))
    assert (refused.headers["Retry-After"], refused.mimetype) == ("20", "application/problem+json")
    assert refused.json is not None
    assert "more than 3 requests in a minute" in refused.json["detail"]
    assert status("editor") == 200
    clock.advance(20)
    assert [status("viewer") for _ in range(2)] == [200, 429]


def test_a_token_of_one_project_sees_no_other(guarded: Flask, tokens: dict[str, str]) -> None:
    client, headers = guarded.test_client(), bearer(tokens["digits"])
    assert [one["slug"] for one in client.get(f"{BASE}/projects", headers=headers).json["items"]] == [
        "digits"
    ]
    assert client.get(f"{BASE}/projects/other", headers=headers).status_code == 404


def test_cookies_and_other_sites_do_nothing(local: Flask, guarded: Flask, tokens: dict[str, str]) -> None:
    client = guarded.test_client()
    client.set_cookie("cnc_session", tokens["editor"])
    assert client.get(f"{BASE}/projects").status_code == 401
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused = local.test_client().post(f"{BASE}/runs/1", json={}, headers=foreign)
    assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")


def test_bodies_that_would_fill_the_memory_are_refused(guarded: Flask, tokens: dict[str, str]) -> None:
    size = {"CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    for path in ("/projects", "/projects/digits/experiments", "/projects/digits/models"):
        asked = guarded.test_client().post(
            BASE + path, json={}, headers=bearer(tokens["editor"]), environ_overrides=size
        )
        assert (asked.status_code, f"more than {LARGEST_BODY:,} bytes" in asked.text) == (422, True), path


def test_a_token_ends_and_is_revoked(app: Application, clock: SettableClock) -> None:
    accounts.invite(app, "Ada", Role.EDITOR)
    made = make_token(app, TokenRequest("sweeps", Role.EDITOR, days=2), "Ada")
    assert made.text.startswith("cnc_")
    assert made.text not in str(list_tokens(app, "Ada"))
    assert (token_caller(app, made.text).name, token_caller(app, made.text).role) == ("Ada", Role.EDITOR)
    assert list_tokens(app, "Ada")[0].used_at == clock.now()
    accounts.change_role(app, accounts.list_accounts(app)[0].id, Role.VIEWER)
    assert token_caller(app, made.text).role is Role.VIEWER
    clock.advance(2 * 86_400)
    with pytest.raises(Forbidden, match="does not work"):
        token_caller(app, made.text)
    other = make_token(app, TokenRequest("plots"), "Ada")
    revoke_token(app, other.token.id)
    with pytest.raises(Forbidden, match="does not work"):
        token_caller(app, other.text)
    noted = [event.action for event in audit_trail(app, AuditQuery(text="api token"))]
    assert noted.count(Action.SIGN_IN_FAILED) == 2
    assert noted.count(Action.REVOKED) == 1


def test_a_token_cannot_have_more_than_its_account(app: Application) -> None:
    accounts.invite(app, "Ada", Role.VIEWER)
    with pytest.raises(InvalidInput) as caught:
        make_token(app, TokenRequest("", Role.EDITOR, "nothing", 1000), "Ada")
    assert [one.field for one in caught.value.problems] == ["name", "role", "days", "project"]
    ada = acting_as(app, "Ada", Role.VIEWER)
    assert make_token(ada, TokenRequest("mine")).token.name == "mine"
    with pytest.raises(Forbidden):
        make_token(ada, TokenRequest("theirs"), "Grace")


def test_the_page_makes_lists_and_revokes_tokens(app: Application) -> None:
    accounts.set_password(app, accounts.invite(app, "Ada", Role.EDITOR).token, "four unrelated words")
    client = create(app, Access(sign_in=True, secret="0" * 32)).server.test_client()
    same = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

    def form(path: str) -> str:
        found = re.search(r'name="form_token" value="(\w+)"', client.get(path).text)
        assert found is not None
        return found[1]

    given = {"name": "Ada", "password": "four unrelated words", "form_token": form("/sign-in")}
    client.post("/sign-in", data=given, headers=same)
    wanted = {"name": "<b>sweeps</b>", "role": "editor", "project": "", "days": "30"}
    wanted |= {"form_token": form("/account/tokens")}
    page = client.post("/account/tokens/make", data=wanted, headers=same).text
    token = re.search(r"cnc_[\w-]+", page)
    assert token is not None
    assert "&lt;b&gt;sweeps&lt;/b&gt;" in page
    assert client.get(f"{BASE}/projects", headers=bearer(token[0])).status_code == 200
    assert token[0] not in client.get("/account/tokens").text
    number = {"token": str(list_tokens(app, "Ada")[0].id), "form_token": form("/account/tokens")}
    client.post("/account/tokens/revoke", data=number, headers=same)
    assert client.get(f"{BASE}/projects", headers=bearer(token[0])).status_code == 401
