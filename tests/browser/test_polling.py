"""What a page asks while nothing happens: next to nothing, and nothing at all while nobody sees it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page, Request, expect

from core.testing.laboratory import Laboratory

IDLE_S = 44
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
PAGES = {
    "overview": "/p/digits/overview?selected=1.2&tab=table",
    "queue": "/queue?run=1",
    "models": "/p/digits/models",
}


def asked_by(page: Page) -> list[str]:
    """Return a list that grows with what the page's scripts ask."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type in {"fetch", "xhr"}:
            asked.append(
                str((request.post_data_json or {}).get("output")) if request.post_data else request.url
            )

    page.on("request", note)
    return asked


def test_pages_at_rest_ask_at_most_once_in_ten_seconds(page: Page, example_address: str) -> None:
    pages = {"overview": page} | {name: page.context.new_page() for name in PAGES if name != "overview"}
    for name, path in PAGES.items():
        pages[name].goto(f"{example_address}{path}")
    page.wait_for_timeout(15_000)  # until each has been told that nothing is going on
    asked = {name: requests_of(one) for name, one in pages.items()}
    page.wait_for_timeout(IDLE_S * 1000)
    assert all(asked.values()), "a page that asks nothing would miss what happens"
    for name, requests in asked.items():
        sent_s = sorted(one.timing["startTime"] / 1000 for one in requests)  # the browser's clock, not ours
        early = [later - sooner for sooner, later in pairwise(sent_s) if later - sooner < 10]
        assert not early, (name, early, [one.url for one in requests])


def requests_of(page: Page) -> list[Request]:
    """Return a list that grows with the requests of the page's scripts that were answered."""
    found: list[Request] = []
    page.on(
        "requestfinished", lambda one: found.append(one) if one.resource_type in {"fetch", "xhr"} else None
    )
    return found


def test_a_page_that_nobody_sees_asks_nothing_and_is_up_to_date_when_seen_again(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    laboratory.base(project)  # something to do, so that the page asks often
    page.goto(f"{address}/")
    page.wait_for_function("() => window.cnc?.map?.state.cy && cnc.map.state.scene")
    asked = asked_by(page)
    page.wait_for_timeout(4_000)
    assert asked
    page.evaluate(HIDE, True)
    page.wait_for_timeout(1_000)
    asked.clear()
    laboratory.play()
    page.wait_for_timeout(5_000)
    assert asked == []
    page.evaluate(HIDE, False)
    page.wait_for_function("() => cnc.map.state.cy.getElementById('1').data('look') === 'made'")


@pytest.mark.parametrize("path", ["/p/digits/overview", "/queue", "/p/digits/models"])
def test_every_page_notices_new_work_by_itself(
    page: Page, address: str, laboratory: Laboratory, path: str
) -> None:
    project = laboratory.project()
    page.goto(f"{address}{path}")
    expect(page.locator("main")).not_to_be_empty()
    page.wait_for_timeout(3_000)
    laboratory.base(project, "late arrival")
    expect(page.locator("#queue-badge")).to_contain_text("queued")
    places = {"/queue": "main", "/p/digits/models": "main", "/p/digits/overview": "#overview-tree"}
    expect(page.locator(places[path])).to_contain_text("late arrival")
