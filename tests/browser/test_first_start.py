"""What people see between the first page and the first models that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import WorkerId
from core.services import examples, run_life, workers
from core.testing.laboratory import Laboratory
from core.testing.running import Installation

NODES = "window.overviewMap && overviewMap.state.cy ? overviewMap.state.cy.nodes().length : 0"
LINE = "#shell-beginning"


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    """A fresh installation: no project, and no worker ever connected."""
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    yield Laboratory(product)
    product.close()


@pytest.fixture(params=[(1280, 800), (1440, 900)], ids=["1280", "1440"])
def sized(request: pytest.FixtureRequest, page: Page) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    return page


def test_an_installation_without_a_project_offers_three_ways(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("No project yet")).to_be_visible()
    for way in ("Create a project of your own", "Import a study"):
        page.goto(address)
        page.get_by_role("link", name=way).click()
        for card in ("New project", "Import a study"):
            expect(page.get_by_role("heading", name=card)).to_be_in_viewport()
    expect(page.get_by_role("button", name="Create the project")).to_be_enabled()


def test_the_example_is_made_at_a_press_and_waits_for_a_worker(sized: Page, address: str) -> None:
    sized.goto(address)
    sized.get_by_role("button", name="Make the example project").click()
    expect(sized).to_have_url(re.compile("/p/digits/overview"))
    sized.wait_for_function(f"() => ({NODES}) > 40")
    line = sized.locator(LINE)
    expect(line).to_have_text(
        "No worker is connected, 156 runs wait. Start one with: compress-compare worker"
    )
    expect(line).to_be_in_viewport(ratio=1)
    fits_between_header_and_page(sized)


def test_models_are_there_while_the_worker_is_starting(
    sized: Page, laboratory: Laboratory, address: str
) -> None:
    examples.queue_digits(laboratory.app)
    now = datetime.now(UTC)
    starting = Worker(WorkerId("starting"), "here", 1, ("cpu",), 2, now, now)
    workers.announce(laboratory.app, starting, Catalogue())
    sized.goto(address)
    sized.wait_for_function(f"() => ({NODES}) > 40")
    line = sized.locator(LINE)
    expect(line).to_have_text(re.compile(r"has been loading PyTorch for \d+ s. 156 runs to do"))
    fits_between_header_and_page(sized)


def test_the_line_goes_when_there_is_something_to_compare(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    run = laboratory.claim()
    assert run is not None
    page.goto(address)
    line = page.locator(LINE)
    expect(line).to_have_text(re.compile(r"^Training residual CNN: time left unknown. \d+ runs to do.$"))
    run_life.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
    laboratory.play(20)
    expect(line).to_be_hidden()
    header = page.locator("header.shell-header").bounding_box()
    main = page.locator("main").bounding_box()
    assert header is not None
    assert main is not None
    assert main["y"] == header["height"]
    assert main["height"] == 900 - header["height"]


def fits_between_header_and_page(page: Page) -> None:
    """The line is under the header and above the page, nothing is cut, and the window does not scroll."""
    header, line, main = (
        page.locator(place).bounding_box() for place in ("header.shell-header", LINE, "main.shell-page")
    )
    assert header is not None
    assert line is not None
    assert main is not None
    assert line["y"] == header["y"] + header["height"]
    assert main["y"] == line["y"] + line["height"]
    size = page.viewport_size
    assert size is not None
    assert main["y"] + main["height"] == size["height"]
    assert page.evaluate(
        f"() => {{ const e = document.querySelector('{LINE}'); return e.scrollWidth <= e.clientWidth; }}"
    )
