"""The Layers tab in headless Chromium: how fast it opens, sorts and filters, over stored statistics."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import opened
from benchmarks.overview_server import serving
from core.domain.ids import ModelId
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import forest
from core.testing.projects.planted_layers import plant_weights, pruned, rounded
from core.testing.projects.planting import plant

if TYPE_CHECKING:
    from playwright.sync_api import Page

OPEN_LIMITS_S = {"resnet50x5": 1.0, "resnet50x16": 2.0, "transformer400x8": 2.0}
MODELS = {"resnet50x5": 5, "resnet50x16": 16, "transformer400x8": 8}
SORT_LIMIT_MS, REGEX_LIMIT_MS, EXPAND_LIMIT_MS, SENT_LIMIT_KB = 150.0, 200.0, 50.0, 400.0
REPEATS = 7
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def names_of(network: str) -> list[str]:
    """Return the names of the tensors of ResNet-50, or of a transformer of 400 modules with weights."""
    if network.startswith("resnet50"):
        import torch
        from torchvision.models import resnet50

        with torch.device("meta"):
            return [name for name, _ in resnet50().named_parameters()]
    parts = (
        "attention.query",
        "attention.key",
        "attention.value",
        "attention.output",
        "norm1",
        "mlp.up",
        "mlp.down",
        "norm2",
    )
    blocks = [f"blocks.{block}.{part}" for block in range(50) for part in parts]
    return [f"{module}.{tensor}" for module in blocks for tensor in ("weight", "bias")]


def opening(size: str) -> dict[str, Any]:
    """Measure from the navigation to rows with their histograms, with nothing read before by the server."""
    with _study(size) as (address, page):
        page.goto(address.partition("/p/")[0] + "/queue")  # scripts and styles are in the browser's cache
        page.wait_for_load_state("networkidle")
        start = time.perf_counter()
        page.goto(address)
        page.locator(".layers-row").first.wait_for(timeout=60_000)
        page.wait_for_function("() => cnc.layersPage.tab().bars.get(cnc.layersPage.tab().list[0])")
        page.evaluate(_PAINTED)
        value = time.perf_counter() - start
    return _figure(value, "s", OPEN_LIMITS_S[size], 1)


def sent_kb() -> dict[str, Any]:
    """Add up what the browser gets for the tab itself: table and drawings, as they travel."""
    with _study("transformer400x8") as (address, page):
        sizes: list[int] = []
        page.on("response", lambda answer: sizes.append(_size(answer)))
        page.goto(address)
        page.locator(".layers-row").first.wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle")
        return _figure(sum(sizes) / 1000, "kB", SENT_LIMIT_KB, 1)


def sorting() -> dict[str, Any]:
    """Measure from a press on the heading of a model to sorted rows that are painted, 800 flat ones."""
    return _acting(
        "&flat=1",
        SORT_LIMIT_MS,
        lambda page, turn: page.locator(".layers-heading button").nth(1 + turn % 8).click(),
    )


def filtering() -> dict[str, Any]:
    """Measure from a key to painted rows, for an expression that all 800 rows match."""

    def act(page: Page, turn: int) -> None:
        page.locator(".layers-search").fill(("blocks", "b", ".")[turn % 3])
        page.wait_for_function(
            "() => { const tab = cnc.layersPage.tab();"
            " return tab.view.pattern === tab.search.value && tab.found; }"
        )

    return _acting("&flat=1", REGEX_LIMIT_MS, act)


def expanding() -> dict[str, Any]:
    """Measure from a key that opens or closes a module to painted rows."""
    return _acting("&module=blocks.0", EXPAND_LIMIT_MS, lambda page, _: page.keyboard.press("Enter"))


def _acting(more: str, limit: float, act: Any) -> dict[str, Any]:
    with _study("transformer400x8") as (address, page):
        page.goto(address + more)
        page.locator(".layers-row").first.wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle")
        page.get_by_role("treegrid").focus()
        times = []
        for turn in range(REPEATS):
            start = time.perf_counter()
            act(page, turn)
            page.evaluate(_PAINTED)
            times.append((time.perf_counter() - start) * 1000)
            page.wait_for_load_state("networkidle")
    return _figure(statistics.median(times), "ms", limit, REPEATS)


@contextmanager
def _study(size: str) -> Iterator[tuple[str, Page]]:
    ids: list[ModelId] = []
    changes = [(pruned(0.3), 32), (pruned(0.9), 32), (rounded(127), 8), (rounded(7), 4)]

    def fill(laboratory: Laboratory) -> None:
        models = forest(MODELS[size] + 1, bases=1)
        ids.extend(plant(laboratory.app, laboratory.project(), models).values())
        plant_weights(
            laboratory.app, ids, names_of(size), [changes[each % 4] for each in range(MODELS[size])]
        )

    with (
        tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder,
        serving(Path(folder), fill) as address,
        opened() as page,
    ):
        yield f"{address}/p/digits/compare?selected={ids[1]}-{ids[-1]}&baseline={ids[0]}&tab=layers", page


def _size(answer: Any) -> int:
    wanted = "/layers/" in answer.url or "_dash-update-component" in answer.url
    return int(answer.request.sizes()["responseBodySize"]) if wanted else 0


def _figure(value: float, unit: str, limit: float, runs: int) -> dict[str, Any]:
    return {
        "value": round(value, 3),
        "unit": unit,
        "baseline": limit,
        "ratio": round(value / limit, 3),
        "runs": runs,
    }


FIGURES = {
    **{f"layers.open_s.{size}": partial(opening, size) for size in MODELS},
    "layers.sort_ms": sorting,
    "layers.regex_ms": filtering,
    "layers.expand_ms": expanding,
    "layers.sent_kb": sent_kb,
}
IN_BROWSER = frozenset(FIGURES)
