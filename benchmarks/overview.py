"""The Overview in headless Chromium: how fast a click shows everywhere, and how fast a page opens."""

from __future__ import annotations

import logging
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.serving import make_server

import dashboard
from core.domain.recipe import SweepStep
from core.testing.laboratory import Laboratory
from core.testing.running import Installation

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLICK_LIMIT_MS = 120.0
OPEN_LIMIT_S = 3.0
CLICKS = 15
OPENINGS = 5

_DRAWN = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const points = gd && gd.data && gd._fullLayout && gd.data.find(one => one.meta === 'points');
  const map = window.overviewMap && overviewMap.state;
  return Boolean(points && points.x.length && map && map.cy && map.cy.nodes().length);
}"""

# From the release of the mouse button to the frame that shows the plot with its new selection.
_LISTEN = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  window.clickTimes = [];
  let released = null;
  window.addEventListener('pointerup', event => { released = event.timeStamp; }, true);
  gd.on('plotly_restyle', () => requestAnimationFrame(() => setTimeout(() => {
    if (released !== null) window.clickTimes.push(performance.now() - released);
    released = null;
  })));
}"""

_PLACE = """id => {
  const cy = overviewMap.state.cy;
  const at = cy.getElementById(id).renderedPosition();
  const frame = cy.container().getBoundingClientRect();
  return [frame.left + at.x, frame.top + at.y];
}"""


def click_65() -> Mapping[str, Any]:
    """Return the median milliseconds from a click on a node to the highlighted plot, at 65 models."""
    with _page(12) as (page, address):
        _open(page, address)
        page.wait_for_timeout(3_000)
        page.evaluate(_LISTEN)
        for number in range(2, 2 + CLICKS):
            page.mouse.click(*page.evaluate(_PLACE, str(number)))
            page.wait_for_timeout(400)
        times = page.evaluate("() => window.clickTimes")
    return _figure(statistics.median(times), "ms", CLICK_LIMIT_MS, len(times))


def open_1000() -> Mapping[str, Any]:
    """Return the median seconds from an address to map and plot of 1,000 models, with a warm cache."""
    with _page(199) as (page, address):
        _open(page, address)
        times = [_open(page, address) for _ in range(OPENINGS)]
    return _figure(statistics.median(times), "s", OPEN_LIMIT_S, OPENINGS)


def _figure(value: float, unit: str, limit: float, runs: int) -> Mapping[str, Any]:
    """Return a figure whose baseline is the limit it must keep."""
    return {"value": value, "unit": unit, "baseline": limit, "ratio": value / limit, "runs": runs}


def _open(page: Page, address: str) -> float:
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(_DRAWN)
    return time.perf_counter() - start


@contextmanager
def _page(sparsities: int) -> Iterator[tuple[Page, str]]:
    """Open a browser on a finished project of 5 x `sparsities` + 5 models."""
    from playwright.sync_api import sync_playwright

    executable = (
        os.environ.get("CNC_TEST_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder), sparsities) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser.new_page(viewport={"width": 1440, "height": 900}), address
        browser.close()


@contextmanager
def _served(folder: Path, sparsities: int) -> Iterator[str]:
    installation = Installation(folder)
    installation.prepare()
    product = installation.open()
    _fill(Laboratory(product), sparsities)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, dashboard.create(product).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    product.close()


def _fill(laboratory: Laboratory, sparsities: int) -> None:
    laboratory.open()
    project = laboratory.project()
    values = tuple(round(0.2 + 0.75 * step / sparsities, 4) for step in range(sparsities))
    bits = SweepStep("quantize", {"bits": (8, 4, 2)})
    recipes = (
        (SweepStep("prune", {"sparsity": values}), SweepStep("fine-tune", {"epochs": (2,)}), bits),
        (SweepStep("quantize", {"bits": (8, 6, 4, 2)}),),
    )
    laboratory.sweep(project, laboratory.base(project).id, recipes)
    laboratory.play()


FIGURES = {"overview.click_ms.65": click_65, "overview.open_s.1000": open_1000}
