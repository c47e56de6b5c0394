"""Back and Forward on the Overview: one step per act of a person, none for what runs change."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core.testing.browser.seen import points_in_plot, wait_until_drawn
from core.testing.laboratory import Laboratory

PLACE = """id => {
  const cy = cnc.map.state.cy;
  const at = cy.getElementById(String(id)).renderedPosition();
  const frame = cy.container().getBoundingClientRect();
  return { x: frame.left + at.x, y: frame.top + at.y };
}"""
SELECTED = "ids => JSON.stringify([...cnc.selection.selected()].map(Number)) === JSON.stringify(ids)"
MERGED_MS = 1_700  # what somebody types within a little less belongs to one entry
X_TITLE = "#overview-scatter .xtitle"


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    wait_until_drawn(page)
    page.wait_for_function("() => location.search.includes('tab=')")
    return page


def choose_x(page: Page, label: str) -> None:
    page.get_by_role("textbox", name="x", exact=True).click()
    page.get_by_role("option", name=label).click()
    expect(page.locator(X_TITLE)).to_contain_text(label)


def click_model(page: Page, model: int) -> None:
    at = page.evaluate(PLACE, model)
    page.mouse.click(at["x"], at["y"])
    page.wait_for_function(SELECTED, arg=[model])
    expect(page).to_have_url(re.compile(f"selected={model}(&|$)"))


def test_back_takes_the_last_act_back_and_forward_does_it_again(page: Page, example_address: str) -> None:
    opened(page, f"{example_address}/p/digits/overview")
    click_model(page, 4)
    choose_x(page, "Latency")
    page.get_by_role("tab", name="Table").click()
    expect(page).to_have_url(re.compile("tab=table"))
    page.go_back()
    expect(page.get_by_role("tab", name=re.compile("Selection"))).to_have_attribute("aria-selected", "true")
    expect(page.locator("#overview-details h2")).to_have_text("magnitude pruning 0.7")
    page.go_back()
    expect(page.locator(X_TITLE)).to_contain_text("File size")
    page.wait_for_function(SELECTED, arg=[4])
    page.go_back()
    page.wait_for_function(SELECTED, arg=[])
    expect(page.locator("#overview-details")).to_contain_text("Nothing selected")
    assert len(points_in_plot(page)) == 29
    page.go_forward()
    page.wait_for_function(SELECTED, arg=[4])
    page.go_forward()
    expect(page.locator(X_TITLE)).to_contain_text("Latency")
    page.go_forward()
    expect(page.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")


def test_back_takes_a_filter_back(page: Page, example_address: str) -> None:
    opened(page, f"{example_address}/p/digits/overview")
    page.get_by_role("button", name="+ Add filter").click()
    page.get_by_role("textbox", name="Add a condition").click()
    page.get_by_role("option", name="Top-1 accuracy", exact=True).click()
    page.wait_for_timeout(MERGED_MS)
    page.get_by_role("textbox", name="Lowest Top-1 accuracy in %").fill("99")
    expect(page.locator("#overview-count")).to_have_text("0 of 29 models")
    page.go_back()
    expect(page.locator("#overview-count")).to_have_text("29 models")
    expect(page.locator("#overview-filter-editors .ov-condition")).to_have_count(1)
    page.go_back()
    expect(page.locator("#overview-filter-editors .ov-condition")).to_have_count(0)
    page.go_forward()
    page.go_forward()
    expect(page.locator("#overview-count")).to_have_text("0 of 29 models")
    expect(page.get_by_role("textbox", name="Lowest Top-1 accuracy in %")).to_have_value("99")


def test_another_page_is_left_by_back_to_the_same_view(page: Page, example_address: str) -> None:
    opened(page, f"{example_address}/p/digits/overview")
    click_model(page, 4)
    choose_x(page, "Latency")
    page.get_by_role("link", name="Queue").click()
    expect(page).to_have_url(re.compile("/queue"))
    page.go_back()
    expect(page.locator(X_TITLE)).to_contain_text("Latency")
    page.wait_for_function(SELECTED, arg=[4])
    page.go_back()
    expect(page.locator(X_TITLE)).to_contain_text("File size")


def test_models_that_arrive_leave_no_entry(page: Page, address: str, laboratory: Laboratory) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(12)
    opened(page, f"{address}/p/digits/overview")
    click_model(page, 1)
    entries = page.evaluate("() => history.length")
    laboratory.play()
    expect(page.locator("#overview-count")).to_have_text("29 models")
    page.get_by_text("Parallel", exact=True).click()
    expect(page).to_have_url(re.compile("axes=.+"))
    assert page.evaluate("() => history.length") == entries + 1
    page.go_back()
    expect(page.locator("#overview-scatter")).to_be_visible()
    page.wait_for_function(SELECTED, arg=[1])
