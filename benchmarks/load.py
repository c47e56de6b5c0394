"""Live pages while runs end and many people look: latency and size of a poll, and what the server holds.

Browsers are simulated: HTTP clients of this process that send what `dashboard/assets/live.js` sends, at its
pace, over loopback, and apply the answers. Runs end through the services that workers call. The server is the
one that is deployed; it holds a project of 1,000 models and another with 100,000 finished runs.
"""

from __future__ import annotations

import atexit
import gzip
import http.client
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.overview_server import deployed
from core.domain.recipe import SweepStep
from core.testing.browser.live_tab import Tab, overview_parts
from core.testing.laboratory import LATENCY, SIZE, Laboratory
from core.testing.projects.planted_runs import plant_finished
from core.testing.running import Installation

RUNS_PER_S = 5
POLL_S = 1.5  # `BUSY_MS` of live.js
WARM_S = 20.0
"""Longest wait for one more page to be complete before measuring begins."""
MEASURED_S = {1: 9.0, 10: 9.0, 30: 25.0}
"""Seconds of measuring by number of browsers; those that are asked for follow each other on one server."""
MOST = max(MEASURED_S)
DONE_BEFORE = 1_000  # of about 3,000 runs
TOGETHER = 50
FINISHED = 100_000  # runs of the other project
KINDS = 6  # of pages that people look at, in `parts_of`
QUEUE_KIND = 5  # the Queue page
LIMIT_MS, LIMIT_BYTES, LIMIT_GROWTH_MB = 500.0, 20_000.0, 30.0
RECIPES = (
    (
        SweepStep("prune", {"sparsity": tuple(round(0.0125 * at, 4) for at in range(1, 78))}),
        SweepStep("fine-tune", {"epochs": (1, 2, 3)}),
        SweepStep("quantize", {"bits": (8, 6, 4)}),
    ),
)
"""1,001 models besides the base."""


@dataclass(frozen=True)
class Poll:
    """One answer as a browser saw it. took_s: from sending the question until the answer was there."""

    browser: int
    took_s: float
    size_bytes: int

    @property
    def of_queue(self) -> bool:
        """Whether the browser looks at the Queue page."""
        return self.browser % KINDS == QUEUE_KIND


@dataclass
class Measured:
    """What the browsers saw while `ended` runs ended."""

    polls: list[Poll] = field(default_factory=list)
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
    return kinds[browser % KINDS]()


@contextmanager
def busy_project() -> Iterator[tuple[Laboratory, str, int]]:
    """Serve a project of 1,000 models, a third of whose runs are done; yield also address and process id."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        installation = Installation(Path(folder))
        installation.prepare()
        with closing(installation.open()) as product:
            laboratory = Laboratory(product)
            laboratory.open()
            _history(laboratory)
            project = laboratory.project()
            laboratory.sweep(project, laboratory.base(project).id, RECIPES)
            for _ in range(DONE_BEFORE // TOGETHER):
                laboratory.play_together(TOGETHER)
            with deployed(installation) as (address, pid):
                yield laboratory, address, pid


def _history(laboratory: Laboratory) -> None:
    past = laboratory.project("Finished", "finished")
    base = laboratory.base(past)
    laboratory.play()
    plant_finished(laboratory.app, past.id, base.id, FINISHED)


@cache
def measured(browsers: int) -> Measured:
    """Return what so many browsers see together while runs end."""
    laboratory, address, pid = _busy()
    return _watched(browsers, laboratory, address, pid)


@cache
def _busy() -> tuple[Laboratory, str, int]:
    """Return the project that all figures look at, served until the measuring ends; see `busy_project`."""
    opened = ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(busy_project())


def _watched(browsers: int, laboratory: Laboratory, address: str, pid: int) -> Measured:
    found, watch = Measured(), _Watch()
    threads = [
        threading.Thread(target=_browse, args=(address, number, found, watch)) for number in range(browsers)
    ]
    threads.append(threading.Thread(target=_work, args=(laboratory, found, watch)))
    for thread in threads:
        thread.start()
    for _ in range(browsers):
        watch.shown.acquire(timeout=WARM_S)
    before_mb = resident_mb(pid)
    watch.measuring.set()
    watch.stop.wait(MEASURED_S[browsers])
    found.growth_mb = resident_mb(pid) - before_mb
    watch.stop.set()
    for thread in threads:
        thread.join()
    return found


@dataclass(frozen=True)
class _Watch:
    """What the threads of one watch tell each other; `shown` is released once per page that is complete."""

    shown: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    measuring: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)


def _browse(address: str, number: int, found: Measured, watch: _Watch) -> None:
    """Poll as a browser does: again a while after the answer, whole documents at first.

    Those are what opening a page costs, not a poll, and are left out.
    """
    tab = Tab(parts_of(number))
    connection = http.client.HTTPConnection(address, timeout=120)
    watch.stop.wait(random.Random(number).uniform(0, POLL_S))
    complete = False
    while not watch.stop.is_set():
        started = time.perf_counter()
        connection.request(
            "GET", f"/live?q={quote(tab.question())}", headers={"Accept-Encoding": "gzip", "Host": address}
        )
        answer = connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - started
        if watch.measuring.is_set() and complete:
            found.polls.append(Poll(number, took, len(content)))
        packed = answer.getheader("Content-Encoding") == "gzip"
        tab.take(json.loads(gzip.decompress(content) if packed else content))
        if not complete:
            watch.shown.release()
        complete = True
        watch.stop.wait(POLL_S)
    connection.close()


def _work(laboratory: Laboratory, found: Measured, watch: _Watch) -> None:
    started, ended = time.monotonic(), 0
    while not watch.stop.wait(max(0.0, started + ended / RUNS_PER_S - time.monotonic())):
        if not laboratory.play_one():
            return
        ended += 1
        found.ended += watch.measuring.is_set()


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    return own + sum(resident_mb(int(child)) for child in children)


def latency(browsers: int) -> Mapping[str, Any]:
    """Return the 95th percentile of the milliseconds that a poll takes."""
    return _percentile(measured(browsers).polls)


def queue_latency() -> Mapping[str, Any]:
    """Return the same of the Queue pages among 30 browsers, with 100,000 finished runs."""
    return _percentile([poll for poll in measured(MOST).polls if poll.of_queue])


def poll_bytes() -> Mapping[str, Any]:
    """Return the mean bytes of an answer, compressed, to one of 30 browsers."""
    return _mean_bytes(measured(MOST).polls)


def queue_bytes() -> Mapping[str, Any]:
    """Return the same of the Queue pages among them."""
    return _mean_bytes([poll for poll in measured(MOST).polls if poll.of_queue])


def growth() -> Mapping[str, Any]:
    """Return by how many MB the server grows while 30 browsers look and runs end."""
    return _figure(measured(MOST).growth_mb, "MB", LIMIT_GROWTH_MB, 1)


def pace() -> Mapping[str, Any]:
    """Return how many runs ended per second meanwhile; the load that the other figures are for."""
    return _figure(measured(MOST).ended / MEASURED_S[MOST], "1/s", RUNS_PER_S, 1)


def _percentile(polls: Sequence[Poll]) -> Mapping[str, Any]:
    times = sorted(poll.took_s for poll in polls)
    return _figure(1000 * times[int(0.95 * len(times))], "ms", LIMIT_MS, len(times))


def _mean_bytes(polls: Sequence[Poll]) -> Mapping[str, Any]:
    return _figure(statistics.mean(poll.size_bytes for poll in polls), "bytes", LIMIT_BYTES, len(polls))


def _figure(value: float, unit: str, limit: float, runs: int) -> Mapping[str, Any]:
    return {"value": value, "unit": unit, "baseline": limit, "ratio": value / limit, "runs": runs}


FIGURES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    **{f"load.live_p95_ms.{browsers}": partial(latency, browsers) for browsers in MEASURED_S},
    "load.poll_bytes": poll_bytes,
    "load.queue_poll_p95_ms": queue_latency,
    "load.queue_poll_bytes": queue_bytes,
    "load.growth_mb": growth,
    "load.runs_per_s": pace,
}
