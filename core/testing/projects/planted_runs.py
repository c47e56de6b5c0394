"""Puts a history of finished runs into a project at once, as months of work leave it."""

from __future__ import annotations

from datetime import timedelta

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.run import Run, RunKind, RunStatus
from core.services.application import Application

_TOGETHER = 5_000
_APART = timedelta(seconds=30)


def plant_finished(app: Application, project_id: ProjectId, model_id: ModelId, count: int) -> None:
    """Insert `count` evaluations of a model that succeeded one after the other; the last one ends now."""
    now = app.clock.now()
    with app.unit_of_work(writing=True) as uow:
        for first in range(0, count, _TOGETHER):
            ends = [now - _APART * (count - at - 1) for at in range(first, min(first + _TOGETHER, count))]
            uow.runs.add(
                [
                    Run(
                        RunId(0),
                        project_id,
                        model_id,
                        RunKind.EVALUATE,
                        RunStatus.SUCCEEDED,
                        created_at=end - 2 * _APART,
                        queued_at=end - 2 * _APART,
                        started_at=end - _APART,
                        finished_at=end,
                        progress=1.0,
                        attempt=1,
                    )
                    for end in ends
                ]
            )
        uow.commit()
