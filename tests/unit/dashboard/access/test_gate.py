"""Nobody gets in without a session, none is fixed or forged, and roles hold over the web."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.access.account import Account
from core.domain.access.audit import Action, AuditQuery
from core.domain.access.caller import Role
from core.domain.project import Project
from core.services.access import accounts, sessions
from core.services.access.audit import audit_trail
from core.services.access.share_links import revoke, share
from core.services.application import Application
from core.testing.fakes import SettableClock
from dashboard.access.caller import Access
from dashboard.access.gate import MOST_BODY_BYTES, OPEN, safe_target
from dashboard.factory import create

PASSWORD = "four unrelated words"
SAME = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture
def server(app: Application) -> Flask:
    return create(app, Access(sign_in=True, secret="0" * 32)).server


@pytest.fixture
def client(server: Flask) -> Iterator[FlaskClient]:
    with server.test_client() as client:
        yield client


def add(app: Application, name: str, role: Role) -> Account:
    return accounts.set_password(app, accounts.invite(app, name, role).token, PASSWORD)


def form(client: FlaskClient, path: str) -> str:
    found = TOKEN.search(client.get(path).text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, target: str = "/queue") -> TestResponse:
    values = {"name": name, "password": password, "next": target, "form_token": form(client, "/sign-in")}
    return client.post("/sign-in", data=values, headers=SAME)


def test_without_a_session_no_route_answers(server: Flask, client: FlaskClient) -> None:
    tried = 0
    for rule in server.url_map.iter_rules():
        if rule.endpoint in OPEN or rule.rule.startswith("/assets/"):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = client.open(path, method=method, headers=SAME, json={} if method == "POST" else None)
            assert answer.status_code in {302, 401, 403}, (method, path)
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith("/sign-in?next=")
            tried += 1
    assert tried > 15


def test_the_pages_for_guests_and_health_checks_answer(client: FlaskClient) -> None:
    assert client.get("/sign-in").status_code == 200
    assert client.head("/sign-in").status_code == 200
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/set-password/nonsense").status_code == 403
    assert client.get("/s/nonsense").status_code == 403


def test_signing_in_leads_back_to_the_page_asked_for(app: Application, client: FlaskClient) -> None:
    add(app, "Ada", Role.VIEWER)
    answer = client.get("/p/digits/overview?x=size&y=top1", headers={"Accept": "text/html"})
    assert answer.headers["Location"] == "/sign-in?next=%2Fp%2Fdigits%2Foverview%3Fx%3Dsize%26y%3Dtop1"
    assert 'value="/p/digits/overview?x=size&amp;y=top1"' in client.get(answer.headers["Location"]).text
    answer = sign_in(client, "ada", target="/p/digits/overview?x=size&y=top1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/digits/overview?x=size&y=top1")
    assert client.get("/queue").status_code == 200
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("cnc_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_cookies_are_secure(app: Application) -> None:
    add(app, "Ada", Role.VIEWER)
    access = Access(sign_in=True, secret="0" * 32, public_url="https://cnc.example.org")
    with create(app, access).server.test_client() as client:
        client.get("/sign-in", base_url="https://localhost")
        token = TOKEN.search(client.get("/sign-in", base_url="https://localhost").text)
        assert token is not None
        values = {"name": "Ada", "password": PASSWORD, "form_token": token[1]}
        same = {"Sec-Fetch-Site": "same-origin"}
        answer = client.post("/sign-in", data=values, headers=same, base_url="https://localhost")
        assert answer.status_code == 302
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Secure" in next(
            c for c in answer.headers.getlist("Set-Cookie") if c.startswith("cnc_session=")
        )


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example"),
        *("javascript:alert(1)", "", "/\t/evil.example", "/%0d%0aSet-Cookie:x=1\r\nX: y", "queue"),
    ],
)
def test_no_target_leads_to_another_server(app: Application, client: FlaskClient, target: str) -> None:
    add(app, "Ada", Role.VIEWER)
    assert safe_target(target) == "/"
    assert sign_in(client, "Ada", target=target).headers["Location"] == "/"


def test_a_session_cannot_be_fixed(app: Application, client: FlaskClient) -> None:
    add(app, "Ada", Role.VIEWER)
    client.set_cookie("cnc_session", "chosen-by-somebody-else")
    sign_in(client, "Ada")
    first = client.get_cookie("cnc_session")
    assert first is not None
    assert first.value != "chosen-by-somebody-else"
    client.post("/sign-out", data={"form_token": form(client, "/account")}, headers=SAME)
    sign_in(client, "Ada")
    second = client.get_cookie("cnc_session")
    assert second is not None
    assert second.value != first.value


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(
    app: Application, server: Flask, client: FlaskClient
) -> None:
    add(app, "Ada", Role.VIEWER)
    sign_in(client, "Ada")
    cookie = client.get_cookie("cnc_session")
    assert cookie is not None
    token = form(client, "/account")
    assert client.post("/sign-out", data={"form_token": token}, headers=SAME).status_code == 302
    with server.test_client() as thief:
        thief.set_cookie("cnc_session", cookie.value)
        assert thief.get("/queue").status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_other_sites_cannot_act_in_a_persons_name(
    app: Application, client: FlaskClient, headers: dict[str, str]
) -> None:
    add(app, "Ada", Role.ADMINISTRATOR)
    sign_in(client, "Ada")
    token = form(client, "/people")
    values = {"name": "Eve", "role": "administrator", "form_token": token}
    for path in ("/people/invite", "/_dash-update-component", "/uploads", "/sign-out"):
        assert client.post(path, data=values, headers=headers).status_code == 403
    assert [one.name for one in accounts.list_accounts(app)] == ["Ada"]


def test_forms_of_other_browsers_are_refused(app: Application, server: Flask, client: FlaskClient) -> None:
    add(app, "Ada", Role.ADMINISTRATOR)
    sign_in(client, "Ada")
    with server.test_client() as other:
        foreign = form(other, "/sign-in")
    for token in ("", "0" * 64, foreign):
        values = {"name": "Eve", "role": "administrator", "form_token": token}
        assert client.post("/people/invite", data=values, headers=SAME).status_code == 403
    assert (
        client.post("/sign-in", data={"name": "Ada", "password": PASSWORD}, headers=SAME).status_code == 403
    )


def test_requests_for_other_hosts_are_refused(app: Application) -> None:
    access = Access(sign_in=True, secret="0" * 32, trusted_hosts=("localhost", ".example.org"))
    with create(app, access).server.test_client() as client:
        assert client.get("/sign-in").status_code == 200
        assert client.get("/sign-in", headers={"Host": "cnc.example.org"}).status_code == 200
        assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_pages_of_administrators_are_theirs(app: Application, client: FlaskClient, role: Role) -> None:
    add(app, "Ada", role)
    sign_in(client, "Ada")
    assert client.get("/people").status_code == 403
    assert client.get("/audit").status_code == 403
    assert client.get("/share-links").status_code == (200 if role is Role.EDITOR else 403)
    values = {"name": "Eve", "role": "administrator", "form_token": form(client, "/account")}
    assert client.post("/people/invite", data=values, headers=SAME).status_code == 403


def test_an_administrator_invites_and_the_guest_sets_a_password(
    app: Application, server: Flask, client: FlaskClient
) -> None:
    add(app, "Ada", Role.ADMINISTRATOR)
    sign_in(client, "Ada")
    values = {"name": "Bob <b>", "role": "viewer", "form_token": form(client, "/people")}
    page = client.post("/people/invite", data=values, headers=SAME).text
    assert "Bob &lt;b&gt;" in page
    assert "Bob <b>" not in page
    link = re.search(r'value="http://localhost(/set-password/[^"]+)"', page)
    assert link is not None
    with server.test_client() as guest:
        token = form(guest, link[1])
        wrong = {"password": "short", "again": "short", "form_token": token}
        answer = guest.post(link[1], data=wrong, headers=SAME)
        assert (answer.status_code, "at least 12 are needed" in answer.text) == (422, True)
        differing = {"password": PASSWORD, "again": PASSWORD + "!", "form_token": token}
        assert "differ" in guest.post(link[1], data=differing, headers=SAME).text
        right = {"password": PASSWORD, "again": PASSWORD, "form_token": token}
        assert guest.post(link[1], data=right, headers=SAME).status_code == 302
        assert "Bob &lt;b&gt;" in guest.get("/account").text
        assert guest.get(link[1]).status_code == 403


def test_whoever_fails_too_often_waits(app: Application, client: FlaskClient, clock: SettableClock) -> None:
    add(app, "Ada", Role.VIEWER)
    for _ in range(sessions.FREE_FAILURES):
        assert sign_in(client, "Ada", "wrong password").status_code == 403
    answer = sign_in(client, "Ada")
    assert (answer.status_code, "Try again in 1 minute." in answer.text) == (429, True)
    clock.advance(61)
    assert sign_in(client, "Ada").status_code == 302
    failed = audit_trail(app, AuditQuery(action=Action.SIGN_IN_FAILED))
    assert [(event.who, event.address) for event in failed] == [("Ada", "127.0.0.1")] * 5


def test_an_address_that_guesses_names_waits(app: Application, client: FlaskClient) -> None:
    add(app, "Ada", Role.VIEWER)
    for number in range(sessions.ADDRESS_FAILURES):
        assert sign_in(client, f"name{number}", "x").status_code == 403
    assert sign_in(client, "Ada").status_code == 429


def test_a_link_shows_its_project_alone(
    app: Application, server: Flask, client: FlaskClient, project: Project
) -> None:
    made = share(app, project.id, f"/p/{project.slug}/overview?x=size")
    answer = client.get(f"/s/{made.token}")
    assert answer.headers["Location"] == f"/p/{project.slug}/overview?x=size"
    assert client.get(f"/p/{project.slug}/overview").status_code == 200
    for path in ("/people", "/audit", "/share-links", "/account"):
        assert client.get(path).status_code == 403
    revoke(app, made.link.id)
    assert client.get(f"/p/{project.slug}/overview").status_code == 302
    assert client.get(f"/s/{made.token}").status_code == 403


def test_a_proxy_names_who_signed_in(app: Application) -> None:
    add(app, "Ada", Role.EDITOR)
    access = Access(sign_in=True, secret="0" * 32, proxies=1, user_header="X-Forwarded-User")
    with create(app, access).server.test_client() as client:
        assert client.get("/queue").status_code == 302
        assert client.get("/queue", headers={"X-Forwarded-User": "nobody"}).status_code == 302
        assert client.get("/share-links", headers={"X-Forwarded-User": "ada"}).status_code == 200
        account = client.get("/account", headers={"X-Forwarded-User": "ada"})
        assert account.status_code == 200
        assert "The proxy in front of this server signs you in." in account.text
        assert "Share links" in account.text
        assert "Sign out" not in account.text


def test_bodies_that_would_fill_the_memory_are_refused(app: Application) -> None:
    with create(app).server.test_client() as client:
        size = {"CONTENT_LENGTH": str(MOST_BODY_BYTES + 1)}
        path, kind = "/_dash-update-component", "application/json"
        answer = client.post(path, content_type=kind, headers=SAME, environ_overrides=size)
        assert answer.status_code == 413


def test_logs_name_no_password_token_or_cookie(
    app: Application, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    invitation = accounts.invite(app, "Ada", Role.EDITOR)
    accounts.set_password(app, invitation.token, PASSWORD)
    sign_in(client, "Ada", "a wrong password")
    sign_in(client, "Ada")
    cookie = client.get_cookie("cnc_session")
    assert cookie is not None
    client.get(f"/set-password/{invitation.token}")
    client.post("/_dash-update-component", json={"output": "x.y"}, headers=SAME)
    noted = caplog.text + str(audit_trail(app))
    assert caplog.records
    for secret in (PASSWORD, "a wrong password", cookie.value, invitation.token, "$argon2id"):
        assert secret not in noted


def test_without_sign_in_there_are_no_such_pages(app: Application) -> None:
    with create(app).server.test_client() as client:
        assert client.get("/queue").status_code == 200
        assert client.post("/people/invite", headers=SAME).status_code in {404, 405}
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert client.post("/_dash-update-component", json={}, headers=foreign).status_code == 403
