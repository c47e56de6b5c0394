"""The one task: carry out a run."""

from __future__ import annotations

from celery import Celery, Task
from celery.exceptions import Reject
from celery.worker import state

from workers.dispatcher import EXECUTE_RUN
from workers.runtime import Runtime

_PAUSE_S = 0.5


def register(celery: Celery, runtime: Runtime) -> None:
    """Register the task; it does its work through `runtime`."""

    @celery.task(name=EXECUTE_RUN, bind=True)  # type: ignore[untyped-decorator]
    def execute_run(self: Task, run_id: int) -> None:
        """Carry out the first run of the message's queue: `run_id`, unless others go before it.

        There is one message per queued run, so each of them is claimed; priorities changed after a
        message was sent count all the same.
        """
        del run_id
        queue = self.request.delivery_info["routing_key"]
        if not runtime.stopping.is_set():
            run = runtime.claim((queue,))
            if run is not None:
                runtime.execute(run)
            elif runtime.draining:  # until the broker has heard of it
                runtime.stopping.wait(_PAUSE_S)
                raise Reject("this worker is drained", requeue=True)
        if runtime.failure is not None:
            state.should_stop = 1
