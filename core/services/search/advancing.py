"""Carry searches on: note what ended, propose what comes next, and end them.

Everything is read from the database, so that any process may do it at any time, see decision 17. Whoever
proposes holds the lock of the project, so that there is one proposer at a time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.queue.experiment import Experiment, ExperimentRequest, Plan
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunKind
from core.domain.search.selection import Search
from core.domain.search.space import BASE, RECIPE, Picks, Space
from core.domain.search.trials import Next, Standing, Trial, TrialState, next_move, standing
from core.domain.search.words import ended_words, exhausted_words, reason_words
from core.errors import CompressCompareError, InvalidInput
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application
from core.services.planning.creation import Order, carry_out, measuring, queued_run
from core.services.planning.plans import make_plan
from core.services.queue.dispatch import dispatch_unsent
from core.services.queue.giving_up import hopeless
from core.services.search.outcomes import ended_trials, values_of
from core.services.search.sampler import Proposal, propose
from core.services.workers.workers import catalogue_of

_logger = logging.getLogger(__name__)


@needs(Role.EDITOR)
def advance_searches(app: Application, project_id: ProjectId | None = None) -> int:
    """Carry on the searches of a project, or of all; return how many models were proposed."""
    with app.unit_of_work() as uow:
        searching = uow.trials.searching(project_id)
    proposed = 0
    for experiment_id in searching:
        try:
            proposed += advance(app, experiment_id)
        except CompressCompareError as error:  # one that cannot go on now must not hold up the others
            _logger.warning("Search waits: %s", error.message, extra={"experiment": experiment_id})
    return proposed


@needs(Role.EDITOR)
def advance(app: Application, experiment_id: ExperimentId) -> int:
    """Carry one search on as far as it goes by now; return how many models were proposed."""
    proposed = 0
    while _due(app, experiment_id):
        with app.unit_of_work(writing=True) as uow:
            going = _locked(uow, app, experiment_id)
            more = going is not None and going.step()
            uow.commit()
        if not more:
            break
        proposed += 1
    if proposed:
        dispatch_unsent(app)
    return proposed


def _due(app: Application, experiment_id: ExperimentId) -> bool:
    """Return whether there is anything to do, so that nothing is locked or changed where there is not."""
    with app.unit_of_work() as uow:
        experiment = uow.experiments.get(experiment_id)
        search = experiment.selection.search if experiment is not None else None
        if experiment is None or search is None or not experiment.searching:
            return False
        trials = uow.trials.of([experiment_id]).get(experiment_id, [])
        if ended_trials(uow, search, trials, app.clock.now()):
            return True
    move = next_move(search, trials)
    return move is not Next.WAIT and (move is not Next.PROPOSE or experiment.paused_at is None)


def _locked(uow: UnitOfWork, app: Application, experiment_id: ExperimentId) -> _Going | None:
    experiment = uow.experiments.get(experiment_id)
    if experiment is None:
        return None
    uow.projects.touch(experiment.project_id)
    experiment = uow.experiments.get(experiment_id)  # as it is now that nobody else changes it
    search = experiment.selection.search if experiment is not None else None
    if experiment is None or search is None or not experiment.searching or experiment.deleted_at:
        return None
    author = Caller(experiment.author, Role.EDITOR, CallerKind.MACHINE)
    trials = uow.trials.of([experiment_id]).get(experiment_id, [])
    return _Going(uow, replace(app, who=lambda: author), experiment, search, trials)


@dataclass
class _Going:
    """A search within a transaction that holds its project. app: called by whoever submitted it."""

    uow: UnitOfWork
    app: Application
    experiment: Experiment
    search: Search
    trials: list[Trial]

    def step(self) -> bool:
        """Note what ended, then propose one model or end the search; return whether a model was proposed."""
        for ended in ended_trials(self.uow, self.search, self.trials, self.app.clock.now()):
            self._put(ended)
        move = next_move(self.search, self.trials)
        if move is Next.WAIT or (move is Next.PROPOSE and self.experiment.paused_at is not None):
            return False
        if move is not Next.PROPOSE:
            self._end(ended_words(self.search, move, self.trials))
            return False
        try:
            return self._propose()
        except InvalidInput as error:
            self._end(f"Ended: it cannot go on. {error.message}")
            return False

    def _propose(self) -> bool:
        proposal = propose(self.search, self._space, self.trials, ruled_out=self._ruled_out)
        if proposal is None:
            if any(trial.state is TrialState.OPEN for trial in self.trials):
                return False
            self._end(exhausted_words(self._space, len(self.trials)))
            return False
        self._try(proposal)
        return True

    def _try(self, proposal: Proposal) -> None:
        now = standing(self.search, self.trials)
        request = self._request(proposal.picks)
        plan = make_plan(self.uow, self.app, request)
        model_ids, _ = carry_out(
            self.uow, self.app, request=request, plan=plan, experiment_id=self.experiment.id
        )
        self._measure(model_ids[-1], plan)
        made = self.experiment.models + plan.new_models
        self.experiment = replace(self.experiment, models=made)
        self.uow.experiments.edit(self.experiment.id, models=made)
        number = len(self.trials) + 1
        trial = Trial(
            self.experiment.id, number, proposal.picks, model_ids, "", proposed_at=self.app.clock.now()
        )
        self._put(replace(trial, reason=self._reason(trial, proposal, now)))
        _logger.info(
            "Trial proposed", extra={"experiment": self.experiment.id, "trial": number, "how": proposal.how}
        )

    def _measure(self, model_id: ModelId, plan: Plan) -> None:
        """Have a model measured that exists already and lacks values that the search judges by."""
        project = self.uow.projects.find(int(self.experiment.project_id))
        model = self.uow.models.get([model_id])[model_id]
        if plan.models[-1].existing_id is None or not model.ready or project is None:
            return
        if len(values_of(self.search, model)) == len(self.search.metrics):
            return
        if any(run.status in ACTIVE for run in self.uow.runs.of_models([model_id])):
            return
        order = Order(
            self.experiment.project_id,
            RunKind.EVALUATE,
            self.experiment.queue,
            self.experiment.priority,
            self.experiment.id,
        )
        work = [queued_run(self.app, order, model_id, (*what, ())) for what in measuring(project)]
        self.uow.runs.add(work)

    def _ruled_out(self, picks: Picks) -> Picks | None:
        """Return the picks up to the first model that misses a condition, or could not be made before."""
        project = self.uow.projects.find(int(self.experiment.project_id))
        plan = make_plan(self.uow, self.app, self._request(picks))
        catalogue = catalogue_of(self.uow, self.app)
        existing = self.uow.models.get([one.existing_id for one in plan.models if one.existing_id])
        own = {
            model_id
            for trial in self.trials
            if trial.state in {TrialState.FAILED, TrialState.PRUNED}
            for model_id in trial.model_ids
        }
        for position, planned in enumerate(plan.models):
            model = existing.get(planned.existing_id) if planned.existing_id else None
            if model is None or project is None:
                return None
            later = [one.step for one in plan.models[position + 1 :]]
            failed = model.status in UNSUCCESSFUL and model.id in own
            if failed or (
                later and hopeless(project, self.experiment, catalogue, model.metrics, later) is not None
            ):
                return self._prefix(picks, position)
        return None

    def _prefix(self, picks: Picks, position: int) -> Picks:
        """Return the picks that a model after so many steps depends on."""
        return {
            key: value
            for key, value in picks.items()
            if key in {BASE, RECIPE} or int(key.split(".")[1]) <= position
        }

    def _request(self, picks: Picks) -> ExperimentRequest:
        """Return the request for one combination, as an ordinary experiment."""
        search = self.search
        return ExperimentRequest(
            project_id=self.experiment.project_id,
            base_ids=(self._space.base(picks),),
            recipes=(self._space.recipe(picks),),
            seeds=self.experiment.seeds,
            queue=self.experiment.queue,
            priority=self.experiment.priority,
            stepwise=bool(search.at_least or search.at_most) or self.experiment.give_up_margin is not None,
        )

    @property
    def _space(self) -> Space:
        return Space(self.experiment.base_ids, self.experiment.recipes)

    def _reason(self, trial: Trial, proposal: Proposal, now: Standing) -> str:
        project = self.uow.projects.find(int(self.experiment.project_id))
        metrics = {metric.name: metric for metric in (project.metrics if project else ())}
        return reason_words(self._space, trial, proposal.how, (self.search, now, metrics))

    def _put(self, trial: Trial) -> None:
        self.uow.trials.put(trial)
        self.trials = [*(one for one in self.trials if one.number != trial.number), trial]
        self.trials.sort(key=lambda one: one.number)

    def _end(self, why: str) -> None:
        self.uow.experiments.edit(self.experiment.id, searching=False, search_ended=why)
        self.uow.runs.count_as_changed(self.uow.runs.of_experiment(self.experiment.id)[-1:])
        _logger.info("Search ended", extra={"experiment": self.experiment.id, "why": why})
