"""Live pages while runs end and many people look: latency and size of a poll, and what the server holds.

Browsers are HTTP clients of this process that send what `dashboard/assets/live.js` sends, at its pace, and
apply the answers. Runs end through the services that workers call. The server is the one that is deployed.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.overview_server import deployed
from core.domain.recipe import SweepStep
from core.testing.laboratory import LATENCY, SIZE, Laboratory
from core.testing.live_tab import Tab, overview_parts
from core.testing.running import Installation

RUNS_PER_S = 5
POLL_S = 1.5  # `BUSY_MS` of live.js
WARM_S, MEASURED_S = 12.0, 45.0
DONE_BEFORE = 1_500  # of about 3,000 runs
TOGETHER = 50
BROWSERS = (1, 10, 30)
LIMIT_MS, LIMIT_BYTES, LIMIT_GROWTH_MB = 500.0, 20_000.0, 30.0
RECIPES = (
    (
        SweepStep("prune", {"sparsity": tuple(round(0.0125 * at, 4) for at in range(1, 78))}),
        SweepStep("fine-tune", {"epochs": (1, 2, 3)}),
        SweepStep("quantize", {"bits": (8, 6, 4)}),
    ),
)
"""1,001 models besides the base."""


@dataclass
class Measured:
    """What the browsers saw. latencies_s: from sending a question until its answer was there."""

    latencies_s: list[float] = field(default_factory=list)
    sizes_bytes: list[int] = field(default_factory=list)
    ended: int = 0
    growth_mb: float = 0.0


def parts_of(browser: int) -> dict[str, Any]:
    """Return what a browser shows: people look at different things, many at the Overview as it opens."""
    usual = partial(overview_parts, "digits", x=SIZE.name, y="top1")
    kinds: tuple[Callable[[], dict[str, Any]], ...] = (
        usual,
        partial(usual, selection=[2 + browser]),
        usual,
        partial(usual, tab="table"),
        partial(usual, plot="parallel", colour=LATENCY.name),
        lambda: {"shell": {"project": ""}, "queue": {"statuses": [], "kinds": [], "project": ""}},
    )
    return kinds[browser % len(kinds)]()


@contextmanager
def busy_project() -> Iterator[tuple[Laboratory, str, int]]:
    """Serve a project of 1,000 models, half of whose runs are done; yield also address and process id."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        installation = Installation(Path(folder))
        installation.prepare()
        with closing(installation.open()) as product:
            laboratory = Laboratory(product)
            laboratory.open()
            project = laboratory.project()
            laboratory.sweep(project, laboratory.base(project).id, RECIPES)
            for _ in range(DONE_BEFORE // TOGETHER):
                laboratory.play_together(TOGETHER)
            with deployed(installation) as (address, pid):
                yield laboratory, address, pid


@cache
def measured(browsers: int) -> Measured:
    """Return what so many browsers see together while runs end."""
    found, stop = Measured(), threading.Event()
    with busy_project() as (laboratory, address, pid):
        measuring = threading.Event()
        threads = [
            threading.Thread(target=_browse, args=(address, number, found, measuring, stop))
            for number in range(browsers)
        ]
        threads.append(threading.Thread(target=_work, args=(laboratory, found, measuring, stop)))
        for thread in threads:
            thread.start()
        stop.wait(WARM_S)
        before_mb = resident_mb(pid)
        measuring.set()
        stop.wait(MEASURED_S)
        found.growth_mb = resident_mb(pid) - before_mb
        stop.set()
        for thread in threads:
            thread.join()
    return found


def _browse(
    address: str, number: int, found: Measured, measuring: threading.Event, stop: threading.Event
) -> None:
    """Poll as a browser does: again a while after the answer, whole documents at first."""
    tab = Tab(parts_of(number))
    connection = http.client.HTTPConnection(address, timeout=120)
    stop.wait(random.Random(number).uniform(0, POLL_S))
    while not stop.is_set():
        started = time.perf_counter()
        connection.request(
            "GET", f"/live?q={quote(tab.question())}", headers={"Accept-Encoding": "gzip", "Host": address}
        )
        answer = connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - started
        if measuring.is_set():
            found.latencies_s.append(took)
            found.sizes_bytes.append(len(content))
        packed = answer.getheader("Content-Encoding") == "gzip"
        tab.take(json.loads(gzip.decompress(content) if packed else content))
        stop.wait(POLL_S)
    connection.close()


def _work(laboratory: Laboratory, found: Measured, measuring: threading.Event, stop: threading.Event) -> None:
    started, ended = time.monotonic(), 0
    while not stop.wait(max(0.0, started + ended / RUNS_PER_S - time.monotonic())):
        if not laboratory.play_one():
            return
        ended += 1
        found.ended += measuring.is_set()


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    return own + sum(resident_mb(int(child)) for child in children)


def latency(browsers: int) -> Mapping[str, Any]:
    """Return the 95th percentile of the milliseconds that a poll takes."""
    times = sorted(measured(browsers).latencies_s)
    return _figure(1000 * times[int(0.95 * len(times))], "ms", LIMIT_MS, len(times))


def poll_bytes() -> Mapping[str, Any]:
    """Return the mean bytes of an answer, compressed, to one of 30 browsers."""
    sizes = measured(max(BROWSERS)).sizes_bytes
    return _figure(statistics.mean(sizes), "bytes", LIMIT_BYTES, len(sizes))


def growth() -> Mapping[str, Any]:
    """Return by how many MB the server grows while 30 browsers look and runs end."""
    return _figure(measured(max(BROWSERS)).growth_mb, "MB", LIMIT_GROWTH_MB, 1)


def pace() -> Mapping[str, Any]:
    """Return how many runs ended per second meanwhile; the load that the other figures are for."""
    return _figure(measured(max(BROWSERS)).ended / MEASURED_S, "1/s", RUNS_PER_S, 1)


def _figure(value: float, unit: str, limit: float, runs: int) -> Mapping[str, Any]:
    return {"value": value, "unit": unit, "baseline": limit, "ratio": value / limit, "runs": runs}


FIGURES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    **{f"load.live_p95_ms.{browsers}": partial(latency, browsers) for browsers in BROWSERS},
    "load.poll_bytes": poll_bytes,
    "load.growth_mb": growth,
    "load.runs_per_s": pace,
}
