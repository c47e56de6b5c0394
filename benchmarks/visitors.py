"""Fifty people at work while workers finish runs: latency of real callbacks, errors, growth of the server.

A headless Chromium opens the pages of a project of 1,000 models once; what it asks the server meanwhile,
Dash's callbacks and documents of live pages, is recorded. Fifty HTTP clients then send these requests again
and again over loopback, with the pauses of people who read, while runs end through the services that workers
call (nothing is computed). The database is Postgres on the same machine. CNC_TEST_LOAD_S sets the seconds of
measuring: 180, or 900 for the long form.
"""

from __future__ import annotations

import http.client
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.browser import opened
from benchmarks.load import DONE_BEFORE, RECIPES, TOGETHER, resident_mb
from benchmarks.overview_server import deployed
from core.testing.laboratory import Laboratory
from core.testing.running import Installation
from core.testing.servers.servers import PostgresServer, database

PEOPLE = 50
RUNS_PER_S = 10
PAUSE_S = (1.0, 5.0)
"""From an answer to the next request of the same person."""
WARM_S = 15.0
SECONDS = float(os.environ.get("CNC_TEST_LOAD_S") or 180)
PAGES = (
    "/p/digits/overview",
    "/p/digits/overview?selected=2-6&tab=table",
    "/p/digits/compare?selected=2.3.4&tab=metrics",
    "/p/digits/queue",
    "/p/digits/models",
)
LIMIT_MS, LIMIT_ERRORS, LIMIT_GROWTH_MB = 500.0, 0.0, 50.0
_ASKED = ("/_dash-update-component", "/live")


@dataclass(frozen=True)
class Request:
    """One request of a page, as the browser sent it."""

    method: str
    path: str
    body: str


@dataclass
class Measured:
    """What the clients saw; times in seconds."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ended: int = 0
    growth_mb: float = 0.0


@dataclass
class Load:
    """What the threads share."""

    found: Measured = field(default_factory=Measured)
    measuring: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)


@cache
def measured() -> Measured:
    """Return what 50 clients see."""
    with PostgresServer() as server, database(server.url) as url, tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), database_url=url)
        installation.prepare()
        with closing(installation.open()) as product:
            laboratory = Laboratory(product)
            laboratory.open()
            project = laboratory.project()
            laboratory.sweep(project, laboratory.base(project).id, RECIPES)
            for _ in range(DONE_BEFORE // TOGETHER):
                laboratory.play_together(TOGETHER)
            with deployed(installation) as (address, pid):
                return _watched(laboratory, address, pid)


def recorded(address: str) -> list[Request]:
    """Return what a browser asks while its person looks at the pages."""
    found: list[Request] = []
    with opened() as page:

        def note(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.path in _ASKED:
                query = f"?{parts.query}" if parts.query else ""
                found.append(Request(request.method, f"{parts.path}{query}", request.post_data or ""))

        page.set_default_timeout(300_000)  # what matters here is what it asks, not when
        page.on("request", note)
        for path in PAGES:
            page.goto(f"http://{address}{path}")
            page.locator("#page").wait_for()
            page.wait_for_timeout(5_000)  # what follows the first paint is part of the visit
    return found


def _watched(laboratory: Laboratory, address: str, pid: int) -> Measured:
    load, requests = Load(), recorded(address)
    people = [
        threading.Thread(target=_visit, args=(number, address, requests, load)) for number in range(PEOPLE)
    ]
    threads = [*people, threading.Thread(target=_work, args=(laboratory, load))]
    for thread in threads:
        thread.start()
    load.stop.wait(WARM_S)
    before_mb = resident_mb(pid)
    load.measuring.set()
    load.stop.wait(SECONDS)
    load.measuring.clear()
    load.found.growth_mb = resident_mb(pid) - before_mb
    load.stop.set()
    for thread in threads:
        thread.join()
    return load.found


def _visit(number: int, address: str, requests: list[Request], load: Load) -> None:
    """Send the recorded requests in their order, from another one on than the others."""
    chance = random.Random(number)
    connection = http.client.HTTPConnection(address, timeout=120)
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip", "Origin": f"http://{address}"}
    at = chance.randrange(len(requests))
    load.stop.wait(chance.uniform(0, PAUSE_S[1]))
    while not load.stop.is_set():
        wanted = requests[at % len(requests)]
        at += 1
        started = time.perf_counter()
        try:
            connection.request(wanted.method, wanted.path, wanted.body.encode() or None, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status = -1
            load.found.errors.append(repr(error))
        if status >= 400:
            load.found.errors.append(f"{wanted.path[:60]}: {status}")
        if load.measuring.is_set():
            load.found.times.append(time.perf_counter() - started)
        load.stop.wait(chance.uniform(*PAUSE_S))
    connection.close()


def _work(laboratory: Laboratory, load: Load) -> None:
    """End runs at their pace; queue the same sweep in another project when all are done."""
    started, ended, more = time.monotonic(), 0, 0
    while not load.stop.wait(max(0.0, started + ended / RUNS_PER_S - time.monotonic())):
        if not laboratory.play_one():
            more += 1
            project = laboratory.project(f"More {more}", f"more-{more}")
            laboratory.sweep(project, laboratory.base(project).id, RECIPES)
            continue
        ended += 1
        load.found.ended += load.measuring.is_set()


def p95() -> Mapping[str, Any]:
    """Return the 95th percentile of the milliseconds that a request takes."""
    times = sorted(measured().times)
    return _figure(1000 * times[int(0.95 * len(times))], "ms", LIMIT_MS, len(times))


def errors() -> Mapping[str, Any]:
    """Return how many requests failed: no answer, or a status of 400 and above."""
    return _figure(len(measured().errors), "", LIMIT_ERRORS, len(measured().times))


def growth() -> Mapping[str, Any]:
    """Return by how many MB the server grew."""
    return _figure(measured().growth_mb, "MB", LIMIT_GROWTH_MB, 1)


def pace() -> Mapping[str, Any]:
    """Return how many runs ended per second meanwhile."""
    return _figure(measured().ended / SECONDS, "1/s", RUNS_PER_S, 1)


def _figure(value: float, unit: str, limit: float, runs: int) -> Mapping[str, Any]:
    return {
        "value": value,
        "unit": unit,
        "baseline": limit,
        "ratio": value / limit if limit else None,
        "runs": runs,
    }


FIGURES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "load.p95_ms": p95,
    "load.errors": errors,
    "load.memory_growth_mb": growth,
    "load.ended_per_s": pace,
}
