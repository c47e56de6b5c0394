"""People sign in, invite others, and share; viewers and links change nothing."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from werkzeug.serving import make_server

import dashboard
from core.domain.access.caller import Role
from core.domain.access.identity import Admission
from core.domain.ids import ModelId
from core.services.access.accounts import first_invitation, invite, set_password
from core.services.access.share_links import list_share_links, revoke
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.testing.laboratory import Laboratory
from core.testing.servers.openid_provider import openid_provider
from core.testing.servers.servers import free_port
from dashboard.access.caller import Access, OpenIdProvider

PASSWORD = "four unrelated words"


@pytest.fixture
def made(laboratory: Laboratory) -> Laboratory:
    """Two projects: `digits` with nine models that are made, and `other`."""
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(27)
    laboratory.base(laboratory.project("Other", "other"))
    return laboratory


@pytest.fixture
def guarded(made: Laboratory) -> Iterator[str]:
    """Where the dashboard is served with sign-in."""
    with serving(made, Access(sign_in=True, secret="0" * 32)) as address:
        yield address


@contextmanager
def serving(made: Laboratory, access: Access, port: int = 0) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, dashboard.create(made.app, access).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[BrowserContext]:
    """A second browser with cookies of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


def add(laboratory: Laboratory, name: str, role: Role) -> None:
    set_password(laboratory.app, invite(laboratory.app, name, role).token, PASSWORD)


def sign_in(page: Page, address: str, name: str, path: str = "/p/digits/overview") -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label(f"Account of {name}")).to_be_visible()


def archived(laboratory: Laboratory) -> set[int]:
    """Return the ids of archived models of the project `digits`."""
    digits = projects.get_project(laboratory.app, "digits")
    return {int(model.id) for model in models.list_models(laboratory.app, digits.id) if model.archived}


def test_from_the_first_link_to_a_viewer(
    page: Page, elsewhere: BrowserContext, guarded: str, made: Laboratory
) -> None:
    invitation = first_invitation(made.app)
    assert invitation is not None
    page.goto(f"{guarded}/set-password/{invitation.token}")
    page.get_by_label("Password, at least").fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD)
    page.get_by_role("button").click()
    page.get_by_label("Account of administrator").click()
    page.get_by_role("menuitem", name="People").click()
    page.get_by_label("Name").fill("Vera")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("One-time link").input_value()
    assert link.startswith(f"{guarded}/set-password/")

    guest = elsewhere.new_page()
    guest.goto(link)
    guest.get_by_label("Password, at least").fill(PASSWORD)
    guest.get_by_label("Once more").fill(PASSWORD)
    guest.get_by_role("button").click()
    expect(guest.get_by_label("Account of Vera")).to_be_visible()
    button = guest.locator("#new-experiment-open")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", re.compile("Viewers see everything and change nothing"))
    button.click(force=True)
    expect(guest.locator("#new-experiment-drawer")).to_be_hidden()
    guest.locator("#shell-share").click()
    expect(guest.locator("#shell-freeze")).to_be_visible()
    expect(guest.locator("#shell-share-make")).to_be_hidden()
    guest.keyboard.press("Escape")
    guest.get_by_label("Account of Vera").click()
    expect(guest.get_by_role("menuitem", name="People")).to_have_count(0)
    guest.get_by_role("button", name="Sign out").click()
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{guarded}/audit")
    expect(page.get_by_role("row", name=re.compile("Vera.*signed out"))).to_be_visible()


def test_signing_in_leads_to_the_view_asked_for(page: Page, guarded: str, made: Laboratory) -> None:
    add(made, "Ada", Role.EDITOR)
    sign_in(page, guarded, "Ada", "/p/digits/overview?x=size#selected=2")  # behind the # where it is too long
    expect(page).to_have_url(re.compile(r"/p/digits/overview\?.*selected=2"))
    expect(page.locator("#overview-details")).to_be_visible()
    button = page.locator("#new-experiment-open")
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_signing_in_with_a_provider_leads_to_the_view_asked_for(page: Page, made: Laboratory) -> None:
    ada = {"sub": "ada", "email": "ada@example.org", "email_verified": True, "groups": ["ml-team"]}
    port = free_port()
    with openid_provider([ada]) as issuer:
        admission = Admission((), {"ml-team": Role.EDITOR})
        access = Access(
            sign_in=True,
            secret="0" * 32,
            public_url=f"http://127.0.0.1:{port}",
            openid=OpenIdProvider(issuer, "dashboard", "secret", admission),
        )
        with serving(made, access, port) as address:
            page.goto(f"{address}/p/digits/queue")
            page.get_by_role("button", name="Sign in with 127.0.0.1").click()
            page.get_by_role("button", name="ada", exact=True).click()  # at the provider
            expect(page.get_by_label("Account of ada@example.org")).to_be_visible()
            expect(page).to_have_url(f"{address}/p/digits/queue")
            expect(page.locator("#new-experiment-open")).not_to_have_attribute("aria-disabled", "true")


def test_a_viewer_cannot_send_what_an_editor_sends(
    page: Page, elsewhere: BrowserContext, guarded: str, made: Laboratory
) -> None:
    add(made, "Ada", Role.EDITOR)
    add(made, "Vera", Role.VIEWER)
    viewer = elsewhere.new_page()
    sign_in(viewer, guarded, "Vera")
    sign_in(page, guarded, "Ada", "/p/digits/models")
    page.locator(".ag-pinned-left-cols-container [row-id='9'] input[type=checkbox]").check()
    bodies: list[str] = []

    def keep(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        route.continue_()

    page.route("**/_dash-update-component*", keep)
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("1 model archived")).to_be_visible()
    assert archived(made) == {9}
    annotate(made.app, [ModelId(9)], archived=False)
    (body,) = [one for one in bodies if "models-archive.n_clicks" in json.loads(one)["changedPropIds"]]
    headers = {"Content-Type": "application/json", "Origin": guarded, "Sec-Fetch-Site": "same-origin"}
    answer = elsewhere.request.post(f"{guarded}/_dash-update-component", data=body, headers=headers)
    assert "Vera is a viewer here, and this needs an editor." in answer.text()
    assert archived(made) == set()


def test_a_link_shows_one_project_and_changes_nothing(
    page: Page, elsewhere: BrowserContext, guarded: str, made: Laboratory
) -> None:
    add(made, "Ada", Role.EDITOR)
    sign_in(page, guarded, "Ada", "/p/digits/overview?selected=2")
    expect(page.locator("#overview-details")).to_be_visible()
    page.locator("#shell-share").click()
    page.locator("#shell-share-make").click()
    expect(page.locator("#shell-share-link")).to_have_value(
        re.compile(rf"{re.escape(guarded)}/s/[\w-]{{43}}")
    )
    link = page.locator("#shell-share-link").input_value()

    guest = elsewhere.new_page()
    guest.goto(link)
    expect(guest).to_have_url(re.compile(r"/p/digits/overview\?.*selected=2"))
    expect(guest.locator("#overview-map")).to_be_visible()
    expect(guest.get_by_text("Read-only link: sign in")).to_be_visible()
    expect(guest.locator("#new-experiment-open")).to_have_attribute("aria-disabled", "true")
    guest.get_by_label("Choose a project").click()
    expect(guest.get_by_role("menuitem", name="Digits")).to_be_visible()
    expect(guest.get_by_role("menuitem", name="Other")).to_have_count(0)
    guest.goto(f"{guarded}/p/other/overview")
    expect(guest.get_by_text("There is no project 'other'")).to_be_visible()
    question = '{"parts":{"a":{"project":"other"}},"fresh":true}'
    assert "Other" not in elsewhere.request.get(f"{guarded}/live", params={"q": question}).text()

    (shared,) = list_share_links(made.app)
    assert shared.opened == 1
    revoke(made.app, shared.id)
    guest.goto(f"{guarded}/p/digits/overview")
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_text("does not work any more")).to_be_visible()
