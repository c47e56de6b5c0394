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
from core.services.demos import example_projects
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.laboratory import Laboratory
from core.testing.running import Installation

NODES = "window.cnc?.map?.state.cy ? cnc.map.state.cy.nodes().length : 0"
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
    fits_below_the_page(sized)


def test_models_are_there_while_the_worker_is_starting(
    sized: Page, laboratory: Laboratory, address: str
) -> None:
    example_projects.queue_digits(laboratory.app)
    now = datetime.now(UTC)
    starting = Worker(WorkerId("starting"), "here", 1, ("cpu",), 2, now, now)
    workers.announce(laboratory.app, starting, Catalogue())
    sized.goto(address)
    sized.wait_for_function(f"() => ({NODES}) > 40")
    line = sized.locator(LINE)
    expect(line).to_have_text(re.compile(r"has been loading PyTorch for \d+ s. 52 models to go"))
    fits_below_the_page(sized)


def test_nothing_moves_from_the_first_run_to_the_last(
    sized: Page, laboratory: Laboratory, address: str
) -> None:
    """The line keeps its place before, while and after runs go on, and says how many models are left."""
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    sized.goto(address)
    line = sized.locator(LINE)
    sized.wait_for_function(f"() => ({NODES}) > 0")  # the outline before it is taken away
    places = [place_of_the_page(sized)]
    run = laboratory.claim()
    assert run is not None
    expect(line).to_have_text("Training the base model: 29 models to go, time left not known yet.")
    places.append(place_of_the_page(sized))
    run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
    laboratory.play(30)
    expect(line).to_have_text(re.compile(r"^\d+ models to go, .* left\.$"))
    places.append(place_of_the_page(sized))
    laboratory.play()
    expect(line).to_have_text("Nothing is running.")
    places.append(place_of_the_page(sized))
    fits_below_the_page(sized)
    assert places == places[:1] * 4


def place_of_the_page(page: Page) -> list[dict[str, float] | None]:
    return [page.locator(part).bounding_box() for part in ("main.shell-page", ".ov-map", ".ov-selection")]


def fits_below_the_page(page: Page) -> None:
    """The line is below the page, nothing is cut, and the window does not scroll."""
    header, line, main = (
        page.locator(place).bounding_box() for place in ("header.shell-header", LINE, "main.shell-page")
    )
    assert header is not None
    assert line is not None
    assert main is not None
    assert main["y"] == header["y"] + header["height"]
    assert line["y"] == main["y"] + main["height"]
    size = page.viewport_size
    assert size is not None
    assert line["y"] + line["height"] == size["height"]
    assert page.evaluate(
        f"() => {{ const e = document.querySelector('{LINE}'); return e.scrollWidth <= e.clientWidth; }}"
    )
