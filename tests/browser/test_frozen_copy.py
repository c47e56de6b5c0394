"""A frozen copy opens from a file, without a server, and shows what the page showed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect


def frozen(page: Page, folder: Path) -> str:
    """Download the frozen copy of the page and return its address as a file."""
    page.locator("#shell-share").click()
    with page.expect_download() as started:
        page.locator("#shell-freeze").click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    expect(page.locator("#shell-freeze-told")).to_contain_text("opens in any browser")
    return file.as_uri()


@pytest.fixture
def offline(browser: Browser):
    """A page of a browser without a network; whatever asks for one is noted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    page.asked = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
    yield page
    context.close()


def ink(page: Page, selector: str) -> int:
    """Return how many colours an element shows."""
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(page.locator(selector).first.screenshot())).convert("RGB")
    return len(picture.getcolors(maxcolors=1 << 24) or [])


def test_the_overview_keeps_map_plot_and_table(
    page: Page, offline: Page, example_address: str, tmp_path: Path
) -> None:
    page.goto(f"{example_address}/p/digits/overview?selected=2&tab=table")
    expect(page.locator(".ag-row").first).to_be_visible()
    expect(page.locator("#overview-map canvas").first).to_be_visible()
    before = page.locator("#overview-map").bounding_box()
    address = frozen(page, tmp_path)
    expect(page.locator(".ag-layout-normal").first).to_be_attached()  # as it was

    offline.goto(address)
    told = offline.get_by_role("note")
    expect(told).to_contain_text(re.compile(r"Frozen copy of http://127.*/p/digits/overview.*UTC.*\d\.\d"))
    after = offline.locator("#overview-map").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"], abs=20)  # without the room of a scroll bar
    assert after["height"] > 300
    assert ink(offline, "#overview-map") > 20
    rows = offline.locator(".ag-center-cols-container .ag-row")
    expect(rows).to_have_count(29)  # also those that had to be scrolled to
    assert offline.evaluate("() => document.scripts.length") == 0
    assert [url for url in offline.asked if not url.startswith(("file:", "data:"))] == []  # type: ignore[attr-defined]


def test_a_comparison_keeps_its_sentences(
    page: Page, offline: Page, example_address: str, tmp_path: Path
) -> None:
    page.goto(f"{example_address}/p/digits/compare?selected=2.3&tab=metrics")
    expect(page.get_by_role("table").first).to_be_visible()
    table = page.get_by_role("table").first.inner_text()
    offline.goto(frozen(page, tmp_path))
    expect(offline.get_by_role("table").first).to_be_visible()
    assert offline.get_by_role("table").first.inner_text() == table
    assert offline.locator("img[src]:not([src^='data:'])").count() == 0
