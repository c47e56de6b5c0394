"""Models of two projects on shared axes: seen, chosen in the address, opened by a click."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core.testing.browser.seen import marks_inside
from core.testing.laboratory import Laboratory


def test_models_of_two_projects_are_drawn_on_shared_axes(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    for name, slug in (("Digits", "digits"), ("Letters", "letters")):
        project = laboratory.project(name, slug)
        laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play()
    page.goto(f"{address}/across?of=digits.letters")
    plot = page.locator("#across-graph")
    expect(plot.locator(".point")).to_have_count(60 - 2)
    assert marks_inside(plot, ".point") == 58
    expect(plot.locator(".xtitle")).to_contain_text("File size")
    expect(plot.locator(".ytitle")).to_contain_text("Recovery of the leading quality metric")
    expect(plot.locator(".legendtext")).to_have_text(["Digits", "Letters"])
    expect(page).to_have_url(re.compile(r"of=digits\.letters&x=file_bytes&y=%40recovery"))
    expect(page.locator("#across-grid .ag-row").first).to_be_visible()
    page.get_by_text("log x").click()
    expect(page).to_have_url(re.compile("log=x"))
    box = plot.locator(".trace.scatter").nth(1).locator(".point").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/p/(digits|letters)/overview\?.*selected=\d+"))
