"""How long a run or an experiment will take, and how long runs like it took."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import ExperimentId
from core.domain.queue.durations import DurationKey, Durations, Remaining, Span, remaining
from core.domain.queue.run import Run
from core.services.application import Application
from core.services.workers.workers import slots_at_work

MOST_ALIKE = 50


@dataclass(frozen=True)
class Outlook:
    """What is expected of a run that has not started, and seconds of the latest runs like it, newest last."""

    expected: Span | None
    alike: tuple[float, ...]


def outlook(app: Application, run: Run) -> Outlook:
    """Return how long a run is expected to take, judged by runs of its project that succeeded."""
    with app.unit_of_work() as uow:
        durations = Durations(uow.runs.ended_durations(run.project_id))
        model = uow.models.get([run.model_id]).get(run.model_id)
    step = None if model is None else model.step
    key = DurationKey.of(run.project_id, run.kind, payload=run.payload, step=step, queue=run.queue)
    return Outlook(durations.expected(key), durations.alike(key)[-MOST_ALIKE:])


def experiment_left(app: Application, experiment_id: ExperimentId) -> Remaining | None:
    """Return about how long the rest of an experiment takes if it has all slots; None if nothing is known."""
    with app.unit_of_work() as uow:
        going = uow.runs.active_durations(None, now=app.clock.now(), experiment_id=experiment_id)
        if not going:
            return None
        slots = slots_at_work(uow, app)
        return remaining(going, Durations(uow.runs.ended_durations(None)), slots=slots)
