"""Details, filter, plots, table, card and saved views of the Overview, as people use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pyarrow import parquet

from core.domain.ids import ModelId
from core.domain.recipe import SweepStep
from core.domain.studies.document import study_of
from core.services.imports.studies import import_study
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects, saved_views
from core.services.queue import runs
from core.services.queue.runs import RunQuery
from core.testing.browser.seen import ink, marks_inside, wait_until_drawn
from core.testing.laboratory import Laboratory


def visit(page: Page, url: str) -> Page:
    """Open an address and wait until map and plot are there."""
    page.goto(url)
    wait_until_drawn(page)
    return page


def select(page: Page, *ids: int) -> None:
    page.evaluate("ids => cnc.selection.set(ids, '')", [str(one) for one in ids])
    expect(page.locator("#overview-tab-label")).to_have_text(f"Selection · {len(ids)}")


def higher_is_better(chart: Locator) -> bool:
    """Return whether dots with larger values stand higher, by the texts that screen readers are given."""
    placed = chart.locator(".ov-dot").evaluate_all(
        """dots => dots.map(dot => [
          parseFloat(dot.getAttribute('aria-label').match(/: ([\\d.]+) %/)[1]),
          dot.querySelector('circle').getBoundingClientRect().top,
        ])"""
    )
    tops = [top for _, top in sorted(placed, key=lambda one: -one[0])]
    return tops == sorted(tops) and tops[0] < tops[-1]


@pytest.fixture
def overview(page: Page, example_address: str) -> Page:
    """The Overview of the example, drawn."""
    return visit(page, f"{example_address}/p/digits/overview")


def test_several_models_are_told_apart_by_dots_that_select(overview: Page):
    select(overview, 5, 6, 10, 11)
    details = overview.locator("#overview-details")
    expect(details.locator(".ov-insight")).not_to_be_empty()
    expect(details).to_contain_text(re.compile("These models (differ in|can be told apart by)"))
    expect(details.locator(".ov-chart")).to_have_count(2)
    chart = details.locator(".ov-chart").first.locator("svg")
    assert marks_inside(chart, ".ov-dot circle") == 4
    assert higher_is_better(chart)
    chart.locator(".ov-dot").first.click()
    expect(overview.locator("#overview-tab-label")).to_have_text("Selection · 1")


def test_a_suggestion_adds_its_models(overview: Page):
    select(overview, 5, 6)
    overview.locator("#overview-details [aria-label='Suggested comparisons'] button").first.click()
    expect(overview.locator("#overview-tab-label")).to_have_text(re.compile(r"Selection · ([3-9]|\d\d)"))


LINES = """lines => lines.map(line => {
  const right = line.getBoundingClientRect().right;
  const [chip, link] = [...line.children].map(part => part.getBoundingClientRect());
  const beside = chip.right <= link.left && link.right <= right + 1;
  return beside && link.top < chip.bottom && chip.top < link.bottom;
})"""


def test_a_suggestion_and_its_comparison_stand_in_one_line(page: Page, example_address: str):
    page.set_viewport_size({"width": 1280, "height": 800})
    visit(page, f"{example_address}/p/digits/overview")
    select(page, 5)
    lines = page.locator(".ov-suggestion")
    expect(lines.nth(1)).to_be_attached()
    assert all(lines.evaluate_all(LINES))


def test_the_card_of_a_long_recipe_is_not_cut_at_1280(page: Page, example_address: str):
    page.set_viewport_size({"width": 1280, "height": 800})
    visit(page, f"{example_address}/p/digits/overview")
    select(page, 29)
    details = page.locator("#overview-details")
    expect(details.locator(".ov-metrics th").last).to_have_text("vs base")
    assert details.evaluate("details => details.scrollWidth - details.clientWidth") == 0
    badge = details.locator(".mantine-Badge-label")
    expect(badge).to_have_text("made")
    assert badge.evaluate("label => label.scrollWidth <= label.clientWidth")
    tops = "all => new Set(all.map(one => Math.round(one.getBoundingClientRect().bottom))).size"
    assert details.locator(".ov-actions > *").evaluate_all(tops) <= 1
    expect(details.locator(".ov-actions > *")).to_have_count(4)


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_acceptable_loss_is_a_line_below_a_title_of_two_lines(
    page: Page, example_address: str, width: int
):
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, f"{example_address}/p/digits/overview")
    title = page.locator("#overview-scatter-title")
    expect(title).to_contain_text("within 1 point of the base")
    lines = "title => title.clientHeight / parseFloat(getComputedStyle(title).lineHeight)"
    assert round(title.evaluate(lines)) <= 2
    label = page.locator("#overview-scatter svg text").filter(has_text="1 point below the base")
    text, plot = label.bounding_box(), page.locator("#overview-scatter").bounding_box()
    assert text is not None
    assert plot is not None
    assert plot["x"] < text["x"]
    assert text["x"] + text["width"] < plot["x"] + plot["width"]
    at = page.evaluate(
        "() => document.querySelector('#overview-scatter .js-plotly-plot').layout.shapes[0].y0"
    )
    assert at == pytest.approx(96 - 1)


def test_the_filter_fades_counts_and_cannot_be_selected(page: Page, example_address: str):
    visit(page, f"{example_address}/p/digits/overview?filter=operation%3Dprune&selected=1.2")
    expect(page.locator("#overview-count")).to_have_text("25 of 29 models")
    expect(page.locator("#overview-tab-label")).to_have_text("Selection · 1")
    page.wait_for_function("() => cnc.map.state.cy.getElementById('1').numericStyle('opacity') < 0.5")
    page.evaluate("() => cnc.selection.set(['1'], '')")
    page.wait_for_function("() => cnc.selection.selected().size === 0")
    page.get_by_role("button", name="Remove the condition on Operation").first.click()
    expect(page.locator("#overview-count")).to_have_text("29 models")
    page.wait_for_function("() => cnc.map.state.cy.getElementById('1').numericStyle('opacity') === 1")
    expect(page).not_to_have_url(re.compile("filter=operation"))


def test_a_condition_is_added_typed_and_kept_in_the_address(overview: Page):
    overview.click("#overview-filter-open")
    overview.get_by_role("option", name="Top-1 accuracy", exact=True).click()  # the choice is open already
    overview.get_by_label("Lowest Top-1 accuracy in %").fill("90")
    expect(overview.locator("#overview-filter-chips")).to_contain_text("Top-1 accuracy ≥ 90.0 %")
    expect(overview).to_have_url(re.compile("filter=metric%3Atop1%3D0.9"))
    overview.get_by_label("Lowest Top-1 accuracy in %").fill("99.9")
    expect(overview.locator("#overview-filter-count")).to_contain_text("0 models pass")
    expect(overview.locator("#overview-scatter-title")).to_have_text("No model passes the filter")
    overview.get_by_role("button", name="Clear the filter").click()
    expect(overview.locator("#overview-count")).to_have_text("29 models")
    expect(overview.locator("#overview-map-notice")).to_be_empty()


@pytest.mark.parametrize("given", ["95,0", "95.0", " +95,0 "], ids=repr)
@pytest.mark.parametrize("way", ["typed", "pasted"])
def test_a_decimal_comma_is_one_typed_or_pasted(overview: Page, given: str, way: str):
    lowest = lowest_accuracy(overview)
    if way == "typed":
        lowest.press_sequentially(given)
    else:
        lowest.focus()
        overview.keyboard.insert_text(given)  # one input event, as a paste
    expect(overview.locator("#overview-filter-chips")).to_contain_text("Top-1 accuracy ≥ 95.0 %")


@pytest.mark.parametrize(
    ("given", "told"), [("1,234", "1.234 or 1234?"), ("95 to 97", "Write one number")], ids=["comma", "words"]
)
def test_a_number_that_can_be_read_in_two_ways_is_refused(overview: Page, given: str, told: str):
    lowest = lowest_accuracy(overview)
    lowest.fill(given)
    expect(overview.locator("#overview-filter-editors")).to_contain_text(told)
    expect(overview.locator("#overview-count")).to_have_text("29 models")
    lowest.fill("95")
    expect(overview.locator("#overview-filter-chips")).to_contain_text("Top-1 accuracy ≥ 95.0 %")
    expect(overview.locator("#overview-filter-editors")).not_to_contain_text(told)


def lowest_accuracy(overview: Page):
    """Add the condition on accuracy and return its lower box."""
    overview.click("#overview-filter-open")
    overview.get_by_role("option", name="Top-1 accuracy", exact=True).click()
    return overview.get_by_label("Lowest Top-1 accuracy in %", exact=True)


COLONS = {
    "metrics": [{"name": "accuracy", "primary": True}, {"name": "size", "primary": True}],
    "models": [
        {"id": "base", "metrics": {"accuracy": 0.9, "size": 100}},
        *(
            {
                "id": name,
                "base": "base",
                "operation": {"name": "aten::prune", "parameters": {"amount:share": share, "bits": bits}},
                "metrics": {"accuracy": 0.8, "size": 50},
            }
            for name, share, bits in (("a", 0.5, 4), ("b", 0.9, 8), ("c", 0.9, 2))
        ),
    ],
}


def test_names_with_colons_have_their_filter(page: Page, address: str, laboratory: Laboratory):
    import_study(laboratory.app, study_of(COLONS), name="Colons")
    visit(page, f"{address}/p/colons/overview")
    page.click("#overview-filter-open")
    page.get_by_role("option", name="amount:share (aten::prune)").click()
    page.get_by_placeholder("Any of these").click()
    page.get_by_role("option", name="0.9", exact=True).click()
    expect(page.locator("#overview-filter-chips")).to_contain_text("amount:share (aten::prune): 0.9")
    expect(page.locator("#overview-count")).to_have_text("2 of 4 models")
    page.reload()
    expect(page.locator("#overview-count")).to_have_text("2 of 4 models")


def test_search_counts_what_the_filter_hides_instead_of_flying_to_it(page: Page, example_address: str):
    visit(page, f"{example_address}/p/digits/overview?filter=operation%3Dprune")
    page.fill("#overview-search", "residual CNN")
    expect(page.locator("#overview-search-hits")).to_have_text("1 hidden by the filter or in the archive")
    page.keyboard.press("Enter")
    assert page.evaluate("() => cnc.selection.selected().size") == 0


def test_a_date_is_chosen_in_the_filter(overview: Page):
    overview.click("#overview-filter-open")
    overview.get_by_role("option", name="Date made").click()
    overview.get_by_label("Made from").fill("2020-02-01")
    expect(overview.locator("#overview-filter-chips")).to_contain_text("2020-02-01")
    expect(overview.locator("#overview-count")).to_have_text("29 models")
    overview.get_by_label("Made until").fill("2020-03-01")
    expect(overview.locator("#overview-filter-count")).to_contain_text("0 models pass")


def test_a_brush_over_an_axis_selects(page: Page, example_address: str):
    visit(
        page, f"{example_address}/p/digits/overview?plot=parallel&axes=parameter:prune:sparsity,metric:top1"
    )
    canvas = page.locator("#overview-parallel canvas")
    assert ink(canvas) > 0.01
    expect(page.locator("#overview-axes")).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    page.wait_for_timeout(500)
    page.mouse.move(box["x"] + 14, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 14, box["y"] + 45, steps=4)
    page.mouse.up()
    expect(page.locator("#overview-tab-label")).to_have_text("Selection · 5")  # sparsity 0.9 and what follows


def test_the_table_shows_what_passes_and_what_differs(page: Page, example_address: str):
    visit(page, f"{example_address}/p/digits/overview?tab=table&filter=parameter:prune:sparsity%3D0.9")
    rows = page.locator("#overview-grid .ag-pinned-left-cols-container .ag-row")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="0.9")).not_to_have_count(0)
    grid = page.locator("#overview-grid .ag-root")
    assert marks_inside(grid, ".ag-pinned-left-cols-container .ag-row") == 5
    with page.expect_download() as download:
        page.click("#overview-csv")
    assert download.value.suggested_filename == "digits.csv"
    lines = Path(download.value.path()).read_text().splitlines()
    assert (len(lines), lines[0].split(",")[:5]) == (6, ["id", "parent id", "teacher id", "step", "name"])
    with page.expect_download() as download:
        page.click("#overview-parquet")
    assert parquet.read_table(download.value.path()).num_rows == 5
    page.get_by_label("Only columns that differ").check(force=True)
    expect(page).to_have_url(re.compile("differing=1"))


def test_an_address_brings_the_tables_columns_along(page: Page, example_address: str):
    visit(page, f"{example_address}/p/digits/overview?tab=table&columns=name,seed")
    expect(page.locator("#overview-grid .ag-header-cell-text")).to_have_text(["", "Model", "Name", "Seed"])


def test_star_note_and_archive_are_kept_and_can_be_undone(page: Page, address: str, laboratory):
    laboratory.base(laboratory.project())
    laboratory.play()
    visit(page, f"{address}/p/digits/overview?selected=1")
    page.click("#overview-star")
    expect(page.locator("#overview-star")).to_have_attribute("aria-pressed", "true")
    page.fill("#overview-note", "the one to beat")
    page.locator("#overview-details h2").click()
    page.click("#overview-archive")
    expect(page.locator("#overview-count")).to_have_text("0 models")
    expect(page.locator("#overview-away")).to_have_text("1 failed or archived")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#overview-count")).to_have_text("1 model")
    expect(page.locator("#overview-tab-label")).to_have_text("Selection · 1")  # as it was before
    project = projects.get_project(laboratory.app, "digits")
    (model,) = models.list_models(laboratory.app, project.id)
    assert (model.starred, model.note, model.archived) == (True, "the one to beat", False)


def test_a_view_is_saved_and_opened_again(page: Page, address: str, laboratory):
    laboratory.base(laboratory.project())
    laboratory.play()
    visit(page, f"{address}/p/digits/overview?selected=1&layout=step")
    page.click("#overview-views")
    page.fill("#overview-view-name", "my <view>")
    page.click("#overview-view-save")
    link = page.get_by_role("link", name="my <view>")
    expect(link).to_have_attribute("href", re.compile("layout=step.*selected=1"))
    page.goto(f"{address}/p/digits/overview")
    page.click("#overview-views")
    link.click()
    wait_until_drawn(page)
    expect(page.locator("#overview-details h2")).to_have_text("residual CNN")
    page.click("#overview-views")
    page.get_by_label("Forget the view my <view>").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The view my <view> is saved again")).to_be_visible()
    project = projects.get_project(laboratory.app, "digits")
    (view,) = saved_views.list_views(laboratory.app, project.id)
    assert (view.name, "layout=step" in view.query) == ("my <view>", True)


def test_archived_and_cancelled_models_are_left_out_until_they_are_asked_for(
    page: Page, address: str, laboratory
):
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, ((SweepStep("quantize", {"bits": (8, 4, 2)}),),))
    laboratory.play(3)
    every = runs.list_runs(laboratory.app, RunQuery(model_ids=frozenset({ModelId(3)})))
    runs.cancel_runs(laboratory.app, [row.run.id for row in every])
    laboratory.play()
    annotate(laboratory.app, [ModelId(2)], archived=True)
    visit(page, f"{address}/p/digits/overview")
    on_map = "() => cnc.map.state.cy.nodes().map(node => node.id()).filter(id => /^[0-9]+$/.test(id)).sort()"
    expect(page.locator("#overview-count")).to_have_text("2 models")
    assert page.evaluate(on_map) == ["1", "4"]
    assert page.locator("#overview-scatter .scatterlayer .point").count() == 2
    page.get_by_text("2 failed or archived").click()
    expect(page.locator("#overview-count")).to_contain_text("4 models")
    expect(page).to_have_url(re.compile("all=1"))
    page.wait_for_function(f"({on_map})().length === 4")
    page.reload()
    expect(page.locator("#overview-count")).to_contain_text("4 models")
    page.goto(f"{address}/p/digits/overview?filter=status%3Darchived")
    expect(page.locator("#overview-count")).to_contain_text("1 of 4 models")
