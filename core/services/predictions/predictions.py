"""What an experiment would yield: a prediction for each model, from tables that workers wrote down.

Nothing here reads weights. What cannot be computed is said to be unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.prediction.applying import applied
from core.domain.prediction.weights import ModelState
from core.domain.queue.durations import Remaining, Span
from core.domain.queue.experiment import ExperimentRequest, Plan, PlannedModel
from core.domain.recipe import Step
from core.errors import NotFound
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.predictions.losses import NOTHING_KEPT, ExpectedLoss, KeptSensitivities
from core.services.predictions.states import state_of
from core.services.predictions.workers import PastDurations, Placing, placing
from core.services.preflight.prerequisites import module_table
from core.services.workers.workers import catalogue_of

MOST_WEIGHTS = 12_000
"""Weights of all models together that are looked at; models beyond are counted, and not predicted."""
_THEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
_UNMADE = "it starts from a model that is not made yet"
_UNWRITTEN = "it starts from a model whose layers were not written down"


@dataclass(frozen=True)
class Predicted:
    """One model to be made. name: of all its steps; step: the last; base_id: what its branch starts from.

    state: its size and operations, None with `unknown` as the reason. time: of its runs one after the other;
    None: none like them ended. loss: expected change, else why it is not known.
    """

    name: str
    step: Step
    base_id: ModelId
    state: ModelState | None
    unknown: str
    time: Span | None
    loss: ExpectedLoss | str


@dataclass(frozen=True)
class Predictions:
    """What a plan would yield. models: those to be made, parents first; more: how many were not looked at.

    bases: file sizes of the models that they start from, where known. time: of all runs together.
    """

    models: tuple[Predicted, ...]
    more: int
    bases: Mapping[ModelId, float]
    time: Remaining | None
    placing: Placing


def predict(app: Application, request: ExperimentRequest, plan: Plan) -> Predictions:
    """Return what carrying out a plan for the request would yield.

    Raises:
        NotFound: there is no such project.
    """
    with app.unit_of_work() as uow:
        project = uow.projects.find(request.project_id)
        if project is None:
            raise NotFound(f"There is no project with id {request.project_id}.", "Reload the page.")
        new = [model for model in plan.models if model.existing_id is None]
        where = placing(uow, app, request.queue)
        durations = PastDurations(uow, project, request.queue)
        walk = _Walk(uow, plan, catalogue_of(uow, app))
        models = walk.predicted(durations)
        return Predictions(
            models=models,
            more=len(new) - len(models),
            bases={
                model_id: model.metrics["file_bytes"]
                for model_id, model in walk.models.items()
                if model_id in request.base_ids and "file_bytes" in model.metrics
            },
            time=durations.of_all([model.step for model in new], slots=max(1, where.slots)) if new else None,
            placing=where,
        )


@dataclass(frozen=True)
class _Found:
    """A model as far as it is known: its state and modules, and the reason where they are not."""

    state: ModelState | None
    table: ModuleTable
    unknown: str = ""


class _Walk:
    """Goes through a plan, parents first, and keeps what was found out of each model."""

    def __init__(self, uow: UnitOfWork, plan: Plan, catalogue: Catalogue) -> None:
        self._uow, self._plan = uow, plan
        self._specs = {spec.name: spec for spec in catalogue.techniques}
        started = {model.base_id for model in plan.models}
        parents = {model.parent for model in plan.models if model.existing_id is None}
        reused = {
            place: model.existing_id
            for place, model in enumerate(plan.models)
            if place in parents and model.existing_id is not None
        }
        self.models = uow.models.get({*started, *reused.values()})
        self._known: dict[ModelId, _Found] = {}
        self._places: dict[int, _Found] = {}
        self._kept = {
            base_id: KeptSensitivities(uow, self.models[base_id], catalogue)
            for base_id in started
            if base_id in self.models
        }
        self._reused = reused
        self._made: dict[tuple[int, str], _Found] = {}

    def predicted(self, durations: PastDurations) -> tuple[Predicted, ...]:
        """Return the predictions of new models until enough weights were looked at."""
        found, looked_at = [], 0
        times: dict[str, Span | None] = {}
        for place, planned in enumerate(self._plan.models):
            if planned.existing_id is not None and place not in self._reused:
                continue
            made = None if planned.existing_id is None else self.models.get(planned.existing_id)
            if made is not None and made.ready:
                self._places[place] = self._of_existing(made.id)
                continue
            if looked_at > MOST_WEIGHTS:
                break
            parent = self._parent(planned)
            self._places[place] = after = self._after(parent, planned)
            if planned.existing_id is not None:
                continue
            looked_at += len(after.state.weights) if after.state else 1
            key = planned.step.canonical()
            if key not in times:
                times[key] = durations.of_model(planned.step)
            name = _THEN.join(one.name for one in self._path(planned))
            about = (planned.step, planned.base_id, after.state, after.unknown, times[key])
            found.append(Predicted(name, *about, self._loss(planned)))
        return tuple(found)

    def _parent(self, planned: PlannedModel) -> _Found:
        return self._of_existing(planned.base_id) if planned.parent is None else self._places[planned.parent]

    def _of_existing(self, model_id: ModelId) -> _Found:
        if model_id not in self._known:
            self._known[model_id] = self._read(self.models.get(model_id))
        return self._known[model_id]

    def _read(self, model: Model | None) -> _Found:
        table = module_table(self._uow, model) if model is not None and model.ready else None
        if model is None or not model.ready:
            return _Found(None, ModuleTable({}, ()), _UNMADE)
        if table is None:
            return _Found(None, ModuleTable({}, ()), _UNWRITTEN)
        state = state_of(self._uow, model, table)
        return _Found(state, table, "" if state else _UNWRITTEN)

    def _after(self, parent: _Found, planned: PlannedModel) -> _Found:
        if parent.state is None:
            return parent
        key = (id(parent.state), planned.step.canonical())
        if key not in self._made:
            state = applied(
                parent.state, self._complete(planned.step), self._specs[planned.step.technique], parent.table
            )
            self._made[key] = _Found(state, parent.table, state.unknown)
        return self._made[key]

    def _complete(self, step: Step) -> Step:
        spec = self._specs[step.technique]
        return replace(
            step, parameters={one.name: one.default for one in spec.parameters} | dict(step.parameters)
        )

    def _path(self, planned: PlannedModel) -> list[PlannedModel]:
        """Return the models from the first step on to this one."""
        path = [planned]
        while path[-1].parent is not None:
            path.append(self._plan.models[path[-1].parent])
        return path[::-1]

    def _loss(self, planned: PlannedModel) -> ExpectedLoss | str:
        if planned.base_id not in self._kept:
            return NOTHING_KEPT
        path = [one.step for one in self._path(planned)]
        return self._kept[planned.base_id].expected(path, self._of_existing(planned.base_id).table)
