"""Judge steps that were queued before anything was known of the model that they start from.

As soon as that is made, waiting runs that are bound to fail do so with the reason, before hours are spent on
the steps ahead of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, RunId
from core.domain.model import Model
from core.domain.queue.run import RunError, RunStatus
from core.domain.queue.run_graph import skipped_after
from core.domain.recipe import SweepStep
from core.domain.technique import TechniqueSpec
from core.errors import Problem, UnknownName, UnusableInput
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.preflight.module_checks import PlacedStep, Tables, module_problems
from core.services.preflight.prerequisites import NOT_A_NUMBER_HINT, Bases
from core.services.workers.workers import catalogue_of

Children = dict[ModelId | None, list[Model]]
Earlier = tuple[tuple[SweepStep, TechniqueSpec], ...]


def refuse_unfit_steps(uow: UnitOfWork, app: Application, model_id: ModelId) -> None:
    """End the waiting runs that cannot succeed on the model just made, and skip what needs them."""
    below: Children = defaultdict(list)
    for child in uow.models.descendants([model_id]):
        below[child.parent_id].append(child)
    if not below[model_id]:
        return
    made = Bases(uow, list(uow.models.get([model_id]).values()))
    if made.broken:
        reason = Problem("", made.broken[model_id], NOT_A_NUMBER_HINT)
        found = {child.making_run_id: reason for child in below[model_id] if child.making_run_id is not None}
    else:
        found = dict(_doomed(model_id, below, (), (made.tables, catalogue_of(uow, app))))
    now = app.clock.now()
    graph = uow.runs.graph_below(found)
    doomed = [run_id for run_id in found if graph.status[run_id] is RunStatus.WAITING]
    uow.runs.move(doomed, RunStatus.FAILED, now)
    for run_id in doomed:
        uow.runs.set_error(run_id, RunError(UnusableInput.code, found[run_id].message, found[run_id].hint))
    uow.runs.move(skipped_after(graph, doomed), RunStatus.SKIPPED, now)


def _doomed(
    parent_id: ModelId, below: Children, earlier: Earlier, known: tuple[Tables, Catalogue]
) -> Iterator[tuple[RunId, Problem]]:
    """Yield the first run of each branch that is bound to fail, with the reason."""
    for child in below[parent_id]:
        place = _placed(child, earlier, known[1])
        if place is None or child.ready:
            continue
        problems = module_problems(place, known[0])
        if problems and child.making_run_id is not None:
            yield child.making_run_id, problems[0]
        else:
            yield from _doomed(child.id, below, (*earlier, (place.step, place.spec)), known)


def _placed(model: Model, earlier: Earlier, catalogue: Catalogue) -> PlacedStep | None:
    step = model.step
    if step is None:
        return None
    try:
        spec = catalogue.technique(step.technique)
    except UnknownName:
        return None  # its worker has gone; another may come
    values = {name: (value,) for name, value in step.parameters.items()}
    return PlacedStep("", SweepStep(step.technique, values, step.rules), spec, earlier)
