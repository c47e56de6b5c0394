"""Announces waiting runs to Celery workers by the task's name; the dashboard knows no worker code."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from celery import Celery
from kombu.exceptions import OperationalError

from core.errors import Unavailable

EXECUTE_RUN = "workers.execute_run"
_CONNECT_S = 2.0
_ASK_AGAIN_S = 5.0
_AWAY = (
    "The broker does not answer: runs are kept in the queue and start when it is back. "
    "Check that Redis runs and CNC_BROKER_URL names it."
)


class CeleryDispatcher:
    """Sends one message per run, which holds the run's id and nothing else."""

    def __init__(self, broker_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._trouble, self._ask_at = "", float("-inf")
        self._celery = Celery("dashboard", broker=broker_url, set_as_current=False)
        self._celery.conf.update(
            task_serializer="json",
            accept_content=["json"],
            broker_connection_timeout=_CONNECT_S,
            broker_transport_options={"socket_timeout": 5.0, "socket_connect_timeout": _CONNECT_S},
            task_publish_retry=False,
        )

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
        """Return what pages say while the broker is away, as it was some seconds ago; asks in a thread."""
        with self._lock:
            due = self._clock() >= self._ask_at
            if due:
                self._ask_at = self._clock() + _ASK_AGAIN_S
        if due:
            threading.Thread(target=self.ask, name="broker", daemon=True).start()
        return self._trouble

    def ask(self) -> None:
        """Find out whether the broker answers."""
        try:
            with self._celery.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0)
        except (OperationalError, OSError):
            self._trouble = _AWAY
        else:
            self._trouble = ""
