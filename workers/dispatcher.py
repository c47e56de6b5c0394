"""Announces waiting runs to Celery workers; the database stays the only truth."""

from __future__ import annotations

from collections.abc import Iterable

from celery import Celery
from kombu.exceptions import OperationalError

from core.errors import Unavailable

EXECUTE_RUN = "workers.execute_run"


class CeleryDispatcher:
    """Sends one message per run, which holds the run's id and nothing else."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def publish(self, run_ids: Iterable[int], *, queue: str) -> None:
        """Announce the runs, or raise `Unavailable` at once if the broker cannot be reached."""
        try:
            with self._celery.connection_for_write() as connection:
                for run_id in run_ids:
                    self._celery.send_task(
                        EXECUTE_RUN,
                        kwargs={"run_id": int(run_id)},
                        queue=queue,
                        connection=connection,
                        retry=False,
                        ignore_result=True,
                    )
        except (OperationalError, OSError) as error:
            raise Unavailable(
                f"The broker does not answer: {error}.",
                "The runs stay queued and are sent when it is back; check CNC_BROKER_URL and Redis.",
            ) from error

    def trouble(self) -> str:
        """Return an empty text: a worker that cannot reach the broker says so in its log."""
        return ""
