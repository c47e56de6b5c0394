"""A clock that stands still, a broker that remembers, and an application over a fresh database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.access.caller import Caller, CallerKind, Role
from core.errors import Unavailable
from core.ports import Clock, Dispatcher
from core.services.application import Application, Connection, Limits, open_application
from core.testing.migrated import migrate


@dataclass
class SettableClock:
    """Stands still until it is told to advance."""

    present: datetime = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the present instant."""
        return self.present

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.present += timedelta(seconds=seconds)


@dataclass
class RecordingDispatcher:
    """Remembers what was announced; `reachable` False plays a broker that is down."""

    reachable: bool = True
    announced: list[tuple[int, str]] = field(default_factory=list)

    def publish(self, run_ids: Iterable[int], *, queue: str) -> None:
        """Note the runs with their queue, or raise `Unavailable`."""
        if not self.reachable:
            raise Unavailable("The broker does not answer.", "Start it.")
        self.announced += [(int(run_id), queue) for run_id in run_ids]

    def trouble(self) -> str:
        """Return that the broker is down, if it is."""
        return "" if self.reachable else "The broker does not answer."


def acting_as(app: Application, name: str, role: Role = Role.EDITOR) -> Application:
    """Return the same application, called by somebody who signed in."""
    caller = Caller(name, role, CallerKind.ACCOUNT)
    return replace(app, who=lambda: caller)


def open_migrated(
    database_url: str,
    folder: Path,
    *,
    clock: Clock | None = None,
    dispatcher: Dispatcher | None = None,
    limits: Limits | None = None,
) -> Application:
    """Return an application over that database, brought up to date, with its files in `folder`."""
    connection = Connection(
        database_url, str(folder / "artifacts"), folder / "logs", folder / "cache", limits or Limits()
    )
    app = open_application(connection, dispatcher=dispatcher, clock=clock)
    migrate(app.unit_of_work.engine)
    return app
