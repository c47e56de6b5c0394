"""Checks of what is said about any models and about a whole study: winners, trade-offs and counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.comparison.sentences.statement import BestOf, Census, Nothing, Reason, Single, TradeOff, Winner
from core.domain.metric import Direction, MetricDefinition
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from core.testing.sentences.contrasts import check_difference, check_untrained
from core.testing.sentences.situation import Situation, gap, improves, level_share, points


def check_best_of(at: Situation, told: BestOf) -> None:
    """No selected model beats a winner, and those that cannot be told from it are counted."""
    assert sorted(told.model_ids) == sorted(at.ids)
    assert told.winners
    for winner in told.winners:
        _check_winner(at, winner)
    check_untrained(at, told.untrained, [winner.model_id for winner in told.winners])


def _check_winner(at: Situation, told: Winner) -> None:
    measured = at.measured(told.metric, sorted(set(at.ids)))
    values = [at.value(told.metric, one) for one in measured]
    best = max(values) if told.metric.direction is Direction.HIGHER else min(values)
    assert told.value == best == at.value(told.metric, told.model_id)
    assert told.name == at.called(told.model_id)
    level = [
        one
        for one in measured
        if one != told.model_id and not gap(at, told.metric, [told.model_id], [one]).told
    ]
    assert list(told.level_with) == level
    values = [at.value(told.metric, one) for one in level]
    worst = (
        min(values, default=best) if told.metric.direction is Direction.HIGHER else max(values, default=best)
    )
    assert told.level_to == worst
    assert len(level) < len(measured) - 1, "all of them are level"


def check_single(at: Situation, told: Single) -> None:
    """Its figures are those of the model."""
    assert list(at.ids) == [told.model_id]
    model = at.by_id[told.model_id]
    assert told.name == model.name
    for metric, value in told.values:
        own = model.metrics[metric.name]
        assert own == value or (math.isnan(own) and math.isnan(value))
    ended = {RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST, RunStatus.SKIPPED}
    assert told.pending == (model.status not in ended)


def check_nothing(at: Situation, told: Nothing) -> None:
    """There really is nothing to say."""
    if told.reason is Reason.EMPTY:
        assert not at.ids
        return
    models = [at.by_id[one] for one in at.ids]
    assert told.models == len(models)
    if told.reason is Reason.NOTHING_SHARED:
        for metric in at.metrics:
            if metric.direction is not Direction.NEITHER:
                assert len(at.measured(metric, at.ids)) < 2
    else:
        assert not any(model.metrics for model in models)
        ended = {RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST, RunStatus.SKIPPED}
        assert (told.reason is Reason.UNMEASURED) == all(model.status in ended for model in models)


@dataclass(frozen=True)
class Wanted:
    """What a study weighs, as its project has it."""

    quality: MetricDefinition
    cost: MetricDefinition
    budgets: Mapping[str, float]
    acceptable_loss: float


def check_trade_off(whole: Situation, told: TradeOff | None, wanted: Wanted) -> None:
    """No other model saves more within the criterion, each by its own trained base.

    Which model is named goes by the figures; only its own quality is compared instance by instance.
    """
    at = replace(whole, outcomes={})
    saving = [pair for pair in _pairs(at) if _saves(at, wanted, *pair)]
    if told is None:
        assert not saving
        return
    budget = wanted.budgets.get(wanted.quality.name)
    assert told.criterion.budget == (budget is not None)
    assert told.criterion.limit == (wanted.acceptable_loss if budget is None else budget)
    fine = [pair for pair in saving if _accepted(at, wanted, *pair)]
    assert told.met == len(fine)
    assert (told.model_id, told.base_id) in [(model.id, base.id) for model, base in fine or saving]
    model, base = at.by_id[told.model_id], at.by_id[told.base_id]
    lead = wanted.cost if fine else wanted.quality
    shares = [_share(at, lead, *pair) for pair in fine or saving]
    best = max(shares) if lead.direction is Direction.HIGHER else min(shares)
    level = [pair for pair in fine or saving if _is_level(at, lead, pair, _first(at, wanted, fine, saving))]
    assert model in [one for one, _ in level], "another one is better"
    second = wanted.quality if fine else wanted.cost
    ahead = [one for one, its in level if its is base and _beats(at, second, one, model)]
    assert not ahead, f"model {ahead[0].id} is level and clearly better in {second.name}"
    for one, its in level:
        if _better_share(at, lead, (one, its), (model, base)):
            rivals = [rival for rival, root in level if root is its]
            assert any(_beats(at, second, rival, one) for rival in rivals), f"model {one.id} is passed over"
    assert list(told.level_with) == [one.id for one, _ in level if fine and one is not model]
    assert not fine or abs(_share(at, lead, model, base) - best) <= level_share(lead) * abs(best)
    check_difference(at, told.cost, [base.id], [model.id])
    check_difference(whole, told.quality, [base.id], [model.id])


_Pair = tuple[Model, Model]


def _first(at: Situation, wanted: Wanted, fine: Sequence[_Pair], saving: Sequence[_Pair]) -> _Pair:
    """Return the best model in what counts first, among equals in the other metric, with its base."""
    order = (wanted.cost, wanted.quality) if fine else (wanted.quality, wanted.cost)
    signs = [1 if metric.direction is Direction.LOWER else -1 for metric in order]
    return min(
        fine or saving,
        key=lambda pair: [
            sign * _share(at, metric, *pair) for sign, metric in zip(signs, order, strict=True)
        ],
    )


def _is_level(at: Situation, lead: MetricDefinition, pair: _Pair, first: _Pair) -> bool:
    if pair[0] is first[0]:
        return True
    if lead.group.value == "efficiency":
        best = _share(at, lead, *first)
        return abs(_share(at, lead, *pair) - best) <= level_share(lead) * abs(best)
    return pair[1] is first[1] and not gap(at, lead, [first[0].id], [pair[0].id]).told


def _beats(at: Situation, metric: MetricDefinition, one: Model, other: Model) -> bool:
    found = gap(at, metric, [other.id], [one.id])
    return found.told and improves(metric, found)


def _better_share(at: Situation, metric: MetricDefinition, one: _Pair, other: _Pair) -> bool:
    first, second = _share(at, metric, *one), _share(at, metric, *other)
    return first > second if metric.direction is Direction.HIGHER else first < second


def _pairs(at: Situation) -> list[tuple[Model, Model]]:
    found = []
    for model in at.models:
        base = at.trained_base(model.id)
        if base is None or base is model or model.parent_id is None:
            continue
        if not model.archived and not base.archived:
            found.append((model, base))
    return found


def _saves(at: Situation, wanted: Wanted, model: Model, base: Model) -> bool:
    both = [base.id, model.id]
    if any(at.measured(metric, both) != both for metric in (wanted.cost, wanted.quality)):
        return False
    found = gap(at, wanted.cost, both[:1], both[1:])
    return found.told and improves(wanted.cost, found)


def _accepted(at: Situation, wanted: Wanted, model: Model, base: Model) -> bool:
    value, before = (at.value(wanted.quality, one.id) for one in (model, base))
    sign = 1 if wanted.quality.direction is Direction.HIGHER else -1
    if wanted.quality.name in wanted.budgets:
        return sign * (value - wanted.budgets[wanted.quality.name]) >= 0
    scale = points(wanted.quality)
    allowed = wanted.acceptable_loss * 100 / scale if scale else wanted.acceptable_loss * abs(before)
    return sign * (before - value) <= allowed + 1e-9 * abs(before)


def _share(at: Situation, metric: MetricDefinition, model: Model, base: Model) -> float:
    value, before = (at.value(metric, one.id) for one in (model, base))
    return value / before if before > 0 else value


def check_census(at: Situation, told: Census) -> None:
    """Every model that is not archived is counted once, by what became of it."""
    there = [model for model in at.models if not model.archived]
    made = [model for model in there if model.status is RunStatus.SUCCEEDED]
    drawn = [model.id for model in at.models if model.origin == "constructed"]
    trained = [model for model in made if model.origin == "trained" and model.parent_id in drawn]
    roots = [model for model in made if model.parent_id is None]
    assert told.bases == len(roots)
    assert told.compressed == sum(model.parent_id is not None and model not in trained for model in made)
    states = [model.status for model in there]
    assert told.failed == states.count(RunStatus.FAILED) + states.count(RunStatus.LOST)
    assert told.cancelled == states.count(RunStatus.CANCELLED)
    assert told.skipped == states.count(RunStatus.SKIPPED)
    waiting = (RunStatus.WAITING, RunStatus.QUEUED, RunStatus.RUNNING)
    assert told.pending == sum(states.count(one) for one in waiting)
