"""Training curves are drawn while a run goes on, on its panel and on the card of its model."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.domain.queue.run import Run
from core.domain.queue.training_curve import CurvePoint
from core.services.queue import run_lifecycle
from core.testing.browser.seen import marks_inside
from core.testing.laboratory import Laboratory


@pytest.fixture
def run(laboratory: Laboratory) -> Run:
    laboratory.base(laboratory.project())
    claimed = laboratory.claim()
    assert claimed is not None
    return claimed


def report(laboratory: Laboratory, run: Run, first: int, last: int) -> None:
    points = [
        CurvePoint(10 * n, n / 4, {"loss": 2.0 / n, **({"top1": 1 - 1 / n} if n % 4 == 0 else {})})
        for n in range(first, last + 1)
    ]
    message = f"epoch {last // 4 + 1} of 15"
    run_lifecycle.report_progress(laboratory.app, run.id, run.attempt, last / 60, message, curve=points)


def drawn(page: Page, count: int) -> list[dict[str, float]]:
    """Wait until the chart has `count` lines, and return what they look like."""
    found = page.wait_for_function(
        """count => {
            const plot = document.querySelector('.curve .js-plotly-plot');
            const frame = plot?.getBoundingClientRect();
            const lines = Array.from(plot?.querySelectorAll('.scatterlayer .trace') ?? [], trace => {
                const path = trace.querySelector('path.js-line').getBoundingClientRect();
                return {points: trace.querySelectorAll('.point').length,
                        width: path.width, height: path.height,
                        inside: path.left >= frame.left && path.right <= frame.right + 1
                            && path.bottom <= frame.bottom};
            });
            return lines.length === count && lines;
        }""",
        arg=count,
    )
    lines: list[dict[str, float]] = found.json_value()
    return lines


@pytest.mark.parametrize("where", ["queue", "overview"])
def test_a_curve_grows_while_the_run_goes_on(
    page: Page, laboratory: Laboratory, address: str, run: Run, where: str
) -> None:
    report(laboratory, run, 1, 4)
    state = f"run={run.id}" if where == "queue" else f"selected={run.model_id}"
    page.goto(f"{address}/p/digits/{where}?{state}")
    place = page.locator(".curve")
    expect(place.locator(".curve-title")).to_have_text("Loss 2 to 0.5 over 1 epoch, Top-1 accuracy 75.0 %")
    report(laboratory, run, 5, 12)
    expect(place.locator(".curve-title")).to_have_text("Loss 2 to 0.167 over 3 epochs, Top-1 accuracy 91.7 %")
    expect(place.locator(".scatterlayer .trace")).to_have_count(2)
    expect(place.locator(".point")).to_have_count(15)
    assert marks_inside(place.locator(".js-plotly-plot"), ".point") == 15
    loss, top1 = drawn(page, 2)
    assert (loss["points"], top1["points"]) == (12, 3)
    assert all(line["inside"] and line["width"] > 100 and line["height"] > 30 for line in (loss, top1))


def test_a_card_stays_while_its_curve_grows(
    page: Page, laboratory: Laboratory, address: str, run: Run
) -> None:
    """Chart and note are the same elements after every report, and the chart is never without its lines."""
    report(laboratory, run, 1, 4)
    page.goto(f"{address}/p/digits/overview?selected={run.model_id}")
    drawn(page, 2)
    page.evaluate(
        """() => {
          const plot = document.querySelector('.curve .js-plotly-plot');
          const note = document.getElementById('overview-note');
          window.kept = () => plot.isConnected && note.isConnected;
          window.fewest = 2;
          const look = () => {
            const lines = document.querySelectorAll('.curve .scatterlayer .trace').length;
            window.fewest = Math.min(window.fewest, lines);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    state = page.locator("#overview-state")
    for last, shown in ((8, "13 %"), (12, "20 %")):
        report(laboratory, run, last - 3, last)
        expect(state).to_have_text(shown)
        expect(page.locator(".curve .point")).to_have_count(last + last // 4)
    assert page.evaluate("() => [window.kept(), window.fewest]") == [True, 2]


def test_a_run_that_trains_nothing_has_no_chart(
    page: Page, laboratory: Laboratory, address: str, run: Run
) -> None:
    run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
    page.goto(f"{address}/p/digits/queue?run={run.id}")
    expect(page.locator(".panel-facts").first).to_be_visible()
    expect(page.locator(".curve-heading")).to_have_count(0)
