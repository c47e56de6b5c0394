"""The Overview while runs end all the time: it follows, and leaves what people do alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from core.domain.recipe import SweepStep
from core.testing.browser.seen import wait_until_drawn
from core.testing.laboratory import Laboratory

TOGETHER = 4
PAUSE_S = 0.2  # between the ends of so many runs
LEAST_RUNS = 100
SWEEP = (
    (
        SweepStep("prune", {"sparsity": tuple(round(0.02 * at, 2) for at in range(1, 41))}),
        SweepStep("fine-tune", {"epochs": (2,)}),
        SweepStep("quantize", {"bits": (8, 4)}),
    ),
)
# Where things are in the frame, and what people chose.
SEEN = """() => {
  const cy = cnc.map.state.cy;
  const at = id => {
    const place = cy.getElementById(id).renderedPosition();
    return [Math.round(place.x), Math.round(place.y)];
  };
  const order = cy.nodes().map(node => node.id());
  return { zoom: cy.zoom(), selected: [...cnc.selection.selected()], hovered: cnc.selection.hovered(),
           places: Object.fromEntries(order.map(id => [id, at(id)])),
           tip: document.querySelector('.ov-tip') && !document.querySelector('.ov-tip').hidden };
}"""
IN_FRAME = """() => {
  const cy = cnc.map.state.cy;
  return cy.nodes().filter(node => {
    const at = node.renderedPosition();
    return node.id() !== '1' && at.x > 20 && at.x < cy.width() - 60 && at.y > 80 && at.y < cy.height() - 130;
  })[0].id();
}"""
MADE = """() => cnc.map.state.scene.nodes
  .filter(node => ['', 'being measured'].includes(node.tip.state)).length"""


@dataclass
class Work:
    """How many runs have ended."""

    done: int = 0


@contextmanager
def working(laboratory: Laboratory) -> Iterator[Work]:
    """Let runs end while the block lasts, several in each transaction."""
    stop, progress = threading.Event(), Work()

    def work() -> None:
        while not stop.wait(PAUSE_S):
            if not (ended := laboratory.play_together(TOGETHER)):
                break
            progress.done += ended

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join()


def place_on_page(page: Page, model: str) -> dict[str, float]:
    place = """id => {
      const cy = cnc.map.state.cy;
      const [at, frame] = [cy.getElementById(id).renderedPosition(), cy.container().getBoundingClientRect()];
      return { x: frame.left + at.x, y: frame.top + at.y };
    }"""
    found: dict[str, float] = page.evaluate(place, model)
    return found


def test_zoom_hover_and_selection_stay_while_models_are_made(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play(3)
    laboratory.sweep(project, base.id, SWEEP)
    page.goto(f"{address}/")
    wait_until_drawn(page)
    page.evaluate("() => cnc.map.change(() => cnc.folds.openAll())")
    page.click("[data-tool=in]")
    pointed = page.evaluate(IN_FRAME)
    page.evaluate("() => cnc.selection.set(['1'], '')")
    page.mouse.move(**place_on_page(page, pointed))
    page.wait_for_function("id => cnc.selection.hovered() === id", arg=pointed)
    before, made = page.evaluate(SEEN), page.evaluate(MADE)
    with working(laboratory) as progress:
        while progress.done < LEAST_RUNS:
            page.wait_for_timeout(300)
            assert page.evaluate(SEEN) == before
    # A model is made by one run, measured by two or three more.
    page.wait_for_function(f"least => ({MADE})() > least", arg=made + progress.done // 5)
    assert page.evaluate(SEEN) == before
    expect(page.locator("#overview-tab-label")).to_have_text("Selection · 1")


def test_what_people_look_at_stays_in_place_when_models_come_in_between(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play(3)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.1, 0.9)}),),))
    laboratory.play()
    page.goto(f"{address}/")
    wait_until_drawn(page)
    page.click("[data-tool=in]")
    page.mouse.move(**place_on_page(page, "3"))
    page.wait_for_function("() => cnc.selection.hovered() === '3'")
    before = page.evaluate(SEEN)
    laboratory.sweep(project, base.id, SWEEP[:1])
    with working(laboratory):
        page.wait_for_function(f"() => ({MADE})() > 12")
    after = page.evaluate(SEEN)
    assert (after["zoom"], after["hovered"], after["places"]["3"]) == (
        before["zoom"],
        "3",
        before["places"]["3"],
    )
    assert page.locator(".ov-tip").is_visible()
