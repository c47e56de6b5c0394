"""What is measured otherwise than the protocol says changes nothing that is shown, and is there by name."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from core.services import models
from core.services.measuring import Measurement, queue_evaluation, queue_profile
from core.testing.laboratory import Laboratory
from core.testing.seen import wait_until_drawn

MAP = """() => overviewMap.state.cy.nodes().map(node => {
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
    expect(page.locator(".ov-legend-protocol")).to_have_text("test · 4 instances · float32")
    before = drawn(page)

    queue_evaluation(laboratory.app, chosen, Measurement(precision="bfloat16"))
    queue_evaluation(laboratory.app, chosen, Measurement(split="train"))
    queue_evaluation(laboratory.app, chosen, Measurement(instances=2))
    queue_profile(laboratory.app, chosen, Measurement(queue="gpu"))
    laboratory.play()
    page.reload()
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
    assert max(heights) < 0.125
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
    expect(page.get_by_text("'two' is no number of instances.")).to_be_visible()
    page.get_by_role("textbox", name="Instances").fill("2")
    save.click()
    expect(page.get_by_text("1 model has no values under this protocol.")).to_be_visible()
    page.get_by_role("button", name="Evaluate them").click()
    expect(page.get_by_text("1 evaluation queued")).to_be_visible()
    laboratory.play()
    shown = models.get_model(laboratory.app, base.id).model.metrics
    assert shown["top1"] == 0.125 * shown["top1@instances=all"]
