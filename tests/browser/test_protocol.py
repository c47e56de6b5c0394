"""What is measured otherwise than the protocol says changes nothing that is shown, and is there by name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.services.measurements.measurements import Measurement, queue_evaluation, queue_profile
from core.services.models import models
from core.services.projects import projects
from core.testing.browser.seen import wait_until_drawn
from core.testing.laboratory import Laboratory

MAP = """() => cnc.map.state.cy.nodes().map(node => {
  const place = node.renderedPosition();
  return [node.id(), node.renderedStyle('background-color'), node.renderedWidth(),
          Math.round(place.x), Math.round(place.y)];
})"""
POINTS = """() => {
  const trace = document.querySelector('#overview-scatter .js-plotly-plot').data
    .find(one => one.meta === 'points');
  return [[...trace.x], [...trace.y], [...trace.marker.color]];
}"""


def drawn(page: Page) -> list[Any]:
    """Return what map, scatterplot and legend show."""
    wait_until_drawn(page)
    legend = page.locator(".ov-legend").inner_text()
    return [page.evaluate(MAP), page.evaluate(POINTS), legend]


def options(page: Page, label: str) -> list[str]:
    page.get_by_role("combobox", name=label).or_(page.get_by_role("textbox", name=label)).first.click()
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return found


def test_variants_change_nothing_and_can_be_chosen(page: Page, laboratory: Laboratory, address: str) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play()
    chosen = [model.id for model in models.list_models(laboratory.app, project.id)[:3]]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/p/digits/overview")
    wait_until_drawn(page)
    expect(page.locator(".ov-legend-protocol")).to_have_text("test · 4 instances · float32")
    before = drawn(page)

    queue_evaluation(laboratory.app, chosen, Measurement(precision="bfloat16"))
    queue_evaluation(laboratory.app, chosen, Measurement(split="train"))
    queue_evaluation(laboratory.app, chosen, Measurement(instances=2))
    queue_profile(laboratory.app, chosen, Measurement(queue="gpu"))
    laboratory.play()
    page.reload()
    wait_until_drawn(page)
    expect(page.locator(".ov-legend-protocol")).to_have_text("test · 4 instances · float32")
    assert drawn(page) == before

    offered = options(page, "Colour")
    for label in ("train", "bf16", "2 instances"):
        assert f"Top-1 accuracy · {label}" in offered
    assert "Latency · laboratory GPU" in offered
    assert "File size · laboratory GPU" not in offered

    page.goto(f"{address}/p/digits/overview?y=top1%40split%3Dtrain")
    wait_until_drawn(page)
    _, (_, heights, _), _ = drawn(page)
    assert len(heights) == 3
    assert max(heights) < 12.5  # per cent
    expect(page.locator("#overview-scatter")).to_contain_text("Top-1 accuracy · train")


def test_another_protocol_is_chosen_on_the_page_of_data(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    page.goto(f"{address}/p/digits/models?tab=data")
    page.get_by_role("textbox", name="Instances").fill("two")
    save = page.get_by_role("button", name="Save the protocol")
    save.click()
    expect(page.get_by_text("'two' is not a number of instances.")).to_be_visible()
    page.get_by_role("textbox", name="Instances").fill("2")
    save.click()
    expect(page.get_by_text("1 model has no values under this protocol.")).to_be_visible()
    page.get_by_role("button", name="Evaluate them").click()
    expect(page.get_by_text("1 evaluation queued")).to_be_visible()
    laboratory.play()
    shown = models.get_model(laboratory.app, base.id).model.metrics
    assert shown["top1"] == 0.125 * shown["top1@instances=all"]


def test_measurements_are_listed_on_the_card_and_deleted_there(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    base = laboratory.base(laboratory.project())
    laboratory.play()
    usual = models.get_model(laboratory.app, base.id).model.metrics["top1"]
    queue_evaluation(laboratory.app, [base.id], Measurement(split="train"))
    queue_evaluation(laboratory.app, [base.id])
    laboratory.play()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/p/digits/overview?selected={base.id}")
    wait_until_drawn(page)
    listed = page.locator(".ov-measurements tbody tr")
    evaluations = listed.filter(has_text="evaluation")
    expect(evaluations).to_have_text(
        [re.compile("float32shown"), re.compile("by name"), re.compile("replaced")]
    )
    expect(listed.filter(has_text="laboratory CPU")).to_contain_text("shown")
    delete = evaluations.nth(0).get_by_role("button", name="Delete the evaluation test")
    delete.scroll_into_view_if_needed()
    assert delete.evaluate("one => one.scrollWidth <= one.clientWidth")
    beyond = """one => one.getBoundingClientRect().right
        - one.closest('#overview-panels').getBoundingClientRect().right"""
    assert delete.evaluate(beyond) <= 0
    delete.click()
    expect(delete).to_have_text("Delete?")
    assert len(models.get_model(laboratory.app, base.id).evaluations) == 3
    delete.click()
    expect(page.get_by_text("Evaluation deleted")).to_be_visible()
    expect(evaluations).to_have_text([re.compile("by name"), re.compile("float32shown")])
    assert models.get_model(laboratory.app, base.id).model.metrics["top1"] == usual

    shown = evaluations.nth(1).get_by_role("button", name="Delete the evaluation test")
    shown.click()
    shown.click()
    expect(evaluations).to_have_count(1)
    value = page.locator(".ov-metrics tr").filter(
        has=page.get_by_role("cell", name="Top-1 accuracy", exact=True)
    )
    expect(value).to_have_count(0)
    assert "top1" not in models.get_model(laboratory.app, base.id).model.metrics


def test_data_sets_are_added_renamed_and_removed(page: Page, laboratory: Laboratory, address: str) -> None:
    project = laboratory.project()
    laboratory.base(project)
    laboratory.play()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/p/digits/models?tab=data")
    page.get_by_text("Add a data set", exact=True).click()
    add = page.get_by_role("button", name="Add the data set")
    name = page.locator("#models-set-name")
    name.fill("digits")
    add.click()
    expect(page.get_by_text("There is a data set named 'digits' already.")).to_be_visible()
    name.fill("streets")
    add.click()
    expect(page.get_by_text("Added streets")).to_be_visible()
    row = page.get_by_role("textbox", name="Name of streets")
    expect(row).to_be_visible()
    row.fill("roads")
    page.get_by_role("button", name="Rename streets").click()
    remove = page.get_by_role("button", name="Remove roads")
    expect(remove).to_be_visible()
    page.get_by_role("button", name="Remove digits").click()
    expect(page.get_by_text("The protocol names the data set digits.")).to_be_visible()
    assert [each.name for each in projects.get_project(laboratory.app, "digits").datasets] == [
        "digits",
        "roads",
    ]
    page.get_by_role("combobox", name="Data set").or_(
        page.get_by_role("textbox", name="Data set")
    ).first.click()
    expect(page.get_by_role("option", name="roads")).to_be_visible()
    page.keyboard.press("Escape")
    remove.click()
    expect(remove).to_have_count(0)
    assert [each.name for each in projects.get_project(laboratory.app, "digits").datasets] == ["digits"]


def test_a_new_project_chooses_its_protocol(page: Page, laboratory: Laboratory, address: str) -> None:
    page.goto(f"{address}/models")
    page.locator("#models-new-name").fill("Sampled")
    instances = page.locator("#models-new-instances")
    expect(instances).to_be_hidden()
    page.get_by_text("Measurement protocol: test split").click()
    instances.fill("two")
    create = page.get_by_role("button", name="Create the project")
    create.click()
    expect(page.get_by_text("'two' is not a number of instances.")).to_be_visible()
    instances.fill("2")
    create.click()
    expect(page).to_have_url(re.compile("/p/sampled/models"))
    quality = projects.get_project(laboratory.app, "sampled").protocol.quality
    assert quality is not None
    assert (quality.split, quality.instances, quality.precision) == ("test", 2, "float32")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
def test_nodes_are_above_the_bar_that_names_the_protocol(
    page: Page, example_address: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{example_address}/p/digits/overview")
    wait_until_drawn(page)
    expect(page.locator(".ov-legend-protocol")).to_have_text("test · 4 instances · float32")
    lowest = """() => {
      const top = document.querySelector('#overview-map').getBoundingClientRect().top;
      return top + Math.max(...cnc.map.state.cy.nodes().map(node => node.renderedBoundingBox().y2));
    }"""
    bar = page.locator(".ov-map-bar").evaluate("bar => bar.getBoundingClientRect().top")
    assert bar - 40 < page.evaluate(lowest) <= bar
