"""What every use case works with: the database, the artifact store, the broker, a clock and the limits."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import Engine

from core.artifacts.opening import open_artifacts
from core.domain.access.caller import Caller, CallerKind, Role
from core.persistence.database import open_database
from core.persistence.database_clock import DatabaseClock
from core.persistence.unit_of_work import UnitOfWorkFactory
from core.ports import ArtifactStore, Clock, Dispatcher


@dataclass(frozen=True)
class Limits:
    """How long things may take and how large they may get; times in seconds.

    lease_s: silence of a worker after which its runs are taken from it.
    max_attempts: how often a run whose worker vanished is tried.
    confirm_above: new models of one experiment above which it must be confirmed.
    most_models: models that one experiment may stand for at most, before merging.
    worker_silence_s: age of the last heartbeat after which a worker counts as gone.
    resend_s: age of an announcement after which a run still in the queue is announced again.
    log_chunk_bytes: most of a log that is read at once.
    upload_bytes: size of the largest file that can be uploaded.
    instance_bytes: most that is kept of the instances of a split, to be shown.
    upload_kept_s: how long an uploaded file is kept that no model uses.
    allowed_folders: the only folders that people may name files of; None: any.
    public_url: address of the dashboard, for links in messages; empty: unknown.
    """

    lease_s: float = 60.0
    max_attempts: int = 3
    confirm_above: int = 200
    most_models: int = 10_000
    worker_silence_s: float = 60.0
    resend_s: float = 600.0
    log_chunk_bytes: int = 256 * 1024
    upload_bytes: int = 4 * 1024**3
    instance_bytes: int = 256 * 1024**2
    upload_kept_s: float = 86_400.0
    allowed_folders: tuple[Path, ...] | None = None
    public_url: str = ""


@lru_cache(maxsize=1)
def machine_user() -> Caller:
    """Return the user of this machine, who may do everything: whoever runs the process owns the data."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # containers may run under a user id without a name
        name = "console"
    return Caller(name, Role.ADMINISTRATOR, CallerKind.MACHINE)


@dataclass(frozen=True)
class Application:
    """Handed to every service as its first argument.

    `unit_of_work()` reads, `unit_of_work(writing=True)` reads and writes; both are context managers.
    cache_dir: files of this machine alone, which may go at any time.
    who: returns who is calling; asked at each call, so that one application serves many people.
    """

    unit_of_work: UnitOfWorkFactory
    artifacts: ArtifactStore
    dispatcher: Dispatcher
    clock: Clock
    logs_dir: Path
    cache_dir: Path
    limits: Limits = field(default_factory=Limits)
    who: Callable[[], Caller] = machine_user

    def __post_init__(self) -> None:
        """Have the database show callers of one project nothing else."""
        confined = self.unit_of_work.within(lambda: self.caller.project_id)
        object.__setattr__(self, "unit_of_work", confined)

    @property
    def caller(self) -> Caller:
        """Who is calling."""
        return self.who()

    def close(self) -> None:
        """Close the database connections; the application cannot be used afterwards."""
        self.unit_of_work.close()


@dataclass(frozen=True)
class Connection:
    """Where an application keeps its things; plain values, so that it can be handed to another process.

    artifacts_url: any fsspec URL, or a folder; `cache_dir` holds copies of what is not on this machine.
    """

    database_url: str
    artifacts_url: str
    logs_dir: Path
    cache_dir: Path
    limits: Limits = field(default_factory=Limits)


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class NoBroker:
    """Announces nothing: embedded workers look into the database themselves."""

    def publish(self, run_ids: Iterable[int], *, queue: str) -> None:
        """Do nothing."""

    def trouble(self) -> str:
        """Return an empty text: nothing can be away."""
        return ""


def open_application(
    connection: Connection,
    *,
    dispatcher: Dispatcher | None = None,
    clock: Clock | None = None,
    who: Callable[[], Caller] = machine_user,
) -> Application:
    """Return an application over the given places; connects when first used, migrates nothing.

    who: returns who calls; without it, the user of this machine.

    Raises:
        Misconfigured: the artifact store or the database URL cannot be used.
    """
    unit_of_work = open_database(connection.database_url, silence_s=connection.limits.lease_s)
    return Application(
        unit_of_work=unit_of_work,
        artifacts=open_artifacts(connection.artifacts_url, cache_dir=connection.cache_dir),
        dispatcher=dispatcher or NoBroker(),
        clock=clock or _clock(unit_of_work.engine),
        logs_dir=connection.logs_dir,
        cache_dir=connection.cache_dir,
        limits=connection.limits,
        who=who,
    )


def _clock(engine: Engine) -> Clock:
    """Return the clock of the database server; SQLite is on this machine."""
    return SystemClock() if engine.dialect.name == "sqlite" else DatabaseClock(engine, SystemClock())
