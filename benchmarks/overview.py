"""The Overview in headless Chromium: how fast a click shows everywhere, and how fast a page opens."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import opened
from benchmarks.overview_server import served
from benchmarks.painted import CLOCK

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLICK_LIMITS_MS = {65: 80.0, 1_000: 120.0, 5_000: 250.0}
OPEN_LIMITS_S = {65: 2.0, 1_000: 3.0, 5_000: 5.0}
BYTES_LIMIT = 400_000.0
DETAILS_LIMIT_MS = 200.0
FIRST_PAINT_LIMIT_S = 1.5
SELECTED = (2, 3, 4, 8, 16, 64) * 2
CLICKS = 15
OPENINGS = 5

_DRAWN = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const points = gd && gd.data && gd._fullLayout && gd.data.find(one => one.meta === 'points');
  const map = window.cnc?.map?.state;
  return Boolean(points && points.x.length && map && map.cy && map.cy.nodes().length);
}"""

# From the release of the mouse button to the frame that shows map and plot with their new selection.
_LISTEN = """() => {
  window.clickTimes = [];
  let released = null;
  window.addEventListener('pointerup', event => { released = event.timeStamp; }, true);
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const placed = new Set(gd.data.find(one => one.meta === 'points').customdata);
  const chosen = () => [...cnc.selection.selected()];
  const drawn = () => String(cnc.rings.drawn()) === String(chosen().filter(id => placed.has(id)))
    && cnc.map.state.cy.nodes(':selected').length === chosen().length;
  cnc.selection.views.clock = { select: () => {
    if (released === null) return;
    const start = released;
    released = null;
    const look = () => requestAnimationFrame(() => setTimeout(() => {
      if (drawn()) window.clickTimes.push(performance.now() - start);
      else look();
    }));
    look();
  } };
}"""

# Models that are shown in the frame, away from what lies over its edges.
_PLACES = """() => {
  const cy = cnc.map.state.cy;
  const frame = cy.container().getBoundingClientRect();
  return cy.nodes("[look = 'made']").map(node => node.renderedPosition())
    .filter(at => at.x > 0 && at.x < cy.width() && at.y > 70 && at.y < cy.height() - 110)
    .map(at => [frame.left + at.x, frame.top + at.y]);
}"""


# From a selection to the frame that shows the bars or the table of just these models.
_DETAILS = """count => new Promise(resolve => {
  const nodes = cnc.map.state.scene.nodes;
  const first = Math.floor(Math.random() * (nodes.length - count));
  const ids = nodes.slice(first, first + count).map(node => node.id);
  const start = performance.now();
  const drawn = () => {
    const rows = document.querySelectorAll('#overview-differences [data-select]');
    if (rows.length === count && ids.includes(rows[0].dataset.select)) {
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    } else setTimeout(drawn, 2);
  };
  cnc.selection.set(ids, '');
  drawn();
})"""


def click(size: int) -> Mapping[str, Any]:
    """Return the median milliseconds from a click on a node to the highlighted plot."""
    with _page(size) as (page, address):
        _open(page, address)
        page.wait_for_timeout(3_000)
        page.evaluate(_LISTEN)
        for place in itertools.islice(itertools.cycle(page.evaluate(_PLACES)), CLICKS):
            page.mouse.click(*place)
            page.wait_for_timeout(400)
        times = page.evaluate("() => window.clickTimes")
    return _figure(statistics.median(times), "ms", CLICK_LIMITS_MS[size], len(times))


def opening(size: int) -> Mapping[str, Any]:
    """Return the median seconds from an address to map and plot, with a warm cache."""
    with _page(size) as (page, address):
        _open(page, address)
        times = [_open(page, address) for _ in range(OPENINGS)]
    return _figure(statistics.median(times), "s", OPEN_LIMITS_S[size], OPENINGS)


def first_paint(size: int) -> Mapping[str, Any]:
    """Return the median seconds from a navigation until pixels of both map and plot are painted."""
    return _figure(statistics.median(map(max, _first_paints(size))), "s", FIRST_PAINT_LIMIT_S, OPENINGS)


def first_paint_lead(size: int) -> Mapping[str, Any]:
    """Return by how many seconds the map is painted before the plot, in the median; below 0: after it."""
    lead = statistics.median(plot - map_ for map_, plot in _first_paints(size))
    return {"value": lead, "unit": "s", "baseline": None, "ratio": None, "runs": OPENINGS}


@cache
def _first_paints(size: int) -> tuple[tuple[float, float], ...]:
    """Return when map and plot were painted, for several openings with a warm cache."""
    with _page(size) as (page, address):
        page.add_init_script(CLOCK)
        return tuple(_painted(page, address) for _ in range(OPENINGS + 1))[1:]


def _painted(page: Page, address: str) -> tuple[float, float]:
    page.goto(address)
    both = "() => window.firstPaint.map && window.firstPaint.plot && window.firstPaint"
    found = page.wait_for_function(both, timeout=60_000).json_value()
    return found["map"], found["plot"]


def sent(size: int) -> Mapping[str, Any]:
    """Return the compressed bytes of one opening besides scripts, styles and fonts."""
    with _page(size) as (page, address):
        _open(page, address)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, str] = {}
        received: list[float] = []
        session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))

        def finished(told: dict[str, Any]) -> None:
            if kinds.get(told["requestId"]) not in _STATIC:
                received.append(told["encodedDataLength"])

        session.on("Network.loadingFinished", finished)
        _open(page, address)
        page.wait_for_timeout(1_000)
    return _figure(sum(received), "bytes", BYTES_LIMIT, 1)


def details(size: int) -> Mapping[str, Any]:
    """Return the median milliseconds from a selection of 2 to 64 models to the drawn details."""
    with _page(size) as (page, address):
        _open(page, address)
        page.wait_for_timeout(3_000)
        times = [page.evaluate(_DETAILS, count) for count in SELECTED]
    return _figure(statistics.median(times), "ms", DETAILS_LIMIT_MS, len(times))


_STATIC = {"Script", "Stylesheet", "Font", "Image"}


def _figure(value: float, unit: str, limit: float, runs: int) -> Mapping[str, Any]:
    """Return a figure whose baseline is the limit it must keep."""
    return {"value": value, "unit": unit, "baseline": limit, "ratio": value / limit, "runs": runs}


def _open(page: Page, address: str) -> float:
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(_DRAWN, timeout=60_000)
    return time.perf_counter() - start


@contextmanager
def _page(size: int) -> Iterator[tuple[Page, str]]:
    """Open a browser on a finished project of `size` models."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), size) as address, opened() as page:
        yield page, address


FIGURES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    **{f"overview.open_s.{size}": partial(opening, size) for size in OPEN_LIMITS_S},
    **{f"overview.click_ms.{size}": partial(click, size) for size in CLICK_LIMITS_MS},
    "overview.first_paint_map_s": partial(first_paint, 65),
    "overview.first_paint_lead_s": partial(first_paint_lead, 65),
    "overview.details_ms.1000": partial(details, 1_000),
    "overview.bytes.1000": partial(sent, 1_000),
}
IN_BROWSER = tuple(FIGURES)
