"""Names that people and files give are texts wherever they are shown, however they are spelled or long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.client import Client
from core.testing.browser.seen import wait_until_drawn
from tests.browser.conftest import LOGGED

WRITTEN = '<img src=x onerror="window.harmed=1">'
HARM = """() => ({
  ran: window.harmed === 1,
  elements: Array.from(document.querySelectorAll("img[src='x'], [onerror]"), (one) => one.outerHTML),
  wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""

Visit = Callable[[Page, str], None]


def overview(query: str, place: str, project: str = "hostile") -> Visit:
    def visit(page: Page, address: str) -> None:
        page.goto(f"{address}/p/{project}/overview{query}")
        wait_until_drawn(page)
        page.evaluate("() => cnc.selection.hover(cnc.map.state.scene.nodes[0].id, {x: 200, y: 200})")
        expect(page.locator(place)).to_contain_text(WRITTEN)

    return visit


def plain(path: str, place: str) -> Visit:
    def visit(page: Page, address: str) -> None:
        page.goto(address + path)
        expect(page.locator(place).first).to_contain_text(WRITTEN)

    return visit


def compared(tab: str, *places: str) -> Visit:
    """Open models that a program logged: their classes, instances, steps and layers are hostile."""

    def visit(page: Page, address: str) -> None:
        made = Client(address).models(LOGGED)
        ids = ".".join(str(model["id"]) for model in made)
        page.goto(f"{address}/p/{LOGGED}/compare?selected={ids}&tab={tab}")
        for place in places:
            expect(page.locator(place).first).to_contain_text(WRITTEN)

    return visit


def opened_menu(page: Page, address: str) -> None:
    page.goto(f"{address}/p/hostile/queue")
    page.get_by_role("button", name="Choose a project").click()
    expect(page.get_by_role("menuitem").first).to_contain_text(WRITTEN)


def opened_panel(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=failed")
    page.locator(".ag-center-cols-container [col-id=model]").first.click()
    expect(page.locator("#queue-panel-body")).to_contain_text(WRITTEN)
    expect(page.locator("#queue-log")).to_contain_text(WRITTEN)


def opened_drawer(page: Page, address: str) -> None:
    page.goto(f"{address}/p/hostile/queue")
    page.get_by_role("button", name="+ New experiment").click()
    page.locator("#new-experiment-bases").click()
    page.get_by_role("option").first.click()
    expect(page.locator("#new-experiment-bases").locator("xpath=ancestor::*[4]")).to_contain_text(WRITTEN)


def entered_in_the_drawer(page: Page, address: str) -> None:
    opened_drawer(page, address)
    page.keyboard.press("Tab")
    page.get_by_role("textbox", name="Technique of step 1").click()
    page.get_by_role("option", name="Magnitude pruning").last.click()
    page.get_by_label("Sparsity").fill(WRITTEN)
    expect(page.get_by_role("dialog").get_by_text(WRITTEN, exact=False).last).to_be_visible()


def question_before_deleting(page: Page, address: str) -> None:
    opened_menu(page, address)
    study = page.get_by_role("menuitem", name="Study").get_attribute("href") or ""
    page.goto(address + study.replace("/overview", "/models"))
    page.locator(".ag-pinned-left-cols-container input[type=checkbox]").first.check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete these models?")).to_contain_text(WRITTEN)


VISITS: dict[str, Visit] = {
    "map, tip and card": overview("?selected=1", "#overview-details"),
    "table": overview("?tab=table", "#overview-table"),
    "filter": overview("?tab=filter&filter=text%3D%3Cimg%20src%3Dx%3E", "#overview-map-frame"),
    "differences": overview("?selected=1.2.3", "#overview-map-frame"),
    "parallel axes": overview("?plot=parallel", "#overview-map-frame"),
    "tree": overview("", "#overview-tree"),
    "queue": plain("/queue", ".run-grid"),
    "panel of a run": opened_panel,
    "models": plain("/p/hostile/models", ".models-grid"),
    "ways to add": plain("/p/hostile/models?tab=add", "body"),
    "logged models": overview("?tab=table", "#overview-table", LOGGED),
    "compared metrics": compared("metrics", "main table"),
    "compared behaviours": compared("behaviours", ".compare-groups", ".compare-instances"),
    "compared layers": compared("layers", "main"),
    "project menu": opened_menu,
    "drawer": opened_drawer,
    "drawer with errors": entered_in_the_drawer,
    "deleting": question_before_deleting,
}


@pytest.mark.parametrize("name", VISITS)
def test_names_are_shown_as_they_are_written(page: Page, hostile_address: str, name: str) -> None:
    VISITS[name](page, hostile_address)
    page.wait_for_timeout(300)  # a picture that cannot be loaded says so a moment later
    assert page.evaluate(HARM) == {"ran": False, "elements": [], "wider": 0}


@pytest.mark.parametrize("tab", ["details", "table", "filter"])
def test_an_imported_study_is_no_more_harmful(page: Page, hostile_address: str, tab: str) -> None:
    page.goto(f"{hostile_address}/")
    page.get_by_role("button", name="Choose a project").click()
    page.get_by_role("menuitem", name="Study").click()
    wait_until_drawn(page)
    page.evaluate("() => cnc.selection.set(cnc.map.state.scene.nodes.map(node => node.id), '')")
    page.get_by_role("tab").nth(["details", "filter", "table"].index(tab)).click()
    page.mouse.move(1100, 200)
    page.wait_for_timeout(500)
    assert page.evaluate(HARM) == {"ran": False, "elements": [], "wider": 0}


def test_a_file_with_a_hostile_name_is_refused_harmlessly(page: Page, hostile_address: str) -> None:
    page.goto(f"{hostile_address}/models")
    content = {"name": f"{WRITTEN}.json", "mimeType": "application/json", "buffer": b"[1, 2]"}
    page.locator("#models-upload input[type=file]").set_input_files(content)
    expect(page.locator("#models-uploaded")).to_contain_text("cannot be imported")
    assert page.evaluate(HARM) == {"ran": False, "elements": [], "wider": 0}


def test_the_address_itself_is_no_way_in(page: Page, hostile_address: str) -> None:
    page.goto(f"{hostile_address}/p/%3Cimg%20src=x%20onerror=window.harmed=1%3E/overview")
    expect(page.get_by_text("There is no project")).to_be_visible()
    assert page.evaluate(HARM) == {"ran": False, "elements": [], "wider": 0}
