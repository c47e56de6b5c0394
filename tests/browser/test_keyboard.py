"""The product without a mouse: where focus goes, what opens and closes, and what a screen reader is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

DRAWN = """() => {
  const map = window.cnc?.map?.state;
  return map && map.shown && map.shown.items.length > 0;
}"""
FOCUSED = "() => document.activeElement.id || document.activeElement.className"


def tab_until(page: Page, selector: str, *, most: int = 40) -> None:
    """Press Tab until the focus is at an element; fail if it never comes there."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never came to {selector}; it is at {page.evaluate(FOCUSED)}")


@pytest.fixture
def queue(page: Page, lively_address: str) -> Page:
    page.goto(f"{lively_address}/queue?of=busy")
    expect(page.locator(".run-status").first).to_be_visible()
    return page


@pytest.fixture
def overview(page: Page, lively_address: str) -> Page:
    page.goto(f"{lively_address}/p/digits/overview")
    page.wait_for_function(DRAWN)
    return page


def test_the_first_stop_leads_past_the_header_and_leaves_the_address_alone(queue: Page) -> None:
    address = queue.url
    queue.keyboard.press("Tab")
    expect(queue.get_by_role("link", name="Skip to the page")).to_be_focused()
    expect(queue.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    queue.keyboard.press("Enter")
    expect(queue.locator("#page")).to_be_focused()
    assert queue.url == address


def test_each_page_has_a_title_and_a_marked_link(queue: Page) -> None:
    expect(queue).to_have_title("Queue: All projects")
    expect(queue.locator("a.shell-link[aria-current=page]")).to_contain_text("Queue")
    queue.get_by_role("link", name="Models & data").click()
    expect(queue).to_have_title(re.compile("^Models & data: "))
    expect(queue.locator("a.shell-link[aria-current=page]")).to_have_text("Models & data")


def test_the_drawer_keeps_the_focus_and_gives_it_back(queue: Page) -> None:
    queue.get_by_role("button", name="+ New experiment").focus()
    queue.keyboard.press("Enter")
    drawer = queue.get_by_role("dialog", name="New experiment")
    expect(drawer.get_by_text("Recipe 1", exact=True)).to_be_visible()
    for _ in range(30):
        queue.keyboard.press("Tab")
        assert queue.evaluate("() => Boolean(document.activeElement.closest('[role=dialog]'))")
    queue.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(queue.get_by_role("button", name="+ New experiment")).to_be_focused()


def test_a_run_is_read_without_a_mouse(queue: Page) -> None:
    tab_until(queue, ".run-grid .ag-header-cell, .run-grid .ag-cell")
    for _ in range(2):
        queue.keyboard.press("ArrowDown")
    queue.keyboard.press("ArrowRight")
    line = queue.evaluate("() => document.activeElement.closest('[row-id]').getAttribute('row-id')")
    queue.keyboard.press("Enter")
    expect(queue.locator("#queue-panel")).to_be_visible()
    expect(queue.locator("#queue-panel-close")).to_be_focused()
    tab_until(queue, "#queue-log")
    queue.keyboard.press("Escape")
    expect(queue.locator("#queue-panel")).to_be_hidden()
    expect(queue).not_to_have_url(re.compile("run="))
    queue.wait_for_function(
        "line => document.activeElement.closest('.ag-row')?.getAttribute('row-id') === line", arg=line
    )


def test_tab_leaves_a_grid_after_one_stop(page: Page, lively_address: str) -> None:
    page.goto(f"{lively_address}/p/digits/models")
    page.locator("[row-id='3'] [col-id=name]").first.focus()
    page.keyboard.press("Tab")
    page.wait_for_function("() => !document.activeElement.closest('.ag-cell')")


def test_a_star_is_given_without_a_mouse(page: Page, lively_address: str) -> None:
    page.goto(f"{lively_address}/p/digits/models")
    star = page.locator(".ag-pinned-left-cols-container [row-id='4'] [col-id=starred]")
    expect(star).to_be_visible()
    star.focus()
    page.keyboard.press("Enter")
    expect(star.locator("button")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(star.locator("button")).to_have_attribute("aria-pressed", "false")


def test_a_menu_opens_walks_and_closes(queue: Page) -> None:
    target = queue.get_by_role("button", name="Choose a project")
    target.focus()
    queue.keyboard.press("Enter")
    expect(target).to_have_attribute("aria-expanded", "true")
    queue.wait_for_function("() => document.activeElement.closest('[role=menu]')")
    queue.keyboard.press("ArrowDown")
    queue.wait_for_function("() => document.activeElement.matches('[role=menuitem]')")
    queue.keyboard.press("Escape")
    expect(target).to_have_attribute("aria-expanded", "false")
    expect(target).to_be_focused()


def test_a_popover_says_so_on_its_own_button(overview: Page) -> None:
    button = overview.locator("#overview-views")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    overview.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    overview.wait_for_function("() => document.activeElement.closest('[role=dialog]')")
    overview.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")


def test_the_map_is_walked_with_arrows_and_the_selection_is_said(overview: Page) -> None:
    overview.locator(".ov-canvas").focus()
    overview.keyboard.press("ArrowRight")
    overview.keyboard.press("ArrowRight")
    overview.keyboard.press("Enter")
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 1")
    expect(overview.locator("#selection-said")).to_have_text(re.compile("^1 model selected: [a-z]"))
    overview.keyboard.press("Escape")
    expect(overview.locator("#selection-said")).to_have_text("Nothing selected")


def test_the_tree_says_which_of_its_models_are_selected(overview: Page) -> None:
    tree = overview.get_by_role("tree", name="Models as a tree")
    tree.locator("[role=treeitem]").first.focus()
    overview.keyboard.press("ArrowDown")
    overview.keyboard.press("Enter")
    expect(tree.locator("[role=treeitem][aria-selected=true]")).to_have_count(1)
    overview.keyboard.press("ArrowDown")
    overview.keyboard.press("Shift+Enter")
    expect(tree.locator("[role=treeitem][aria-selected=true]")).to_have_count(2)
    expect(overview.locator("#selection-said")).to_have_text(re.compile("^2 models selected: .+, .+"))
