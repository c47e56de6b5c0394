"""The Compare page in headless Chromium: how fast large evaluations open, and how fast a control answers."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.browser import opened
from benchmarks.outcomes import planted
from benchmarks.overview_server import serving
from core.domain.ids import ModelId
from core.testing.laboratory import Laboratory
from dashboard.views.compare.ids import Ids

OPEN_LIMITS_S = {"8x50k": 1.2, "2x1m": 4.0}
SIZES = {"8x50k": (8, 50_000, 100), "2x1m": (2, 1_000_000, 10)}
CHANGE_LIMIT_MS = 250.0
CHANGES = 10
_ROWS = ".compare-groups tbody tr:not(.compare-overall)"


def opening(size: str) -> dict[str, Any]:
    """Measure from the navigation to the table of groups, with nothing read before by the server."""
    with _study(size) as (address, ids), opened() as page:
        page.goto(f"{address}/queue")  # scripts and styles are in the browser's cache
        page.wait_for_load_state("networkidle")
        start = time.perf_counter()
        page.goto(f"{address}/p/digits/compare?selected={ids[1]}-{ids[-1]}&baseline={ids[0]}")
        page.locator(_ROWS).first.wait_for(timeout=60_000)
        value = time.perf_counter() - start
    return _figure(value, "s", OPEN_LIMITS_S[size], 1)


def metric_change() -> dict[str, Any]:
    """Measure from a click on what the cells show to the table that shows it."""
    with _study("8x50k") as (address, ids), opened() as page:
        page.goto(f"{address}/p/digits/compare?selected={ids[1]}-{ids[-1]}&baseline={ids[0]}")
        page.locator(_ROWS).first.wait_for(timeout=60_000)
        page.locator(".compare-instances").wait_for()
        page.locator(f"#{Ids.COSTLY_TOLD}").wait_for(state="detached", timeout=60_000)
        cells, times = page.get_by_role("group", name="Cells show"), []
        for each in range(CHANGES):
            label = ("Share right", "Change")[each % 2]
            start = time.perf_counter()
            cells.get_by_role("link", name=label, exact=True).click()
            cells.locator(".current", has_text=label).wait_for()
            times.append((time.perf_counter() - start) * 1000)
    return _figure(statistics.median(times), "ms", CHANGE_LIMIT_MS, CHANGES)


@contextmanager
def _study(size: str) -> Iterator[tuple[str, list[ModelId]]]:
    ids: list[ModelId] = []

    def fill(laboratory: Laboratory) -> None:
        ids.extend(planted(laboratory, *SIZES[size])[1])

    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder, serving(Path(folder), fill) as address:
        yield address, ids


def _figure(value: float, unit: str, limit: float, runs: int) -> dict[str, Any]:
    return {
        "value": round(value, 3),
        "unit": unit,
        "baseline": limit,
        "ratio": round(value / limit, 3),
        "runs": runs,
    }


FIGURES = {
    **{f"behaviours.open_s.{size}": partial(opening, size) for size in SIZES},
    "behaviours.metric_change_ms": metric_change,
}
IN_BROWSER = frozenset(FIGURES)
