"""Experiments: preview what a request would make, submit it, list what was submitted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.queue.experiment import Experiment, ExperimentRequest, Plan
from core.errors import InvalidInput
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import agreeing, counted
from core.presentation.lists import listed
from core.services.access.audit import note
from core.services.access.once import Once, answered, keep_answer
from core.services.access.roles import needs
from core.services.application import Application
from core.services.planning.creation import carry_out
from core.services.planning.plans import make_plan
from core.services.queue.dispatch import dispatch_unsent
from core.services.search.advancing import advance


@dataclass(frozen=True)
class Submitted:
    """What became of a request. `model_ids` has one id per planned model, new or reused.

    announced: whether the broker took the news; if not, the sweeper of a worker sends it later.
    retried: how many of the reused models could not be made before and are tried again.
    """

    experiment: Experiment
    plan: Plan
    model_ids: tuple[ModelId, ...]
    announced: bool
    retried: int = 0

    def in_words(self) -> str:
        """Return one sentence on what was queued; nothing is, where others asked for the same before."""
        if self.plan.selection.search is not None:
            most = counted(self.plan.most_models, "model")
            return f"Search started: at most {most} of {counted(self.plan.combinations, 'combination')}."
        new, reused = self.plan.new_models, self.plan.reused_models - self.retried
        parts = [f"{counted(new, 'model')} queued in {counted(self.plan.runs, 'run')}"] if new else []
        parts += [f"{counted(self.retried, 'model')} tried again"] if self.retried else []
        if not parts:
            every = {1: "the model exists", 2: "both models exist"}.get(
                reused, f"all {reused:,} models exist"
            )
            return f"Nothing new: {every} already."
        parts += [f"{reused:,} reused as {agreeing(reused, 'it is', 'they are')}"] if reused else []
        unjudged = listed(self.plan.unjudged)
        later = f" Whether its layers suit the steps is checked once {unjudged} is made." if unjudged else ""
        return f"{', '.join(parts)}.{later}"


def plan(app: Application, request: ExperimentRequest) -> Plan:
    """Return what submitting the request would do, changing nothing; does not ask for confirmation.

    Raises:
        InvalidInput: every problem, at dotted fields such as `base_ids`,
            `recipes.0.steps.1.technique`, `recipes.0.steps.1.parameters.sparsity.2`, `seeds`, `queue`.
    """
    with app.unit_of_work() as uow:
        return make_plan(uow, app, request)


@needs(Role.EDITOR)
def submit_once(
    app: Application, request: ExperimentRequest, once: Once
) -> tuple[ExperimentId, list[ModelId]]:
    """Queue the request unless one with this key was; return its id and one model id per planned model.

    Raises:
        Conflict: another request had this key.
        InvalidInput: as `submit`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(request.project_id)
        known = answered(uow, app, request.project_id, once)
        if known is None:
            made = _queue(uow, app, request)
            known = {"experiment": int(made.experiment.id), "models": [int(one) for one in made.model_ids]}
            keep_answer(uow, app, request.project_id, (once, known))
            uow.commit()
    dispatch_unsent(app)
    advance(app, ExperimentId(known["experiment"]))
    return ExperimentId(known["experiment"]), [ModelId(one) for one in known["models"]]


@needs(Role.EDITOR)
def submit(app: Application, request: ExperimentRequest) -> Submitted:
    """Queue the request in one transaction, then try to tell the workers; the request counts either way.

    Models that exist already are used as they are; those that could not be made are tried again.

    Raises:
        InvalidInput: as `plan`, and at `confirmed` if so many models need a confirmation.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(request.project_id)
        made = _queue(uow, app, request)
        uow.commit()
    advance(app, made.experiment.id)
    return replace(made, announced=dispatch_unsent(app).announced)


def _queue(uow: UnitOfWork, app: Application, request: ExperimentRequest) -> Submitted:
    planned = make_plan(uow, app, request)
    if needs_confirmation(app, planned) and not request.confirmed:
        most = "at most " if request.selection.search else ""
        message = f"This makes {most}{planned.most_models} new models."
        hint = f"Confirm that you mean it; above {app.limits.confirm_above} models it is asked for."
        raise InvalidInput.of("confirmed", message, hint)
    experiment = uow.experiments.add(
        Experiment(
            id=ExperimentId(0),
            project_id=request.project_id,
            name=request.name.strip(),
            note=request.note,
            created_at=app.clock.now(),
            author=app.caller.name,
            recipes=request.recipes,
            base_ids=request.base_ids,
            seeds=request.seeds,
            models=planned.new_models,
            give_up_margin=request.give_up_margin,
            queue=request.queue,
            priority=request.priority,
            selection=request.selection,
            searching=request.selection.search is not None,
        )
    )
    what = f"{request.name.strip()}: {counted(planned.most_models, 'model')}".removeprefix(": ")
    note(uow, app, Action.QUEUED, Subject("experiment", (int(experiment.id),), what, request.project_id))
    model_ids, retried = carry_out(uow, app, request=request, plan=planned, experiment_id=experiment.id)
    return Submitted(experiment, planned, model_ids, announced=False, retried=retried)


def needs_confirmation(app: Application, plan: Plan) -> bool:
    """Return whether submitting this plan asks for `confirmed`."""
    return plan.most_models > app.limits.confirm_above


def list_experiments(app: Application, project_id: ProjectId | None = None) -> list[Experiment]:
    """Return experiments of a project, or of all, newest first."""
    with app.unit_of_work() as uow:
        return uow.experiments.list(project_id)
