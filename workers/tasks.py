"""The one task: carry out a run."""

from __future__ import annotations

from celery import Celery

from core.domain.ids import RunId
from core.services.run_life import claim
from workers.dispatcher import EXECUTE_RUN
from workers.runtime import Runtime


def register(celery: Celery, runtime: Runtime) -> None:
    """Register the task; it does its work through `runtime`."""

    @celery.task(name=EXECUTE_RUN)  # type: ignore[untyped-decorator]
    def execute_run(run_id: int) -> None:
        """Claim the run and carry it out; a run that is claimed already is none of our business."""
        run = None if runtime.stopping.is_set() else claim(runtime.app, RunId(run_id), runtime.worker.id)
        if run is not None:
            runtime.execute(run)
