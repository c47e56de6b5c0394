"""The scatterplot as seen while models arrive: marks inside the axes, whatever was drawn before."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.domain.project import Project
from core.domain.recipe import SweepStep
from core.services.models import models
from core.testing.browser.seen import ink, points_in_plot, wait_until_drawn
from core.testing.laboratory import Laboratory

RANGES = """() => {
  const { xaxis, yaxis } = document.querySelector('#overview-scatter .js-plotly-plot')._fullLayout;
  return [...xaxis.range, ...yaxis.range];
}"""
ZOOM = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const area = gd.querySelector('.nsewdrag').getBoundingClientRect();
  return { left: area.left, top: area.top, width: area.width, height: area.height };
}"""
SWEEP = ((SweepStep("prune", {"sparsity": (0.1, 0.5, 0.7, 0.9)}),),)
SECOND = ((SweepStep("quantize", {"bits": (8, 4, 2)}),),)


def measured(laboratory: Laboratory, project: Project) -> set[int]:
    """Return the models that have both figures of the plot."""
    listed = models.list_models(laboratory.app, project.id)
    return {int(one.id) for one in listed if {"top1", "file_bytes"} <= set(one.metrics)}


def sees(page: Page, wanted: set[int]) -> None:
    """Wait until exactly these models lie inside the axes."""
    for _ in range(150):
        if points_in_plot(page) == wanted:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"inside the axes: {sorted(points_in_plot(page))}, wanted: {sorted(wanted)}")


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    return laboratory.project()


@pytest.fixture
def started(page: Page, address: str, laboratory: Laboratory, project: Project) -> Page:
    """The Overview with the base and two models made from it."""
    laboratory.sweep(project, laboratory.base(project).id, SWEEP)
    while len(measured(laboratory, project)) < 3:
        laboratory.play_one()
    page.goto(f"{address}/p/digits/overview")
    sees(page, measured(laboratory, project))
    return page


def test_each_model_is_seen_on_a_page_that_was_open_before_the_first(
    page: Page, address: str, laboratory: Laboratory, project: Project
):
    page.goto(f"{address}/p/digits/overview")
    expect(page.locator("#overview-scatter-title")).to_contain_text("No model has both")
    laboratory.sweep(project, laboratory.base(project).id, SWEEP)
    seen = [0]
    while laboratory.play_one():
        there = measured(laboratory, project)
        if len(there) > seen[-1]:
            sees(page, there)
            seen.append(len(there))
    assert seen == [0, 1, 2, 3, 4, 5]
    assert ink(page.locator("#overview-scatter .nsewdrag")) > 0.005


def switch_x(page: Page) -> None:
    page.get_by_role("textbox", name="x", exact=True).click()
    page.get_by_role("option", name="Latency").click()


def switch_log(page: Page) -> None:
    page.get_by_text("log x").click()
    page.get_by_text("log y").click()


def look_away(page: Page) -> None:
    """Show the parallel coordinates while models arrive."""
    page.get_by_text("Parallel", exact=True).click()
    expect(page.locator("#overview-scatter")).to_be_hidden()


def look_back(page: Page) -> None:
    page.get_by_text("Scatter", exact=True).click()


def darken(page: Page) -> None:
    page.get_by_role("button", name="Switch between light and dark").click()


def widen(page: Page) -> None:
    page.set_viewport_size({"width": 1800, "height": 1000})


def stay(_page: Page) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (switch_x, stay),
        (switch_log, switch_log),
        (look_away, look_back),
        (darken, stay),
        (widen, stay),
    ],
    ids=["metric", "log", "hidden", "theme", "size"],
)
def test_models_are_seen_that_arrive_after_a_switch(
    started: Page,
    laboratory: Laboratory,
    project: Project,
    before: Callable[[Page], None],
    after: Callable[[Page], None],
):
    before(started)
    laboratory.play()
    expect(started.locator("#overview-count")).to_have_text("5 models")
    after(started)
    sees(started, measured(laboratory, project))
    assert len(measured(laboratory, project)) == 5


def test_the_scatterplot_is_drawn_when_it_is_shown_for_the_first_time(
    page: Page, address: str, laboratory: Laboratory, project: Project
):
    laboratory.sweep(project, laboratory.base(project).id, SWEEP)
    laboratory.play()
    page.goto(f"{address}/p/digits/overview?plot=parallel")
    wait_until_drawn(page)
    page.wait_for_timeout(500)
    assert not page.evaluate("() => Boolean(window.Plotly)"), "nobody sees what needs it"
    look_back(page)
    sees(page, measured(laboratory, project))


HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_models_are_seen_that_arrived_while_nobody_looked_at_the_page(
    started: Page, laboratory: Laboratory, project: Project
):
    started.evaluate(HIDE, True)
    laboratory.play()
    started.wait_for_timeout(500)
    assert len(points_in_plot(started)) == 3
    started.evaluate(HIDE, False)
    sees(started, measured(laboratory, project))
    assert len(points_in_plot(started)) == 5


# From the top to the foot of the brush on the first axis, as shares of the axis.
BRUSH = """() => {
  const canvas = document.querySelector('#overview-parallel canvas');
  const ratio = canvas.width / canvas.clientWidth;
  const column = canvas.getContext('2d').getImageData(Math.round(10 * ratio), 0, 1, canvas.height).data;
  const painted = [...Array(canvas.height).keys()].filter(y => column[4 * y + 3] > 0);
  const [top, height] = [44, canvas.clientHeight - 44 - 30];
  return [painted.at(0), painted.at(-1) + 1].map(y => 1 - (y / ratio - top) / height);
}"""


def test_a_brush_keeps_its_values_when_new_models_stretch_the_axis(
    page: Page, address: str, laboratory: Laboratory, project: Project
):
    laboratory.sweep(project, laboratory.base(project).id, SWEEP)
    while len(measured(laboratory, project)) < 4:
        laboratory.play_one()

    def ends() -> tuple[float, float]:
        listed = models.list_models(laboratory.app, project.id)
        values = [one.metrics["top1"] for one in listed if "top1" in one.metrics]
        return min(values), max(values)

    page.goto(f"{address}/p/digits/overview?plot=parallel&axes=metric:top1,metric:loss")
    wait_until_drawn(page)
    box = page.locator("#overview-parallel canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 14, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 14, box["y"] + 120, steps=4)
    page.mouse.up()
    expect(page.locator("#overview-tab-label")).to_have_text(re.compile(r"Selection · \d"))
    page.wait_for_timeout(200)
    (low, high), (_, before) = ends(), page.evaluate(BRUSH)
    laboratory.play()
    expect(page.locator("#overview-count")).to_have_text("5 models")
    wider_low, wider_high = ends()
    assert wider_high == high
    assert wider_low < low - 0.2
    page.wait_for_function(f"before => ({BRUSH})()[1] > before + 0.02", arg=before)
    after = page.evaluate(BRUSH)[1]
    value = low + before * (high - low)
    assert wider_low + after * (wider_high - wider_low) == pytest.approx(
        value, abs=0.02 * (wider_high - wider_low)
    )


def zoomed(page: Page) -> list[float]:
    """Zoom into the lower left quarter of the plot and return the ranges."""
    page.locator("#overview-scatter .js-plotly-plot").hover()
    page.locator("#overview-scatter [data-val=zoom]").click()
    at = page.evaluate(ZOOM)
    page.mouse.move(at["left"] + 2, at["top"] + at["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(at["left"] + at["width"] * 0.5, at["top"] + at["height"] - 2, steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Show all", exact=True)).to_be_visible()
    return list(page.evaluate(RANGES))


def test_a_persons_zoom_stays_while_models_arrive_and_can_be_taken_back(
    started: Page, laboratory: Laboratory, project: Project
):
    ranges = zoomed(started)
    assert len(points_in_plot(started)) < 3
    laboratory.play()
    expect(started.locator("#overview-count")).to_have_text("5 models")
    expect(started.locator("#overview-scatter-title")).to_have_text(
        re.compile("^4 models on the Pareto front")
    )
    started.wait_for_timeout(300)
    assert started.evaluate(RANGES) == pytest.approx(ranges)
    started.get_by_role("button", name="Show all", exact=True).click()
    sees(started, measured(laboratory, project))
    expect(started.get_by_role("button", name="Show all", exact=True)).to_be_hidden()


def test_zoom_does_not_go_along_to_another_project(
    started: Page, address: str, laboratory: Laboratory, project: Project
):
    other = laboratory.project("Other", "other")
    laboratory.sweep(other, laboratory.base(other, "another").id, SECOND)
    laboratory.play()
    zoomed(started)
    started.get_by_role("button", name="Choose a project").click()
    started.get_by_role("menuitem", name="Other").click()
    sees(started, measured(laboratory, other))
    started.go_back()
    sees(started, measured(laboratory, project))
