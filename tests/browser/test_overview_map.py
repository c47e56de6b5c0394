"""The model map when it is large: what is folded, found, walked and told without a picture."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from core.domain.recipe import Step
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import model
from core.testing.projects.planting import plant

SHOWN = "() => Boolean(window.cnc?.map?.state.shown && cnc.map.state.shown.items.length)"
ITEMS = "() => cnc.map.state.shown.items.length"
ZOOM = "() => cnc.map.state.cy.zoom()"
FOLD = """() => {
  const fold = cnc.map.state.shown.items.find(item => item.members && item.members.length > 3);
  const at = cnc.map.state.cy.getElementById(fold.id).renderedPosition();
  const frame = cnc.map.state.cy.container().getBoundingClientRect();
  return {id: fold.id, count: fold.count, x: frame.left + at.x, y: frame.top + at.y};
}"""

CUT = """() => cnc.map.state.cy.nodes().filter(node => node.data('label')).map(node => ({
  name: node.data('label'), ...node.renderedBoundingBox({includeLabels: true, includeOverlays: false}),
})).filter(box => box.x1 < -1 || box.x2 > cnc.map.state.cy.width() + 1).map(box => box.name)"""


@pytest.fixture
def large(page: Page, large_address: str) -> Page:
    """The Overview of 500 models, drawn."""
    page.goto(f"{large_address}/")
    page.wait_for_function(SHOWN)
    return page


def test_the_first_view_of_many_models_can_be_read(large: Page):
    shown = large.evaluate("() => ({rows: cnc.map.state.shown.rows, zoom: cnc.map.state.cy.zoom()})")
    assert shown["rows"] <= 40
    assert shown["zoom"] >= 0.75
    headings = large.evaluate(
        """() => Array.from(document.querySelectorAll('.ov-heading-button')).map(button => {
          const [frame, text] = [button.getBoundingClientRect(), button.firstChild];
          return {left: frame.left, right: frame.right, cut: text.scrollHeight > text.clientHeight + 1};
        }).sort((a, b) => a.left - b.left)"""
    )
    assert len(headings) > 3
    assert not any(heading["cut"] for heading in headings)
    for before, after in itertools.pairwise(headings):
        assert before["right"] <= after["left"]


def test_a_fold_tells_what_is_in_it_opens_where_it_is_and_can_be_folded_again(large: Page):
    before = large.evaluate(ITEMS)
    fold = large.evaluate(FOLD)
    large.mouse.move(fold["x"], fold["y"])
    expect(large.locator(".ov-tip")).to_contain_text(f"{fold['count']} models")
    expect(large.locator(".ov-tip")).to_contain_text("Top-1 accuracy, best")
    large.mouse.click(fold["x"], fold["y"])
    large.wait_for_function(f"before => ({ITEMS})() > before", arg=before)
    first = large.evaluate(
        "id => cnc.map.state.cy.getElementById(id).renderedPosition().x", fold["id"].removeprefix("fold-")
    )
    frame = large.locator("#overview-map").bounding_box()
    assert frame is not None
    assert abs(frame["x"] + first - fold["x"]) < 3
    large.click("[data-tool=fold]")
    large.wait_for_function(f"before => ({ITEMS})() === before", arg=before)


def test_shift_click_selects_what_a_fold_holds(large: Page):
    fold = large.evaluate(FOLD)
    large.keyboard.down("Shift")
    large.mouse.click(fold["x"], fold["y"])
    large.keyboard.up("Shift")
    expect(large.locator("#overview-tab-label")).to_have_text(f"Selection · {fold['count']}")
    assert large.evaluate("id => cnc.map.state.cy.getElementById(id).hasClass('holding')", fold["id"])


def test_search_finds_a_folded_model_and_flies_to_it(large: Page):
    large.locator("body").press("/")
    field = large.get_by_role("combobox", name="Find a model")
    expect(field).to_be_focused()
    field.fill("nothing like this")
    expect(large.get_by_role("listbox", name="Models found")).to_contain_text("No model has this")
    field.fill("model 479")
    expect(large.get_by_role("option").first).to_contain_text("model 479")
    field.press("Enter")
    named = "() => cnc.map.state.scene.nodes.find(node => node.tip.name === 'model 479').id"
    found = large.evaluate(named)
    expect(large).to_have_url(re.compile(f"selected={found}(&|$)"))
    inside = """id => {
      const cy = cnc.map.state.cy, node = cy.getElementById(id);
      if (node.empty() || !node.selected()) return false;
      const at = node.renderedPosition();
      return at.x > 0 && at.x < cy.width() && Math.abs(at.y - cy.height() / 2) < 30 && cy.zoom() >= 0.75;
    }"""
    large.wait_for_function(inside, arg=found)


def test_a_search_keeps_all_columns_in_the_frame(page: Page, example_address: str):
    page.goto(f"{example_address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    frame = page.locator("#overview-map-frame").bounding_box()
    assert frame is not None
    page.fill("#overview-search", "4 bit")
    page.locator("#overview-search").press("Enter")
    page.wait_for_function("() => cnc.selection.selected().size === 1 && !cnc.map.state.cy.animated()")
    headings = [place.bounding_box() for place in page.locator(".ov-heading-button").all()]
    assert len(headings) == 4
    for place in headings:
        assert place is not None
        assert frame["x"] <= place["x"]
        assert place["x"] + place["width"] <= frame["x"] + frame["width"]


def test_zooming_and_dragging_never_lose_the_map(large: Page):
    frame = large.locator("#overview-map").bounding_box()
    assert frame is not None
    at = (frame["x"] + frame["width"] - 60, frame["y"] + frame["height"] / 2)
    large.mouse.move(*at)
    large.mouse.down()
    large.mouse.move(at[0] - 650, at[1], steps=4)
    large.mouse.up()
    large.mouse.move(frame["x"] + 30, at[1])
    large.mouse.down()
    large.mouse.move(frame["x"] + 600, frame["y"] + 90, steps=4)
    large.mouse.up()
    for _ in range(6):
        large.mouse.wheel(0, -400)
    large.wait_for_function(f"() => ({ZOOM})() > 1.5")
    seen = """() => {
      const e = cnc.map.state.cy.extent(), s = cnc.map.state;
      const right = (s.shown.columns.length - 1) * s.gap.x, bottom = (s.shown.rows - 1) * s.gap.y;
      return e.x1 < right && e.x2 > 0 && e.y1 < bottom && e.y2 > 0;
    }"""
    large.wait_for_function(seen)
    expect(large.locator("#overview-map-strip")).to_be_visible()
    large.click("[data-tool=fit]")
    expect(large.locator("#overview-map-strip")).to_be_hidden()


def test_the_keyboard_opens_folds_and_the_tree_tells_all_models(large: Page):
    before = large.evaluate(ITEMS)
    large.locator(".ov-canvas").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        large.keyboard.press(key)
    large.wait_for_function(f"before => ({ITEMS})() > before", arg=before)
    tree = large.get_by_role("tree", name="Models as a tree")
    base = tree.get_by_role("treeitem").first
    base.focus()
    expect(tree.get_by_role("treeitem")).to_have_count(250)
    base.press("ArrowLeft")
    expect(tree.get_by_role("treeitem")).to_have_count(1)
    large.keyboard.press("ArrowRight")
    large.keyboard.press("ArrowDown")
    large.keyboard.press("Enter")
    expect(large).to_have_url(re.compile("selected=\\d+"))


@pytest.mark.parametrize("width", [1440, 1920])
@pytest.mark.parametrize("name", ["ResNet18 teacher", "the teacher " * 9], ids=["short", "long"])
def test_no_name_in_the_first_column_is_cut_by_the_frame(
    page: Page, address: str, laboratory: Laboratory, width: int, name: str
):
    chain = [model(1, name="CNN")]
    for at in range(12):  # columns that take all the width there is
        chain.append(model(3 + at, chain[-1], Step(("prune", "fine-tune")[at % 2], {})))
    teacher = model(2, name=name)
    taught = model(90, chain[0], Step("distill", {}), teacher_id=teacher.id)
    plant(laboratory.app, laboratory.project(), [*chain, teacher, taught])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    assert page.evaluate(CUT) == []


def test_a_selection_from_an_address_is_said_with_names(page: Page, example_address: str):
    page.goto(f"{example_address}/p/digits/overview?selected=1-4")
    said = page.locator("#selection-said")
    expect(said).to_have_text(re.compile("^4 models selected: [^,]+, .+, .+ and 1 more$"))


def test_a_selection_is_said_only_once_its_models_are_known(large: Page):
    large.evaluate(
        """() => {
          const known = cnc.folds.state.byId;
          cnc.folds.state.byId = new Map();
          const ids = Array.from(known.keys()).slice(0, 4);
          cnc.selection.set(ids, '');
          window.setTimeout(() => { cnc.folds.state.byId = known; }, 400);
        }"""
    )
    expect(large.locator("#selection-said")).to_have_text(
        re.compile("^4 models selected: .+, .+ and 1 more$")
    )
