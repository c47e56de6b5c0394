"""Skip what would follow a model that misses a budget, where the experiment asks for it."""

from __future__ import annotations

from datetime import datetime

from core.domain.queue.giving_up import first_miss
from core.domain.queue.run import Run, RunError, RunKind, RunStatus
from core.domain.queue.run_graph import skipped_after
from core.persistence.unit_of_work import UnitOfWork

GIVEN_UP = "given-up"
_HINT = "Retry makes it all the same; set another budget or margin to go further next time."


def give_up_below(uow: UnitOfWork, evaluated: Run, now: datetime) -> None:
    """Skip the branches that wait for this evaluation, if the model misses a budget by their margin.

    The evaluation is recorded already. The caller has touched the project.
    """
    graph = uow.runs.graph_below([evaluated.id])
    waiting = uow.runs.get(graph.dependants.get(evaluated.id, ()))
    steps = [
        run for run in waiting.values() if run.kind is RunKind.COMPRESS and run.status is RunStatus.WAITING
    ]
    margins = {
        number: uow.experiments.give_up_margin(number) for run in steps if (number := run.experiment_id)
    }
    project = uow.projects.find(int(evaluated.project_id)) if set(margins.values()) - {None} else None
    if project is None:
        return
    model = uow.models.get([evaluated.model_id])[evaluated.model_id]
    for number, margin in margins.items():
        miss = None if margin is None else first_miss(project, model.metrics, margin=margin)
        if miss is None:
            continue
        first = [run.id for run in steps if run.experiment_id == number]
        skipped = [*first, *skipped_after(graph, first)]
        error = RunError(GIVEN_UP, f"Given up early: {miss.in_words(model.name)}.", _HINT)
        uow.runs.move(skipped, RunStatus.SKIPPED, now)
        uow.runs.set_errors(skipped, error)
