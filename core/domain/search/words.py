"""Searches in words: what is looked for, how far it is, why a model was tried, and why the search ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.domain.metric import MetricDefinition, format_value
from core.domain.search.selection import Search, Selection
from core.domain.search.space import Space
from core.domain.search.trials import FAILURES, Next, Standing, Trial, TrialState
from core.presentation.counts import counted
from core.presentation.labels import in_sentence
from core.presentation.lists import joined

Metrics = Mapping[str, MetricDefinition]


def sought(search: Search, metrics: Metrics) -> str:
    """Return what is looked for, e.g. `smallest file size with top-1 accuracy at least 95.0 %`."""
    goals = [f"smallest {_label(name, metrics)}" for name in search.minimize]
    goals += [f"largest {_label(name, metrics)}" for name in search.maximize]
    limits = [f"{_label(n, metrics)} at least {_value(n, v, metrics)}" for n, v in search.at_least.items()]
    limits += [f"{_label(n, metrics)} at most {_value(n, v, metrics)}" for n, v in search.at_most.items()]
    return joined(goals) + (f" with {joined(limits)}" if limits else "")


def selection_words(selection: Selection, combinations: int, metrics: Metrics) -> str:
    """Return which of the combinations are made; empty where all are."""
    if selection.sample is not None:
        sample = selection.sample
        return f"{min(sample.count, combinations):,} of {combinations:,} at random (seed {sample.seed})"
    if selection.combinations:
        return f"{counted(len(selection.combinations), 'listed combination')}"
    if selection.search is not None:
        return f"search for the {sought(selection.search, metrics)}"
    return ""


def values_words(search: Search, values: Mapping[str, float], metrics: Metrics) -> str:
    """Return the values that a search judges by, e.g. `file size 112 kB, top-1 accuracy 95.2 %`."""
    told = (name for name in search.metrics if name in values)
    return ", ".join(f"{_label(name, metrics)} {_value(name, values[name], metrics)}" for name in told)


def best_words(search: Search, best: Sequence[Trial], metrics: Metrics) -> str:
    """Return the best model with its values; of several goals, how many models no other beats."""
    if not best:
        conditions = search.at_least or search.at_most
        return "none meets the conditions yet" if conditions else "no result yet"
    if len(search.goals) > 1:
        models = ", ".join(str(trial.model_id) for trial in best[-5:])
        more = f"the last {models}" if len(best) > 5 else models
        verb = "model that no other beats" if len(best) == 1 else "models that no other beats"
        return f"{len(best):,} {verb}: {more}"
    return f"model {best[-1].model_id}, {values_words(search, best[-1].values, metrics)}"


def progress_words(search: Search, trials: Sequence[Trial], now: Standing, metrics: Metrics) -> str:
    """Return e.g. `12 of at most 25 models, best so far model 41, file size 112 kB, no improvement for 4`."""
    parts = [f"{now.ended:,} of at most {counted(search.models, 'model')}"]
    parts += [f"best so far {best_words(search, now.best, metrics)}"] if now.results else []
    parts += [f"no improvement for {now.unimproved}"] if now.unimproved else []
    pruned = sum(trial.state is TrialState.PRUNED for trial in trials)
    failed = sum(trial.state is TrialState.FAILED for trial in trials)
    parts += [f"{pruned} given up early"] if pruned else []
    parts += [f"{failed} without a result"] if failed else []
    return ", ".join(parts)


def reason_words(space: Space, trial: Trial, how: str, context: tuple[Search, Standing, Metrics]) -> str:
    """Return why a combination is tried. how: who proposed it."""
    search, now, metrics = context
    what = space.in_words(trial.picks)
    best = f"; best so far: {best_words(search, now.best, metrics)}" if now.results else ""
    return f"Trial {trial.number}: {what}; {how}{best}."


def ended_words(search: Search, why: Next, trials: Sequence[Trial]) -> str:
    """Return why a search ended."""
    if why is Next.STOP_MODELS:
        return f"Ended: {counted(search.models, 'model')} tried, as many as it may."
    if why is Next.STOP_PATIENCE:
        return f"Ended: {counted(search.patience, 'model')} in a row improved nothing."
    last = max((one for one in trials if one.state is TrialState.FAILED), key=lambda one: one.number)
    return f"Ended: {FAILURES} trials in a row had no result. The last: {last.told}"


def exhausted_words(space: Space, tried: int) -> str:
    """Return that nothing is left to try."""
    ruled_out = space.count - tried
    if ruled_out <= 0:
        return f"Ended: all {counted(space.count, 'combination')} were tried."
    return f"Ended: {tried:,} of {counted(space.count, 'combination')} were tried, the rest is ruled out."


def _label(name: str, metrics: Metrics) -> str:
    metric = metrics.get(name)
    return name if metric is None else in_sentence(metric.label)


def _value(name: str, value: float, metrics: Metrics) -> str:
    metric = metrics.get(name)
    if metric is None:
        return f"{value:g}" if math.isfinite(value) else str(value)
    return format_value(metric, value)
