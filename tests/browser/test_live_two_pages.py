"""Two pages that are open while runs end: both follow, one request per poll, only for what they show."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Request, expect

from core.domain.ids import ModelId
from core.services.models.models import delete_models, restore_models
from core.testing.laboratory import Laboratory

MADE = "() => cnc.map.state.cy.nodes(\"[look = 'made']\").length"
POINTS = """() => cnc.scatterFrame.graph().data.find(one => one.meta === 'points').x.length"""
DRAWN = "() => window.cnc?.map?.state.cy && cnc.map.state.scene"
AS_TOLD_ANEW = """async () => {
  const name = 'overview-map';
  const part = cnc.live.part(name);
  const question = { parts: { [name]: part.params }, fresh: true };
  const answer = await fetch('/live?q=' + encodeURIComponent(JSON.stringify(question)));
  const sorted = (value) => value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
  const full = (await answer.json()).parts[name].full;
  return JSON.stringify(sorted(full)) === JSON.stringify(sorted(part.value));
}"""


def questions(page: Page) -> list[dict[str, Any]]:
    """Return a list that grows with what the page asks of `/live`."""
    asked: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.path == "/live":
            asked.append(json.loads(parse_qs(address.query)["q"][0])["parts"])

    page.on("request", note)
    return asked


def callbacks(page: Page) -> list[str]:
    """Return a list that grows with the outputs of the callbacks that the page asks for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "_dash-update-component" in request.url:
            asked.append(str((request.post_data_json or {}).get("output")))

    page.on("request", note)
    return asked


def test_two_pages_follow_runs_that_end(page: Page, address: str, laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play(3)
    laboratory.sweep(project, base.id)
    other = page.context.new_page()
    other.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/p/digits/overview")
    other.goto(f"{address}/p/digits/overview?plot=parallel&tab=table")
    for one in (page, other):
        one.wait_for_function(DRAWN, timeout=60_000)
    expect(page.locator("#overview-count")).to_contain_text("not made yet")
    page.wait_for_timeout(3_000)
    asked, polls = callbacks(page), questions(page)
    laboratory.play()
    for one in (page, other):
        one.wait_for_function(f"() => ({MADE})() > 20", timeout=60_000)
        expect(one.locator("#overview-count")).to_have_text("29 models")
        one.wait_for_function(AS_TOLD_ANEW, timeout=60_000)
    page.wait_for_function(f"() => ({POINTS})() === 29", timeout=60_000)
    expect(page.locator("#overview-scatter-title")).to_contain_text("on the Pareto front")
    rows = other.locator("#overview-grid .ag-center-cols-container .ag-row")
    expect(rows.first).to_be_visible()
    expect(other.locator("#overview-grid")).not_to_contain_text("queued")
    assert [one for one in asked if "overview" in one] == [], "a poll is one request"
    assert polls
    assert all(not {"overview-table", "overview-parallel"} & parts.keys() for parts in polls)


def test_hidden_panels_are_not_asked_for_and_come_up_to_date_when_shown(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    page.goto(f"{address}/p/digits/overview?tab=table&plot=parallel")
    page.wait_for_function(DRAWN, timeout=60_000)
    polls = questions(page)
    laboratory.play()
    expect(page.locator("#overview-count")).to_have_text("29 models", timeout=60_000)
    assert all(not {"overview-details", "overview-scatter"} & parts.keys() for parts in polls)
    page.get_by_role("tab", name="Selection").click()
    expect(page.locator("#overview-details")).to_contain_text("28 compressed models")
    page.get_by_text("Scatter", exact=True).click()
    page.wait_for_function(f"() => cnc.scatterFrame.graph() && ({POINTS})() === 29", timeout=60_000)


def test_models_that_somebody_deletes_vanish_and_come_back(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play()
    page.goto(f"{address}/p/digits/overview?selected=2")
    page.wait_for_function("() => cnc.map.state.cy && cnc.map.state.cy.getElementById('2').nonempty()")
    expect(page.locator("#overview-tab-label")).to_have_text("Selection · 1")
    gone = delete_models(laboratory.app, [ModelId(2)], with_descendants=True)
    page.wait_for_function("() => cnc.map.state.cy.getElementById('2').empty()")
    expect(page.locator("#overview-count")).to_have_text(f"{29 - len(gone)} models")
    expect(page.locator("#overview-tab-label")).to_have_text("Selection")
    restore_models(laboratory.app, gone)
    page.wait_for_function("() => cnc.map.state.cy.getElementById('2').nonempty()")


def test_a_page_that_was_left_and_opened_again_shows_everything(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play()
    page.goto(f"{address}/p/digits/overview")
    for _ in range(2):
        page.wait_for_function(f"() => ({DRAWN})() && ({MADE})() > 20", timeout=60_000)
        page.wait_for_function(f"() => cnc.scatterFrame.graph() && ({POINTS})() === 29", timeout=60_000)
        expect(page.locator("#overview-details")).to_contain_text("28 compressed models")
        page.get_by_role("link", name="Queue").click()
        expect(page.locator("#queue-grid .ag-row").first).to_be_visible()
        page.get_by_role("link", name="Overview").click()


def test_a_server_that_was_away_is_asked_again(page: Page, address: str, laboratory: Laboratory) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    page.goto(f"{address}/p/digits/overview")
    page.wait_for_function(DRAWN, timeout=60_000)
    page.route("**/live?*", lambda route: route.abort())
    laboratory.play()
    expect(page.get_by_role("alert").filter(has_text="The server does not answer.")).to_be_in_viewport()
    assert not page.evaluate(f"() => ({MADE})() > 20")
    page.unroute("**/live?*")
    page.wait_for_function(f"() => ({MADE})() > 20", timeout=60_000)
    expect(page.locator("#overview-count")).to_have_text("29 models")
    expect(page.locator("#shell-away")).to_be_hidden()
