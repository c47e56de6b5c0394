"""The Overview as people use it: what is selected in one place is selected everywhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.domain.queue.run import RunError
from core.services.queue import run_lifecycle
from core.testing.browser.chromium import failures
from core.testing.browser.seen import nodes_in_map, points_in_plot, wait_until_drawn
from core.testing.running import wait_for
from dashboard.address import write_ids

PLACE = """id => {
  const cy = cnc.map.state.cy;
  const at = cy.getElementById(id).renderedPosition();
  const frame = cy.container().getBoundingClientRect();
  return {x: frame.left + at.x, y: frame.top + at.y};
}"""
POINT = """id => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const trace = gd.data.find(one => one.meta === 'points');
  const index = trace.customdata.indexOf(id);
  const frame = gd.getBoundingClientRect();
  const {xaxis, yaxis} = gd._fullLayout;
  return {x: frame.left + xaxis._offset + xaxis.d2p(trace.x[index]),
          y: frame.top + yaxis._offset + yaxis.d2p(trace.y[index])};
}"""
ON_MAP = "() => cnc.map.state.cy.nodes(':selected').map(node => Number(node.id())).sort((a, b) => a - b)"
IN_PLOT = "() => cnc.rings.drawn().map(Number).sort((a, b) => a - b)"

# Painted pixels within a ring's width around a point of the plot.
PAINTED = """place => {
  const canvas = document.querySelector('.ov-rings');
  const [frame, ratio] = [canvas.getBoundingClientRect(), window.devicePixelRatio];
  const [x, y] = [(place.x - frame.left - 15) * ratio, (place.y - frame.top - 15) * ratio];
  const pixels = canvas.getContext('2d').getImageData(x, y, 30 * ratio, 30 * ratio).data;
  return pixels.filter((value, index) => index % 4 === 3 && value > 0).length;
}"""


# How far the furthest mark stands from where its figures belong, in pixels.
ASTRAY = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const trace = gd.data.find(one => one.meta === 'points');
  const {xaxis, yaxis} = gd._fullLayout;
  const wanted = trace.x.map((value, index) => [xaxis.d2p(value), yaxis.d2p(trace.y[index])]);
  const marks = [...gd.querySelectorAll('.scatterlayer .points path')].map(mark =>
    mark.getAttribute('transform').match(/-?[\\d.]+/g).map(Number));
  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);
  return Math.max(...wanted.map(place => Math.min(...marks.map(mark => apart(place, mark)))));
}"""


@pytest.fixture
def overview(page: Page, example_address: str) -> Page:
    """The Overview of the example, drawn."""
    return visit(page, f"{example_address}/")


def visit(page: Page, url: str) -> Page:
    """Open an address and wait until map and plot are there."""
    page.goto(url)
    wait_until_drawn(page)
    return page


def click(page: Page, place: str, model: int, modifier: str = "") -> None:
    at = page.evaluate(place, str(model))
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.click(at["x"], at["y"])
    if modifier:
        page.keyboard.up(modifier)


def selected_everywhere(page: Page, *models: int) -> None:
    """Wait until map, plot and address agree on the selection."""
    page.wait_for_function(f"ids => JSON.stringify(({ON_MAP})()) === JSON.stringify(ids)", arg=list(models))
    page.wait_for_function(f"ids => JSON.stringify(({IN_PLOT})()) === JSON.stringify(ids)", arg=list(models))
    if models:
        expect(page).to_have_url(re.compile(f"selected={re.escape(write_ids(models))}(&|$)"))


def test_a_click_on_the_map_selects_in_the_plot_and_shows_the_card(overview: Page):
    click(overview, PLACE, 4)
    selected_everywhere(overview, 4)
    details = overview.locator("#overview-details")
    expect(details.locator("h2")).to_have_text("magnitude pruning 0.7")
    expect(details).to_contain_text("vs parent")
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 1")


def test_a_click_in_the_plot_selects_on_the_map(overview: Page):
    click(overview, POINT, 6)
    selected_everywhere(overview, 6)


def test_the_selected_point_is_ringed_and_the_others_are_dimmed(overview: Page):
    click(overview, PLACE, 4)
    selected_everywhere(overview, 4)
    assert overview.evaluate(PAINTED, overview.evaluate(POINT, "4")) > 100
    expect(overview.locator("#overview-scatter .ov-dimmed")).to_have_css("opacity", "0.5")
    overview.set_viewport_size({"width": 1700, "height": 900})
    overview.wait_for_timeout(1_000)
    assert overview.evaluate(PAINTED, overview.evaluate(POINT, "4")) > 100
    overview.keyboard.press("Escape")
    selected_everywhere(overview)
    assert overview.evaluate(PAINTED, overview.evaluate(POINT, "4")) == 0
    assert overview.locator("#overview-scatter .ov-dimmed").count() == 0


def test_shift_click_adds_and_escape_clears(overview: Page):
    click(overview, PLACE, 4)
    click(overview, PLACE, 5, "Shift")
    selected_everywhere(overview, 4, 5)
    expect(overview.locator("#overview-details")).to_contain_text("These models differ in sparsity")
    overview.keyboard.press("Escape")
    selected_everywhere(overview)
    expect(overview.locator("#overview-details")).to_contain_text("Nothing selected")


def test_what_the_study_shows_is_said_and_its_best_model_is_one_click_away(overview: Page):
    details = overview.locator("#overview-details")
    expect(details).to_contain_text("28 compressed models from residual CNN")
    expect(details).to_contain_text("Within 1 point of the base's top-1 accuracy")
    details.get_by_role("button", name="Compare it with its base").click()
    expect(overview.locator("#overview-details")).to_contain_text("differ")


def test_relatives_join_the_selection(overview: Page):
    click(overview, PLACE, 4)
    overview.click("[data-extend=parents]")
    selected_everywhere(overview, 1, 4)
    overview.keyboard.press("Escape")
    click(overview, PLACE, 4)
    overview.click("[data-extend=children]")
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 2")
    overview.click("[data-extend=descendants]")
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 5")


def test_a_heading_selects_its_column(overview: Page):
    overview.get_by_role("button", name="magnitude pruning").first.click()
    selected_everywhere(overview, 2, 3, 4, 5, 6)


def test_dragging_a_box_in_the_plot_selects_what_is_inside(overview: Page):
    frame = overview.locator("#overview-scatter .nsewdrag").bounding_box()
    assert frame is not None
    overview.mouse.move(frame["x"] + 3, frame["y"] + 3)
    overview.mouse.down()
    overview.mouse.move(frame["x"] + frame["width"] - 3, frame["y"] + frame["height"] - 3, steps=6)
    overview.mouse.up()
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 29")
    assert points_in_plot(overview) == set(range(1, 30))


def test_the_front_can_be_selected(overview: Page):
    title = overview.locator("#overview-scatter-title").inner_text()
    overview.click("#overview-select-front")
    expect(overview.locator("#overview-tab-label")).to_have_text(f"Selection · {title.split()[0]}")


def test_hovering_on_the_map_points_at_the_model_in_the_plot(overview: Page):
    at = overview.evaluate(PLACE, "4")
    overview.mouse.move(at["x"], at["y"])
    tip = overview.locator(".ov-tip")
    expect(tip).to_contain_text("0.7")
    expect(tip).to_contain_text("change against residual CNN")
    ring, point = overview.locator(".ov-crosshair b").bounding_box(), overview.evaluate(POINT, "4")
    assert ring is not None
    assert abs(ring["x"] + ring["width"] / 2 - point["x"]) < 2
    assert abs(ring["y"] + ring["height"] / 2 - point["y"]) < 2
    overview.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_graph_can_be_walked_with_the_keyboard(overview: Page):
    overview.locator(".ov-canvas").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        overview.keyboard.press(key)
    selected_everywhere(overview, 3)


def test_a_link_shows_the_same_view_again(overview: Page):
    click(overview, PLACE, 4)
    selected_everywhere(overview, 4)
    overview.get_by_text("By step").click()
    overview.get_by_text("log x").click()
    expect(overview).to_have_url(re.compile("log=front.x.*layout=step"))
    visit(overview, overview.url)
    selected_everywhere(overview, 4)
    assert overview.evaluate("() => cnc.map.state.scene.arrangement") == "step"
    axis = "() => document.querySelector('#overview-scatter .js-plotly-plot')._fullLayout.xaxis.type"
    assert overview.evaluate(axis) == "log"
    expect(overview.locator("#overview-details h2")).to_have_text("magnitude pruning 0.7")


def test_points_follow_the_axes_chosen(overview: Page):
    title = overview.locator("#overview-scatter .xtitle")
    for index in range(3):
        before = title.text_content() or ""
        overview.locator("#overview-x").click()
        options = overview.get_by_role("option").filter(visible=True)
        options.filter(has_not_text=before).nth(index).click()
        expect(title).not_to_have_text(before)
        overview.wait_for_function(f"({ASTRAY})() < 2")
        assert points_in_plot(overview) == set(range(1, 30))


def test_the_table_shares_the_selection(overview: Page):
    click(overview, PLACE, 4)
    overview.get_by_role("tab", name="Table").click()
    expect(overview.locator("#overview-grid .ag-row-selected").first).to_contain_text("0.7")
    overview.locator("#overview-grid .ag-center-cols-container .ag-row[row-id='5']").click()
    selected_everywhere(overview, 5)
    link = overview.locator("#overview-table-compare").get_by_role("link", name="Compare", exact=True)
    expect(link).to_have_attribute("href", re.compile(r"/compare\?.*selected=5$"))


def test_ancestors_in_the_card_can_be_selected(overview: Page):
    click(overview, PLACE, 4)
    overview.locator("#overview-details .ov-lineage button").click()
    selected_everywhere(overview, 1)


def test_dark_is_kept_over_a_reload(overview: Page):
    scheme = "() => document.documentElement.getAttribute('data-mantine-color-scheme')"
    assert overview.evaluate(scheme) == "light"
    overview.click("#scheme-toggle")
    overview.wait_for_function(f"() => ({scheme})() === 'dark'")
    surface = "() => cnc.map.state.cy.style().json().find(rule => rule.selector === 'node').style.color"
    overview.wait_for_function(f"() => ({surface})().includes('230')")
    visit(overview, overview.url)
    assert overview.evaluate(scheme) == "dark"


def test_models_appear_and_change_while_the_view_stays_as_it_is(page: Page, address: str, laboratory):
    project = laboratory.project()
    laboratory.base(project)
    laboratory.play()
    visit(page, f"{address}/")
    click(page, PLACE, 1)
    selected_everywhere(page, 1)
    page.click("[data-tool=in]")
    zoom = page.evaluate("() => cnc.map.state.cy.zoom()")
    laboratory.base(project, "second CNN", seed=1)
    page.wait_for_function("() => cnc.map.state.cy.nodes().length === 2")
    assert nodes_in_map(page) == {"1", "2"}
    assert page.evaluate("() => cnc.map.state.tips.get('2').state") == "queued"
    laboratory.play()
    page.wait_for_function("() => cnc.map.state.cy.getElementById('2').data('look') === 'made'")
    assert page.evaluate("() => cnc.map.state.cy.zoom()") == zoom
    selected_everywhere(page, 1)


def test_a_failed_model_says_why(page: Page, address: str, laboratory):
    project = laboratory.project()
    laboratory.base(project)
    run = laboratory.claim()
    run_lifecycle.fail(
        laboratory.app, run.id, run.attempt, RunError("x", "The data ran out.", "Add <b>more</b>.")
    )
    visit(page, f"{address}/p/digits/overview?selected=1")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The data ran out.")
    expect(alert).to_contain_text("Add <b>more</b>.")


def test_without_a_project_the_page_waits_and_then_opens_it(page: Page, address: str, laboratory):
    page.goto(address)
    expect(page.locator("main")).to_contain_text("No project yet")
    laboratory.project()
    expect(page).to_have_url(re.compile("/p/digits/overview"))
    expect(page.locator("#overview-map-empty")).to_contain_text("has no models yet")


@pytest.mark.parametrize("path", ["/nowhere", "/p/gone/overview"])
def test_wrong_addresses_say_so(page: Page, address: str, laboratory, path: str):
    laboratory.project()
    page.goto(f"{address}{path}")
    expect(page.locator("main")).to_contain_text("There is no")


def test_the_console_stays_clean(page: Page, example_address: str):
    problems = failures(page)
    visit(page, f"{example_address}/")
    click(page, PLACE, 4)
    selected_everywhere(page, 4)
    page.get_by_role("tab", name="Table").click()
    expect(page.locator("#overview-grid .ag-row").first).to_be_visible()
    assert problems == []


def test_a_page_at_rest_leaves_the_processor_alone(overview: Page):
    session = overview.context.new_cdp_session(overview)
    session.send("Performance.enable")

    def busy_s() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    def rests() -> bool:
        before = busy_s()
        overview.wait_for_timeout(2_000)
        return busy_s() - before < 1.0

    wait_for("a page that renders no more", rests)


def test_nothing_comes_from_elsewhere(page: Page, example_address: str):
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "//" in request.url else None)
    visit(page, f"{example_address}/")
    assert hosts == {example_address.removeprefix("http://")}


def test_a_choice_that_is_cut_off_is_told_in_its_tooltip(overview: Page):
    size = overview.locator("#overview-size")
    size.hover()
    assert size.get_attribute("title") is None
    overview.set_viewport_size({"width": 1300, "height": 900})
    colour = overview.locator("#overview-colour")
    colour.hover()
    expect(colour).to_have_attribute("title", "Top-1 accuracy")
