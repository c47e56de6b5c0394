"""Uploads whose sender or whose server vanishes half-way leave nothing behind, and the next one works."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from safetensors.numpy import save

from core.testing.running import Installation, wait_for
from core.testing.servers.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CONTENT = save({"weight": np.ones(2_000_000, np.float32)})
HEADERS = {"Sec-Fetch-Site": "same-origin"}


class Dashboard:
    """`python -m dashboard` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        installation = Installation(folder, extra={"CNC_PORT": str(self.port)})
        installation.prepare()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CNC_")}
        self._environment = {**inherited, **installation.environment}
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "dashboard", "--calm"]
        self._process = subprocess.Popen(command, env=self._environment, start_new_session=True)
        wait_for("the dashboard", self._answers)

    def end(self, how: signal.Signals) -> None:
        os.killpg(self._process.pid, how)
        self._process.wait(30)

    def parts(self) -> list[Path]:
        return [path for path in (self.folder / "cache").rglob("*.part") if path.stat().st_size]

    def stored(self) -> list[Path]:
        return [path for path in (self.folder / "artifacts").rglob("*") if path.is_file()]

    def upload(self) -> httpx.Response:
        address = f"{self.address}/uploads?name=w.safetensors"
        return httpx.post(address, content=CONTENT, headers=HEADERS, timeout=60)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Dashboard]:
    dashboard = Dashboard(tmp_path)
    yield dashboard
    dashboard.end(signal.SIGKILL)


def begin(served: Dashboard) -> socket.socket:
    """Send the first half of a file, and return the connection when the server has some of it on disk."""
    connection = socket.create_connection(("127.0.0.1", served.port))
    lines = [
        "POST /uploads?name=w.safetensors HTTP/1.1",
        f"Host: 127.0.0.1:{served.port}",
        "Sec-Fetch-Site: same-origin",
        f"Content-Length: {len(CONTENT)}",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + CONTENT[: len(CONTENT) // 2])
    wait_for("a part", served.parts)
    return connection


def test_a_sender_that_vanishes_leaves_nothing(served: Dashboard) -> None:
    begin(served).close()
    wait_for("an empty folder", lambda: not list((served.folder / "cache").rglob("*.part")))
    assert served.stored() == []
    assert served.upload().status_code == 200
    (stored,) = served.stored()
    assert stored.read_bytes() == CONTENT


def test_a_server_that_is_killed_stores_no_half_file(served: Dashboard) -> None:
    connection = begin(served)
    served.end(signal.SIGKILL)
    connection.close()
    assert served.stored() == []
    for left in served.parts():
        os.utime(left, (1, 1))  # as after an hour
    served.start()
    assert served.upload().status_code == 200
    assert len(served.stored()) == 1
    assert served.parts() == []
