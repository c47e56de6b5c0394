"""The scatterplot around its first points: never an empty frame, and one number for the front."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.domain.queue.run import RunKind
from core.services.queue import run_lifecycle
from core.testing.browser.seen import ink, points_in_plot, wait_until_drawn
from core.testing.laboratory import Laboratory

MODEBAR = "#overview-scatter .modebar"
SELECTED = "() => cnc.selection.selected().size"
TICKS = """side => [...document.querySelectorAll(`#overview-scatter .${side}tick text`)]
  .map(text => text.textContent)"""


def test_the_outline_stays_until_the_first_point(page: Page, laboratory: Laboratory, address: str) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    page.goto(f"{address}/p/digits/overview")
    front = page.get_by_role("button", name="Select front")
    expect(page.locator("#overview-scatter-title")).to_contain_text("No model has both")
    page.wait_for_function("() => Boolean(window.Plotly)")
    assert outlined(page)
    expect(front).to_be_disabled()
    evaluated = 0
    while evaluated < 1:  # the base is made and evaluated, its size is not measured yet
        run = laboratory.claim()
        assert run is not None
        if run.kind is not RunKind.PROFILE:
            run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
        evaluated += run.kind is RunKind.EVALUATE
    expect(page.locator("#overview-map-legend")).to_be_visible()
    assert outlined(page)
    laboratory.play()
    expect(page.locator("#overview-scatter-title")).to_contain_text("on the Pareto front")
    wait_until_drawn(page)
    assert points_in_plot(page)


def outlined(page: Page) -> bool:
    """Return whether the place of the plot shows its outline, and no toolbar over nothing."""
    return page.locator(MODEBAR).count() == 0 and ink(page.locator("#overview-scatter")) > 0.005


def test_the_title_counts_what_the_button_selects(page: Page, example_address: str) -> None:
    page.goto(f"{example_address}/p/digits/overview")
    title = page.locator("#overview-scatter-title")
    expect(title).to_contain_text("on the Pareto front")
    page.get_by_role("button", name="Select front").click()
    counts = r"(\d+) models on the Pareto front, (\d+) within 1 point"
    said = re.match(counts, title.inner_text())
    assert said is not None
    page.wait_for_function("() => cnc.selection.selected().size > 0")
    assert page.evaluate(SELECTED) == int(said[1])
    assert int(said[2]) < int(said[1])  # the base is on the front and none of them


@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)], ids=["1280", "1440"])
def test_ticks_are_written_as_in_tables(page: Page, example_address: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{example_address}/p/digits/overview")
    wait_until_drawn(page)
    across, up = page.evaluate(TICKS, "x"), page.evaluate(TICKS, "y")
    assert len(across) > 2
    assert all(re.fullmatch(r"\d+ kB", text) for text in across), across
    assert len(up) > 2
    assert all(re.fullmatch(r"\d+(\.\d+)? %", text) for text in up), up
