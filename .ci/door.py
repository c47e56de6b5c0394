"""The door test: what a newcomer does first, in a checkout without `.venv`. Needs nothing but Python.

`make run` installs and starts; the page answers; a first compressed model gets its metrics; Ctrl-C ends
everything; a second start continues where the first one stopped and queues nothing twice.

    python3 .ci/door.py [CHECKOUT]
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

INSTALL_S = 1200.0
START_S = 60.0
MODEL_S = 180.0
STOP_S = 40.0
STOPPED = (0, 130, -signal.SIGINT)
"""How make may end after Ctrl-C."""


class Door:
    """A checkout, an own data folder and a free port; starts and stops `make run` there."""

    def __init__(self, checkout: Path, data: Path) -> None:
        self.checkout, self.data = checkout, data
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        own = {name: value for name, value in os.environ.items() if not name.startswith(("CNC_", "MAKE"))}
        self.environment = {**own, "CNC_DATA_DIR": str(data), "CNC_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        self.output = data.parent / "make-run.log"
        self.process: subprocess.Popen[bytes] | None = None

    def open(self, within_s: float) -> None:
        """Start `make run` in a process group of its own, as a shell does, and wait for the page."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["make", "--no-print-directory", "run"],
                cwd=self.checkout,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_for("the page", self.answers, within_s)

    def answers(self) -> bool:
        """Return whether the page is there and its database is ready."""
        try:
            for path in ("/readyz", "/"):
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status != 200:
                        return False
        except OSError:
            return False
        return True

    def wait_for(self, what: str, look: Callable[[], Any], within_s: float) -> float:
        """Return the seconds until `look` returned something true; end the test if that never comes."""
        started = time.monotonic()
        while not look():
            require(self.lives(), "`make run` ended by itself", self)
            require(time.monotonic() - started < within_s, f"{what} did not come within {within_s:g} s", self)
            time.sleep(0.5)
        return time.monotonic() - started

    def lives(self) -> bool:
        """Return whether `make run` goes on."""
        return self.process is not None and self.process.poll() is None

    def ask(self, *command: str) -> list[dict[str, Any]]:
        """Return what a listing command of the console prints for programs."""
        console = self.checkout / ".venv" / "bin" / "compress-compare"
        asked = [str(console), *command, "--json"]
        done = subprocess.run(asked, env=self.environment, check=True, stdout=subprocess.PIPE)
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def measured(self) -> dict[int, dict[str, float]]:
        """Return the metrics of each compressed model that has some."""
        models = self.ask("models")
        return {model["id"]: model["metrics"] for model in models if model["parents"] and model["metrics"]}

    def queued(self) -> dict[str, list[int]]:
        """Return the ids of everything that was ever queued."""
        return {
            what: sorted(row["id"] for row in self.ask(what))
            for what in ("projects", "models", "experiments", "runs")
        }

    def interrupt(self) -> None:
        """Press Ctrl-C: the whole foreground process group gets SIGINT. Nothing may be left behind."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            require(False, f"`make run` goes on {STOP_S:g} s after Ctrl-C", self)
        require(code in STOPPED, f"`make run` ended with {code} after Ctrl-C", self)
        for sign in ("Traceback", "Error", "started again"):
            require(sign not in self.output.read_text(), f"`make run` printed {sign!r}", self)
        require(not (left := self.processes()), f"processes are left: {left}", self)

    def processes(self) -> list[str]:
        """Return the command lines of all processes that work for this data folder."""
        mark = f"CNC_DATA_DIR={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has ended, or belongs to somebody else
                continue
        return found

    def close(self) -> None:
        """Kill what a failed test left."""
        if self.process is not None and self.lives():
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def require(condition: bool, message: str, door: Door) -> None:
    """End the test with a message and what `make run` printed, unless the condition holds."""
    if not condition:
        sys.exit(f"The door test failed: {message}.\n--- make run printed:\n{door.output.read_text()}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def first_start(door: Door) -> dict[str, list[int]]:
    """From nothing to the first compressed model; return what was queued."""
    say(f"make run in {door.checkout}, which installs everything first")
    door.open(INSTALL_S + START_S)
    say("installed, and the page answers")
    seconds = door.wait_for("a compressed model with metrics", door.measured, MODEL_S)
    say(f"the first compressed model has metrics {seconds:.0f} s later")
    before = door.queued()
    require(len(before["projects"]) == len(before["experiments"]) == 1, f"queued: {before}", door)
    door.interrupt()
    return before


def second_start(door: Door, before: dict[str, list[int]]) -> None:
    """Everything is as it was, and work goes on."""
    kept = door.measured()
    door.open(START_S)
    door.wait_for("another model", lambda: len(door.measured()) > len(kept), MODEL_S)
    after = door.queued()
    require(after == before, f"the second start changed what is queued from {before} to {after}", door)
    found = door.measured()
    changed = [one for one, metrics in kept.items() if not metrics.items() <= found.get(one, {}).items()]
    require(not changed, f"the metrics of models {changed} changed from {kept} to {found}", door)
    say(f"a second start kept all {len(after['models'])} models and made others")
    door.interrupt()


def say(message: str) -> None:
    """Print a line of progress."""
    sys.stdout.write(f"door: {message}\n")
    sys.stdout.flush()


def main(checkout: Path) -> None:
    """Run the test; exit with a message if something is wrong."""
    if (checkout / ".venv").exists():
        sys.exit(f"{checkout / '.venv'} exists, but this test must start from nothing.")
    with tempfile.TemporaryDirectory(prefix="cnc-door-") as folder:
        door = Door(checkout, Path(folder) / "data")
        try:
            before = first_start(door)
            second_start(door, before)
        finally:
            door.close()
    say("Ctrl-C ended both starts and left no process")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve())
