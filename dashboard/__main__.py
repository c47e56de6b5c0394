"""`python -m dashboard`: serve the dashboard with gunicorn, in threads, until told to stop."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing, suppress

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from core import logs, settings
from core.errors import CompressCompareError, Unavailable
from core.persistence.schema import require_current
from dashboard.address import LONGEST_REQUEST_LINE
from dashboard.composition import build, product

WORKERS = 1
THREADS = 16
"""Requests are short and wait for the database; the browser keeps a handful open at once."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn with settings from code; the application is built in the worker, after the fork."""

    def __init__(self, make: Callable[[], Flask], options: dict[str, object]) -> None:
        self._make, self._options = make, options
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the WSGI application."""
        return self._make()


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn's own lines as JSON."""

    def setup(self, cfg: object) -> None:
        """Write the lines as those of the product."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter("json"))


def require_usable(chosen: settings.Settings) -> None:
    """Return unless the database is there but cannot be used; one that is away for a while may come back.

    Raises:
        Misconfigured: it is empty, or from another version.
    """
    app = product(chosen)
    with closing(app), suppress(Unavailable):
        require_current(app.unit_of_work.engine)


def options(chosen: settings.Settings) -> dict[str, object]:
    """Return gunicorn's settings."""
    return {
        "bind": f"{chosen.host}:{chosen.port}",
        "workers": WORKERS,
        "threads": THREADS,
        "worker_class": "gthread",
        "worker_tmp_dir": None,
        "timeout": 60,
        "graceful_timeout": 3,
        "keepalive": 30,
        "limit_request_line": LONGEST_REQUEST_LINE,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": JsonLogger if chosen.log_format == "json" else Logger,
        "proc_name": "compress-and-compare",
        "control_socket_disable": True,
    }


def main(arguments: list[str] | None = None) -> int:
    """Serve; return the exit status if that is not possible."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument(
        "--calm", action="store_true", help="print only what is wrong, log the rest to a file"
    )
    calm = parser.parse_args(arguments).calm
    try:
        chosen = settings.load()
        chosen.require_safe_access()
        chosen.prepare_data_dir()
        require_usable(chosen)
    except CompressCompareError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    Server(lambda: build(chosen, calm=calm), options(chosen)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
