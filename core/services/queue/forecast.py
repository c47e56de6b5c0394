"""What cancelling or retrying several runs would do, told before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.ids import RunId
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunStatus
from core.domain.queue.run_graph import retried, skipped_after
from core.services.application import Application


@dataclass(frozen=True)
class Forecast:
    """Which of the chosen runs an action concerns, how many it does not by their status, how many follow."""

    possible: tuple[RunId, ...]
    refused: Mapping[RunStatus, int]
    following: int

    @property
    def chosen(self) -> int:
        """How many runs were chosen."""
        return len(self.possible) + sum(self.refused.values())


def forecast_retry(app: Application, run_ids: Collection[RunId]) -> Forecast:
    """Return what `retry_runs` would bring back; checkpoints that are damaged are found only by retrying."""
    with app.unit_of_work() as uow:
        status = {run.id: run.status for run in uow.runs.get(run_ids).values()}
        possible = tuple(run_id for run_id in run_ids if status.get(run_id) in UNSUCCESSFUL)
        back = retried(uow.runs.graph_connected(possible), possible) if possible else {}
    return Forecast(possible, _refused(status, possible), len(set(back) - set(possible)))


def forecast_cancel(app: Application, run_ids: Collection[RunId]) -> Forecast:
    """Return what `cancel_runs` would cancel and skip."""
    with app.unit_of_work() as uow:
        status = {run.id: run.status for run in uow.runs.get(run_ids).values()}
        possible = tuple(run_id for run_id in run_ids if status.get(run_id) in ACTIVE)
        skipped = skipped_after(uow.runs.graph_below(possible), possible) if possible else []
    return Forecast(possible, _refused(status, possible), len(set(skipped) - set(possible)))


def _refused(status: Mapping[RunId, RunStatus], possible: Collection[RunId]) -> Counter[RunStatus]:
    kept = set(possible)
    return Counter(present for run_id, present in status.items() if run_id not in kept)
