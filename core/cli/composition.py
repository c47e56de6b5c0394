"""Where the console command is put together: the only place of this package that reads settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from core import logs
from core.errors import Unavailable
from core.persistence.schema import require_current
from core.services.application import Application, Connection, Limits, NoBroker, open_application
from core.settings import Settings, load


class LeftToWorkers:
    """Announces nothing, since this command does not speak to the broker: sweeping workers do it instead."""

    def publish(self, run_ids: Iterable[int], *, queue: str) -> None:
        """Say so by raising `Unavailable`, so that the runs stay marked as unannounced."""
        raise Unavailable(f"{len(list(run_ids))} runs for {queue} will be announced by the workers.")

    def trouble(self) -> str:
        """Return an empty text: whether workers hear of runs is not known here."""
        return ""


def settings() -> Settings:
    """Return the settings of this process; it logs only what is wrong, unless a level is asked for."""
    chosen = load()
    level = chosen.log_level if "log_level" in chosen.model_fields_set else "WARNING"
    logs.configure(level, form=chosen.log_format)
    return chosen


def build(chosen: Settings) -> Application:
    """Return the application that the settings describe; nothing is connected yet."""
    connection = Connection(
        database_url=chosen.database_url,
        artifacts_url=chosen.artifacts_url,
        logs_dir=chosen.data_dir / "logs",
        cache_dir=chosen.data_dir / "cache",
        limits=Limits(lease_s=chosen.lease_s, max_attempts=chosen.max_attempts, public_url=chosen.public_url),
    )
    return open_application(connection, dispatcher=LeftToWorkers() if chosen.broker_url else NoBroker())


@contextmanager
def application() -> Iterator[Application]:
    """Give an application over a database that is up to date; `Misconfigured` if it is not."""
    app = build(settings())
    try:
        require_current(app.unit_of_work.engine)
        yield app
    finally:
        app.close()
