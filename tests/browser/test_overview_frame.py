"""The first view of the map: wide studies whole, signs explained, nothing on top of anything."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.domain.recipe import Step
from core.testing.forests import model
from core.testing.laboratory import Laboratory
from core.testing.planting import plant

SHOWN = "() => Boolean(window.overviewMap && overviewMap.state.shown && overviewMap.state.shown.items.length)"
OUTSIDE = """() => {
  const cy = overviewMap.state.cy;
  const bar = document.querySelector('.ov-buttons').getBoundingClientRect();
  const frame = cy.container().getBoundingClientRect();
  return cy.nodes().filter(node => {
    const at = node.renderedPosition();
    return at.x < 10 || at.x > cy.width() - 10 || at.y < 66 || frame.top + at.y > bar.top;
  }).map(node => node.data('label'));
}"""


def wide() -> list[Any]:
    """Return a recipe of eleven steps, each of which also has a branch of its own."""
    models = [model(1, name="resnet20", metrics={"accuracy": 0.9, "size": 100.0})]
    for depth in range(1, 12):
        trunk = models[-1] if depth == 1 else models[-2]
        for branch in range(2):
            step = Step(("train", "prune")[depth % 2] if branch == 0 else "calibrate", {"amount": depth / 20})
            metrics = {"accuracy": 0.9 - depth / 40, "size": 100.0 - depth}
            models.append(model(len(models) + 1, trunk, step, metrics=metrics))
    return models


@pytest.mark.parametrize("width", [1280, 1440, 2560])
def test_a_study_of_twelve_columns_is_seen_whole(
    page: Page, address: str, laboratory: Laboratory, width: int
) -> None:
    plant(laboratory.app, laboratory.project(), wide())
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    assert page.evaluate("() => overviewMap.state.shown.columns.length") >= 12
    assert page.evaluate(OUTSIDE) == []
    expect(page.locator("#overview-map-strip")).to_be_hidden()


def test_teachers_and_models_without_figures_are_explained(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    teacher, student = (model(number, name=name) for number, name in ((1, "teacher"), (2, "student")))
    taught = model(3, student, Step("distil", {"temperature": 2.0}), teacher_id=teacher.id)
    measured = model(4, student, Step("prune", {"sparsity": 0.5}), metrics={"accuracy": 0.9, "size": 10.0})
    plant(laboratory.app, laboratory.project(), [teacher, student, taught, measured])
    page.goto(f"{address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    dashed = "() => overviewMap.state.cy.edges('[?teacher]').map(edge => edge.style('line-style'))"
    assert page.evaluate(dashed) == ["dashed"]
    expect(page.locator("#overview-map-legend")).to_contain_text("no value: 3")
    expect(page.locator("#overview-map-legend")).to_contain_text("teacher")
    assert not [text for text in warnings if "wheel" in text]
