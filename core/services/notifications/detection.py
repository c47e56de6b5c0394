"""Find what a channel has to be told after a change of its project."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from core.comparison.pareto import pareto_front
from core.domain.metric import Direction, Group, MetricDefinition, format_value
from core.domain.model import Model
from core.domain.notification import Channel, Event, Message
from core.domain.project import Project
from core.domain.queue.run import ACTIVE, Run, RunStatus
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import agreeing, counted
from core.presentation.lists import listed

_MOST_MODELS = 100  # of one message; an index cannot hold keys of any length
_BAD = frozenset({RunStatus.FAILED, RunStatus.LOST})


def messages(uow: UnitOfWork, channel: Channel, project: Project) -> Iterator[Message]:
    """Return what happened in the project since the channel was looked after last."""
    changed = uow.runs.changed_since(project.id, channel.seen_revision)
    for event, find in _RUNS.items():
        if event in channel.events:
            yield from find(uow, project, changed)
    if {Event.BUDGET, Event.FRONT} & set(channel.events):
        models = [one for one in uow.models.list(project.id) if one.ready and not one.archived]
        fresh = {one.id for one in models if one.made_at and one.made_at >= channel.created_at}
        for event, found in (
            (Event.BUDGET, _within_budgets(project, models)),
            (Event.FRONT, _front(project, models)),
        ):
            if event in channel.events:
                yield from _new(uow, channel, project, event, [one for one in found if one.id in fresh])


def _failed(uow: UnitOfWork, project: Project, changed: Iterable[Run]) -> Iterator[Message]:
    """Return one message per experiment, and one per run of none."""
    groups: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in changed:
        if run.status in _BAD:
            groups[
                ("run", run.id) if run.experiment_id is None else ("experiment", run.experiment_id)
            ].append(run)
    for (kind, _), runs in groups.items():
        first = min(runs, key=lambda run: run.id)
        title = f"{counted(len(runs), 'run')} failed in {project.name}"
        reason = first.error.message if first.error else first.status.value
        where = f"{_experiment(uow, first)}: " if kind == "experiment" else ""
        tries = ",".join(f"{run.id}.{run.attempt}" for run in runs)
        key = hashlib.sha256(tries.encode()).hexdigest()
        yield Message(
            Event.FAILED, f"failed:{key}", title, f"{where}run {first.id}: {reason}", _queue(project)
        )


def _finished(uow: UnitOfWork, project: Project, changed: Iterable[Run]) -> Iterator[Message]:
    for runs in _ended_experiments(uow, changed):
        good = sum(run.status is RunStatus.SUCCEEDED for run in runs)
        name = _experiment(uow, runs[0])
        body = f"{good:,} of {counted(len(runs), 'run')} succeeded. {_search_ended(uow, runs[0])}".strip()
        title = f"{name} finished in {project.name}"
        yield Message(Event.FINISHED, f"finished:{_mark(runs)}", title, body, f"/p/{project.slug}/overview")


def _decision(uow: UnitOfWork, project: Project, changed: Iterable[Run]) -> Iterator[Message]:
    """Return experiments that cannot go on by themselves: what failed keeps other runs from starting."""
    for runs in _ended_experiments(uow, changed):
        bad = sum(run.status in _BAD for run in runs)
        skipped = sum(run.status is RunStatus.SKIPPED for run in runs)
        if bad and skipped:
            title = f"{_experiment(uow, runs[0])} in {project.name} needs a decision"
            body = (
                f"{counted(bad, 'run')} failed, so {counted(skipped, 'run')} that "
                f"{agreeing(skipped, 'needs', 'need')} what they make {agreeing(skipped, 'was', 'were')} "
                "skipped: retry, or leave it."
            )
            yield Message(Event.DECISION, f"decision:{_mark(runs)}", title, body, _queue(project))


_RUNS: dict[Event, Callable[[UnitOfWork, Project, Iterable[Run]], Iterator[Message]]] = {
    Event.FAILED: _failed,
    Event.FINISHED: _finished,
    Event.DECISION: _decision,
}


def _ended_experiments(uow: UnitOfWork, changed: Iterable[Run]) -> Iterator[list[Run]]:
    """Return the runs of each experiment of which one ended and none is left to do."""
    touched = {
        run.experiment_id for run in changed if run.experiment_id is not None and run.status not in ACTIVE
    }
    for experiment_id in sorted(touched):
        found = uow.experiments.get(experiment_id)
        if found is not None and found.searching:
            continue  # it proposes more, or says why not, in which case its last run changes once more
        runs = list(uow.runs.get(uow.runs.of_experiment(experiment_id)).values())
        if runs and not any(run.status in ACTIVE for run in runs):
            yield runs


def _mark(runs: list[Run]) -> str:
    """Return what is another text whenever an experiment has ended once more."""
    ended = max((run.finished_at for run in runs if run.finished_at), default=None)
    return f"{runs[0].experiment_id}:{ended.isoformat() if ended else ''}"


def _search_ended(uow: UnitOfWork, run: Run) -> str:
    found = None if run.experiment_id is None else uow.experiments.get(run.experiment_id)
    return found.search_ended if found else ""


def _experiment(uow: UnitOfWork, run: Run) -> str:
    found = None if run.experiment_id is None else uow.experiments.get(run.experiment_id)
    return f"Experiment {found.name or found.id}" if found else f"Run {run.id}"


def _within_budgets(project: Project, models: list[Model]) -> list[Model]:
    bounds = [
        (metric, project.budgets[metric.name]) for metric in project.metrics if metric.name in project.budgets
    ]
    return [one for one in models if bounds and all(_keeps(one, *bound) for bound in bounds)]


def _keeps(model: Model, metric: MetricDefinition, bound: float) -> bool:
    value = model.metrics.get(metric.name)
    if value is None or value != value:  # noqa: PLR0124  NaN
        return False
    return value >= bound if metric.direction is Direction.HIGHER else value <= bound


def _front(project: Project, models: list[Model]) -> list[Model]:
    """Return the models on the front of the leading quality and the leading cost; none without both."""
    leading = [metric for name in project.primary if (metric := project.metric(name)) is not None]
    quality = next((one for one in leading if one.group is not Group.EFFICIENCY), None)
    cost = next((one for one in leading if one.group is Group.EFFICIENCY), None)
    if quality is None or cost is None:
        return []
    known = [one for one in models if quality.name in one.metrics and cost.name in one.metrics]
    places = pareto_front(
        [one.metrics[cost.name] for one in known],
        [one.metrics[quality.name] for one in known],
        x_direction=cost.direction,
        y_direction=quality.direction,
    )
    return [known[int(place)] for place in places]


def _new(
    uow: UnitOfWork, channel: Channel, project: Project, event: Event, found: list[Model]
) -> Iterator[Message]:
    """Return one message about the models of which the channel has not been told."""
    told = {part for key in uow.channels.keys(channel.id, event) for part in key.partition(":")[2].split(",")}
    new = [one for one in found if str(one.id) not in told][:_MOST_MODELS]
    if not new:
        return
    what = "meets all budgets" if event is Event.BUDGET else "is new on the Pareto front"
    several = "meet all budgets" if event is Event.BUDGET else "are new on the Pareto front"
    title = f"{counted(len(new), 'model')} {agreeing(len(new), what, several)} of {project.name}"
    lead = [metric for name in project.primary[:3] if (metric := project.metric(name)) is not None]
    body = listed(f"{one.name} ({_figures(one, lead)})" for one in new)
    key = f"{event.value}:{','.join(str(one.id) for one in new)}"
    yield Message(event, key, title, f"{body}.", f"/p/{project.slug}/overview?selected={new[0].id}")


def _figures(model: Model, metrics: list[MetricDefinition]) -> str:
    known = [(metric, model.metrics[metric.name]) for metric in metrics if metric.name in model.metrics]
    return ", ".join(f"{metric.label} {format_value(metric, value)}" for metric, value in known)


def _queue(project: Project) -> str:
    return f"/p/{project.slug}/queue"
