"""The preview of a new experiment while somebody types: from a key until the page shows what it means."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.browser import opened
from benchmarks.overview_server import serving
from core.services.workers.built_in import built_in
from core.services.workers.workers import announce, list_workers
from core.testing.laboratory import Laboratory
from core.testing.projects.planted_base import plant_base, transformer_layers

if TYPE_CHECKING:
    from playwright.sync_api import Page

BLOCKS = 50
RUNS = 9
LIMIT_MS = 200.0
_SHOWN = "() => document.querySelector('.plan-facts')"
_GONE = "() => !document.querySelector('.plan-facts')"


def preview_ms() -> Mapping[str, Any]:
    """Correct a value for a model of 400 layers, pruned three ways and quantized, until that is previewed."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), _fill) as address, opened() as page:
        page.goto(f"{address}/p/digits/queue")
        _composed(page)
        times = []
        field = page.get_by_label("Bits")
        for _ in range(RUNS + 1):
            field.press("End")
            field.press("x")
            page.wait_for_function(_GONE)
            start = time.perf_counter()
            field.press("Backspace")
            page.wait_for_function(_SHOWN)
            times.append((time.perf_counter() - start) * 1000)
        value = median(times[1:])
    return {"value": value, "unit": "ms", "baseline": LIMIT_MS, "ratio": value / LIMIT_MS, "runs": RUNS}


def _fill(laboratory: Laboratory) -> None:
    (worker,) = list_workers(laboratory.app)
    announce(laboratory.app, worker, built_in())
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    plant_base(laboratory, base.id, transformer_layers(BLOCKS))


def _composed(page: Page) -> None:
    page.get_by_role("button", name="+ New experiment").click()
    for step, technique in ((1, "Magnitude pruning"), (2, "Weight-only quantization")):
        page.get_by_role("textbox", name=f"Technique of step {step}").last.click()
        page.get_by_role("option", name=technique).last.click()
        if step == 1:
            page.get_by_role("button", name="+ Add a step").click()
    page.get_by_label("Sparsity").fill("0.3, 0.5, 0.7")
    page.locator(".plan-facts").wait_for()


FIGURES = {"compose.preview_ms": preview_ms}
IN_BROWSER = frozenset(FIGURES)
