"""The first view of the map: wide studies whole, signs explained, nothing on top of anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.domain.recipe import Step, SweepStep
from core.domain.studies.document import study_of
from core.services.imports.studies import import_study
from core.testing.browser.seen import wait_until_drawn
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import model
from core.testing.projects.planting import plant

SHOWN = "() => Boolean(window.cnc?.map?.state.shown && cnc.map.state.shown.items.length)"
OUTSIDE = """() => {
  const cy = cnc.map.state.cy;
  const bar = document.querySelector('.ov-buttons').getBoundingClientRect();
  const frame = cy.container().getBoundingClientRect();
  return cy.nodes().filter(node => {
    const at = node.renderedPosition();
    return at.x < 10 || at.x > cy.width() - 10 || at.y < 66 || frame.top + at.y > bar.top;
  }).map(node => node.data('label'));
}"""


# Labels over other nodes, labels cut by the frame, and nodes over their neighbours.
CROWDED = """() => {
  const cy = cnc.map.state.cy;
  const only = { includeEdges: false, includeOverlays: false, includeUnderlays: false };
  const box = (node, labels) =>
    node.renderedBoundingBox({ ...only, includeNodes: !labels, includeLabels: labels });
  const meet = (one, other) =>
    one.x1 + 2 < other.x2 && other.x1 + 2 < one.x2 && one.y1 + 2 < other.y2 && other.y1 + 2 < one.y2;
  const nodes = cy.nodes().map(node => ({
    name: node.id() + ' ' + node.data('label'), text: node.data('label'),
    label: box(node, true), body: box(node, false),
  }));
  const labels = nodes.filter(node => node.text);
  const others = (node, list) => list.filter(other => other !== node);
  return {
    covering: labels.flatMap(one => others(one, nodes).filter(other => meet(one.label, other.body))
      .map(other => one.name + ' over ' + other.name)),
    cut: labels.filter(one => one.label.x1 < 0 || one.label.x2 > cy.width()).map(one => one.name),
    touching: nodes.flatMap(one => others(one, nodes).filter(other => meet(one.body, other.body))
      .map(other => one.name + ' and ' + other.name)),
  };
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
    assert page.evaluate("() => cnc.map.state.shown.columns.length") >= 12
    assert page.evaluate(OUTSIDE) == []
    expect(page.locator("#overview-map-strip")).to_be_hidden()


@pytest.mark.parametrize("study", ["celeba_models", "cifar10_image_classification_models"])
def test_nothing_lies_over_a_model_or_its_label(
    page: Page, address: str, laboratory: Laboratory, data_folder: Path, study: str
) -> None:
    file = data_folder / "studies" / f"{study}.json"
    project = import_study(laboratory.app, study_of(json.loads(file.read_text())), name="Study").project
    for width in (1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address}/p/{project.slug}/overview")
        wait_until_drawn(page)
        assert page.evaluate(CROWDED) == {"covering": [], "cut": [], "touching": []}


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
    dashed = "() => cnc.map.state.cy.edges('[?teacher]').map(edge => edge.style('line-style'))"
    assert page.evaluate(dashed) == ["dashed"]
    expect(page.locator("#overview-map-legend")).to_contain_text("no value: 3")
    expect(page.locator("#overview-map-legend")).to_contain_text("teacher")
    assert not [text for text in warnings if "wheel" in text]


def test_a_new_column_finds_room_and_the_page_stays_within_its_window(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play(3)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/p/digits/overview?selected=2-3")
    page.wait_for_function(SHOWN)
    expect(page.locator("#overview-charts .ov-dot").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollHeight") == 900
    steps = ("prune", {"sparsity": (0.5,)}), ("fine-tune", {"epochs": (2,)}), ("quantize", {"bits": (4, 2)})
    laboratory.sweep(project, base.id, (tuple(SweepStep(name, values) for name, values in steps),))
    page.wait_for_function("() => cnc.map.state.shown.columns.length === 4")
    assert page.evaluate(OUTSIDE) == []


def test_a_teachers_line_keeps_off_the_models_between(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    teacher = model(1, name="teacher", metrics={"accuracy": 0.9, "size": 10.0})
    between = model(2, teacher, Step("prune", {"sparsity": 0.5}), metrics={"accuracy": 0.8, "size": 5.0})
    student = model(3, between, Step("distil", {"temperature": 2.0}), teacher_id=teacher.id)
    plant(laboratory.app, laboratory.project(), [teacher, between, student])
    page.goto(f"{address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    apart = page.evaluate(
        """() => {
          const edge = cnc.map.state.cy.edges().filter(one => one.data('teacher'))[0];
          const [line, model] = [edge.renderedMidpoint(), cnc.map.state.cy.getElementById(
            edge.source().outgoers('node').filter(one => one.id() !== edge.target().id())[0].id()
          ).renderedPosition()];
          return Math.hypot(line.x - model.x, line.y - model.y);
        }"""
    )
    assert apart > 20


def test_after_a_search_the_keyboard_goes_on_from_the_map(page: Page, large_address: str) -> None:
    page.goto(f"{large_address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    page.keyboard.press("/")
    page.keyboard.type("model 2")
    page.keyboard.press("Enter")
    expect(page.locator(".ov-canvas")).to_be_focused()


def test_after_unfolding_and_folding_the_map_is_as_at_first(page: Page, large_address: str) -> None:
    page.goto(f"{large_address}/p/digits/overview")
    page.wait_for_function(SHOWN)
    place = "() => [cnc.map.state.cy.zoom(), ...Object.values(cnc.map.state.cy.pan())].map(Math.round)"
    before = page.evaluate(place)
    page.click("[data-tool=unfold]")
    page.wait_for_function("() => cnc.map.state.shown.items.length === 500")
    page.click("[data-tool=in]")
    page.click("[data-tool=fold]")
    assert page.evaluate(place) == before
