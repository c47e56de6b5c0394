"""The first minute, from `make run` with packages installed: the page, and the first model to look at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.browser import opened
from benchmarks.overview_server import free_port
from benchmarks.painted import PAINTED
from core.testing.running import wait_for

PAGE_LIMIT_S = 5.0
MODEL_LIMIT_S = 20.0
PAGE_RUNS = 3
IN_BROWSER = ("start.first_model_s",)
_PATIENCE_S = 120.0
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Started:
    """A fresh installation: its address, and when `make run` was typed (monotonic seconds)."""

    url: str
    at: float

    @property
    def elapsed_s(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self.at

    def answers(self) -> bool:
        """Return whether the page is there."""
        try:
            with urlopen(self.url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def page() -> Mapping[str, Any]:
    """Return the seconds until the page answers: the fastest of several fresh installations."""
    return _figure(min(_page_s() for _ in range(PAGE_RUNS)), PAGE_LIMIT_S, PAGE_RUNS)


def first_model() -> Mapping[str, Any]:
    """Return the seconds until a compressed model with metrics is visible in map and scatterplot."""
    with opened() as browser, _make_run() as started:
        browser.add_init_script(PAINTED)
        wait_for("the page", started.answers, within_s=_PATIENCE_S)
        browser.goto(started.url)
        seen = "() => { const there = window.painted(true); return there.map && there.plot; }"
        browser.wait_for_function(seen, polling=100, timeout=_PATIENCE_S * 1000)
        value = started.elapsed_s
    return _figure(value, MODEL_LIMIT_S, 1)


def _page_s() -> float:
    with _make_run() as started:
        wait_for("the page", started.answers, within_s=_PATIENCE_S)
        return started.elapsed_s


@contextmanager
def _make_run() -> Iterator[Started]:
    """Type `make run` with the packages of this environment, an own data folder and a free port."""
    installed = ["-o", ".venv/installed-run", f"BIN={Path(sys.executable).parent}"]
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        port = str(free_port())
        chosen = {"CNC_DATA_DIR": folder, "CNC_PORT": port, "PYTHONPATH": str(_ROOT)}
        started = Started(f"http://127.0.0.1:{port}", time.monotonic())
        process = subprocess.Popen(
            ["make", *installed, "run"],
            cwd=_ROOT,
            env={**os.environ, **chosen},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield started
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def _figure(value: float, limit: float, runs: int) -> dict[str, Any]:
    return {"value": round(value, 2), "unit": "s", "baseline": limit, "ratio": value / limit, "runs": runs}


FIGURES = {"start.page_s": page, "start.first_model_s": first_model}
