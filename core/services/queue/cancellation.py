"""What follows for other runs when one is cancelled, fails or is tried again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from core.domain.ids import ModelId, RunId
from core.domain.queue.run import ACTIVE, MAKING, UNSUCCESSFUL, RunStatus
from core.domain.queue.run_graph import ready_after, retried, skipped_after
from core.persistence.unit_of_work import UnitOfWork
from core.services.queue.repair import NOTHING_RUINED, Ruined


def cancel_all(uow: UnitOfWork, run_ids: Collection[RunId], now: datetime) -> list[RunId]:
    """Cancel waiting and queued runs at once and skip what needs them; ask running ones to stop.

    Runs that ended already are left as they are. The caller has touched the projects.
    """
    graph = uow.runs.graph_below(run_ids)
    chosen = [run_id for run_id in run_ids if graph.status[run_id] in ACTIVE]
    running = [run_id for run_id in chosen if graph.status[run_id] is RunStatus.RUNNING]
    idle = [run_id for run_id in chosen if graph.status[run_id] is not RunStatus.RUNNING]
    uow.runs.request_cancel(running, now)
    uow.runs.move(idle, RunStatus.CANCELLED, now)
    uow.runs.move(skipped_after(graph, idle), RunStatus.SKIPPED, now)
    return chosen


def skip_dependants(uow: UnitOfWork, run_id: RunId, now: datetime) -> None:
    """Skip every waiting run that needs this one, directly or through others."""
    uow.runs.move(skipped_after(uow.runs.graph_below([run_id]), [run_id]), RunStatus.SKIPPED, now)


def wake_dependants(uow: UnitOfWork, run_id: RunId, now: datetime) -> None:
    """Queue the waiting runs that needed this one and need nothing else any more."""
    uow.runs.move(ready_after(uow.runs.graph_around([run_id]), run_id), RunStatus.QUEUED, now)


def measure_again(uow: UnitOfWork, model_id: ModelId, now: datetime, *, more_attempts: int) -> None:
    """Queue what was measured of a model once more, since it was made again and came out differently."""
    measured = [
        run.id
        for run in uow.runs.of_models([model_id])
        if run.kind not in MAKING and run.status is RunStatus.SUCCEEDED
    ]
    uow.runs.bring_back(measured, RunStatus.QUEUED, now, more_attempts=more_attempts)


def retry_all(
    uow: UnitOfWork,
    run_ids: Collection[RunId],
    now: datetime,
    *,
    more_attempts: int,
    ruined: Ruined = NOTHING_RUINED,
) -> list[RunId]:
    """Bring unsuccessful runs back, with those they need and those that were skipped because of them.

    Runs whose results are ruined count as unsuccessful.
    """
    uow.runs.add_needs(ruined.needs)
    graph = uow.runs.graph_connected([*run_ids, *ruined.run_ids])
    graph = replace(graph, status={**graph.status, **dict.fromkeys(ruined.run_ids, RunStatus.FAILED)})
    chosen = [run_id for run_id in [*run_ids, *ruined.run_ids] if graph.status[run_id] in UNSUCCESSFUL]
    moves = retried(graph, chosen)
    for status in (RunStatus.QUEUED, RunStatus.WAITING):
        back = [run_id for run_id, wanted in moves.items() if wanted is status]
        uow.runs.bring_back(back, status, now, more_attempts=more_attempts)
    return list(moves)
