"""Which workers can carry out the runs of an experiment, and how long those take by past durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.project import Project
from core.domain.queue.durations import ActiveRun, DurationKey, Durations, Remaining, Span, remaining
from core.domain.queue.run import RunKind
from core.domain.recipe import Step
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import counted
from core.services.application import Application
from core.services.planning.creation import measuring
from core.services.workers.workers import live_workers


@dataclass(frozen=True)
class Placing:
    """The workers that take runs of a queue. free: idle slots; others: queues of the other workers."""

    queue: str
    workers: int
    slots: int
    free: int
    others: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """Who can carry out the runs, or why nobody can."""
        if self.workers:
            return (
                f"{counted(self.workers, 'worker')} for {self.queue}, {self.free} of {self.slots} slots free"
            )
        needed = "a GPU" if self.queue.startswith("gpu") else f"a worker that serves {self.queue}"
        there = f"; connected are workers for {', '.join(self.others)}" if self.others else ""
        return f"no worker can: needs {needed}{there}"


def placing(uow: UnitOfWork, app: Application, queue: str) -> Placing:
    """Return who carries out runs of a queue at present; workers that drain are left out."""
    live = [worker for worker in live_workers(uow, app) if worker.draining_at is None]
    serving = [worker for worker in live if queue in worker.queues]
    return Placing(
        queue=queue,
        workers=len(serving),
        slots=sum(worker.slots for worker in serving),
        free=sum(max(0, worker.slots - len(worker.runs)) for worker in serving),
        others=tuple(sorted({other for worker in live for other in worker.queues} - {queue})),
    )


class PastDurations:
    """How long models of a project take to be made and measured, by runs that ended."""

    def __init__(self, uow: UnitOfWork, project: Project, queue: str) -> None:
        self._durations = Durations(uow.runs.ended_durations(project.id))
        self._project, self._queue = project, queue

    def of_model(self, step: Step) -> Span | None:
        """Return how long one model takes, run after run; None if some were never carried out."""
        spans = [self._durations.expected(run.duration_key) for run in self._runs(step)]
        known = [span for span in spans if span is not None]
        if len(known) < len(spans):
            return None
        return Span(sum(span.low_s for span in known), sum(span.high_s for span in known))

    def of_all(self, steps: Sequence[Step], *, slots: int) -> Remaining | None:
        """Return how long models take together on so many slots; None if nothing is known."""
        runs = [run for step in steps for run in self._runs(step)]
        return remaining(runs, self._durations, slots=slots)

    def _runs(self, step: Step) -> list[ActiveRun]:
        work = [
            (RunKind.COMPRESS, {}, step),
            *((kind, payload, None) for kind, payload in measuring(self._project)),
        ]
        return [
            ActiveRun(
                DurationKey.of(self._project.id, kind, payload=payload, step=made_by, queue=self._queue)
            )
            for kind, payload, made_by in work
        ]
