"""Look at everything that a deployment needs, and say for each part what is wrong and what to do."""

from __future__ import annotations

import platform
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from core.cli.composition import build
from core.domain.catalogue import Worker
from core.errors import CompressCompareError, Misconfigured, Unavailable
from core.persistence.schema import latest_version, require_current
from core.presentation.counts import counted
from core.presentation.durations import duration
from core.presentation.lists import listed
from core.services.application import Application
from core.services.upkeep.backup import last_backup
from core.services.workers.workers import catalogue, is_live, list_workers
from core.settings import Settings

_PACKAGES = ("dash", "celery", "sqlalchemy", "torch", "torchvision", "transformers")


@dataclass(frozen=True)
class Finding:
    """What one check found. `hint` says what to do, where something is not good."""

    subject: str
    good: bool
    message: str
    hint: str = ""


def examine(chosen: Settings) -> list[Finding]:
    """Return one finding per part, in the order in which to mend them."""
    app = build(chosen)
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("data folder", lambda: f"{chosen.prepare_data_dir()} can be written"),
        ("database", lambda: _database(app)),
        ("storage", lambda: _storage(app, chosen)),
        ("broker", lambda: _broker(chosen)),
        ("workers", lambda: _workers(app)),
        ("notifications", lambda: _notifications(app)),
        ("metrics", lambda: _metrics(chosen)),
        ("backup", lambda: _backup(app)),
        ("plug-ins", lambda: _plugins(app, chosen.plugins_dir)),
        ("versions", _versions),
    )
    findings = [_finding(subject, check) for subject, check in checks]
    app.close()
    return findings


def report(findings: list[Finding]) -> str:
    """Return the findings as text, one line each and one for what to do."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok  ' if finding.good else 'BAD '} {finding.subject}: {finding.message}")
        if finding.hint:
            lines.append(f"     -> {finding.hint}")
    return "\n".join(lines)


def _finding(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, good=True, message=check())
    except CompressCompareError as error:
        return Finding(subject, good=False, message=error.message, hint=error.hint)


def _database(app: Application) -> str:
    engine = app.unit_of_work.engine
    require_current(engine)
    return f"{engine.dialect.name}, schema {latest_version()}"


def _storage(app: Application, chosen: Settings) -> str:
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe"
        probe.write_text("written by doctor")
        key = app.artifacts.put(probe)
        app.artifacts.fetch(key)
        app.artifacts.delete(key)
    return f"{chosen.artifacts_url} can be written and read"


def _broker(chosen: Settings) -> str:
    if chosen.broker_url is None:
        return "none set: a local worker takes runs from the database"
    address = urlsplit(chosen.broker_url)
    where = f"{address.hostname}:{address.port or 6379}"
    try:
        socket.create_connection((address.hostname or "", address.port or 6379), timeout=3).close()
    except OSError as error:
        message = f"{where} does not answer: {error}."
        raise Unavailable(
            message, "Start Redis, or check CNC_BROKER_URL. Nothing is lost meanwhile."
        ) from error
    return f"{where} answers"


def _workers(app: Application) -> str:
    live = _live(app)
    if not live:
        raise Misconfigured("No worker is connected.", "Start one with: compress-compare worker")
    if other := [worker.id for worker in live if not worker.readable]:
        message = f"This version cannot read what {listed(other)} publishes."
        raise Misconfigured(message, "Restart workers and dashboard with the same version.")
    if refusing := [worker for worker in live if worker.load and worker.load.problem]:
        told = " ".join(f"{worker.id}: {worker.load.problem}" for worker in refusing if worker.load)
        raise Unavailable(f"Workers take no runs. {told}", "Mend this on their machines.")
    return ", ".join(f"{worker.id} ({', '.join(worker.queues)}; {worker.slots} slots)" for worker in live)


def _notifications(app: Application) -> str:
    with app.unit_of_work() as uow:
        channels = uow.channels.list()
        undelivered = uow.channels.undelivered(since=app.clock.now() - timedelta(days=1))
    if undelivered:
        names = {one.id: one.name for one in channels}
        told = listed(f"{names.get(one, one)} ({number:,})" for one, number in undelivered.items())
        message = f"Messages of the last day did not arrive: {told}."
        raise Unavailable(message, "The reasons are in: compress-compare notify log PROJECT")
    return f"{counted(len(channels), 'channel')}, nothing undelivered in the last day"


def _metrics(chosen: Settings) -> str:
    if chosen.metrics_token:
        return "/metrics needs CNC_METRICS_TOKEN"
    return "/metrics is closed until CNC_METRICS_TOKEN is set" if chosen.sign_in else "/metrics is open"


def _backup(app: Application) -> str:
    found = last_backup(app)
    if found is None:
        return "none was made yet with: compress-compare backup FILE"
    return (
        f"the last one is {duration((app.clock.now() - found.at).total_seconds())} old, {found.subject.told}"
    )


_TAKEN_UP_S = 30.0
"""By then a worker has loaded its libraries and the plug-ins anew."""


def _plugins(app: Application, folder: Path | None) -> str:
    problems = [
        f"{problem.name} cannot be loaded: {problem.message}." for problem in catalogue(app).plugin_problems
    ]
    hint = "Mend or remove these plug-ins; workers take up changes, and everything else works without them."
    if problems:
        raise Misconfigured(" ".join(problems), hint)
    if fresh := _fresh_files(folder, app.clock.now()):
        return f"{', '.join(fresh)} changed just now; workers on this machine take that up within seconds"
    return "all that workers found were loaded"


def _fresh_files(folder: Path | None, now: datetime) -> list[str]:
    """Return the plug-ins of a folder that changed so lately that workers may still be loading them."""
    if folder is None or not folder.is_dir():
        return []
    files = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    return [path.name for path in files if now.timestamp() - path.stat().st_mtime < _TAKEN_UP_S]


def _live(app: Application) -> list[Worker]:
    now = app.clock.now()
    return [worker for worker in list_workers(app) if is_live(worker, now=now)]


def _versions() -> str:
    found = [f"python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} not installed here")
    return ", ".join(found)
