"""The dashboard as benchmarks meet it: over a project of any size, or over an installation as deployed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

from flask import Flask

from core import settings
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import forest
from core.testing.projects.planting import plant
from core.testing.running import Installation
from dashboard.address import LONGEST_REQUEST_LINE
from dashboard.composition import build

WORKERS = 2
START_S = 60.0


def application() -> Flask:
    """Return what each of gunicorn's processes serves: the installation that the environment names."""
    return build(settings.load(dict(os.environ)))


@contextmanager
def served(folder: Path, size: int) -> Iterator[str]:
    """Serve a project of `size` models and tell its address."""

    def fill(laboratory: Laboratory) -> None:
        plant(laboratory.app, laboratory.project(), forest(size))

    with serving(folder, fill) as address:
        yield address


@contextmanager
def serving(folder: Path, fill: Callable[[Laboratory], None]) -> Iterator[str]:
    """Serve what `fill` puts into a new installation and tell its address."""
    installation = Installation(folder)
    installation.prepare()
    with closing(installation.open()) as product:
        laboratory = Laboratory(product)
        laboratory.open()
        fill(laboratory)
    address = f"127.0.0.1:{free_port()}"
    options = [f"--workers={WORKERS}", "--threads=8", f"--bind={address}", "--log-level=error"]
    options.append(f"--limit-request-line={LONGEST_REQUEST_LINE}")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, "benchmarks.overview_server:application()"],
        env={**os.environ, **installation.environment},
        cwd=Path(__file__).parents[1],
    )
    try:
        _wait(f"http://{address}/healthz")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def deployed(installation: Installation) -> Iterator[tuple[str, int]]:
    """Serve an installation as `compress-compare serve` does; yield address and process id."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "--calm"],
        env={
            **os.environ,
            **installation.environment,
            "CNC_HOST": "127.0.0.1",
            "CNC_PORT": str(port),
        },
        cwd=Path(__file__).parents[1],
    )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            with urlopen(url, timeout=20):
                return
        except OSError:  # not listening yet, or still importing
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
