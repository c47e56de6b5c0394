"""Checks of what is said about two recipes, and of one step at several values of another variable."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

from core.comparison.sentences.statement import (
    Contrast,
    Difference,
    Effects,
    Interval,
    Relation,
    Repeats,
    Verdict,
)
from core.domain.ids import ModelId
from core.testing.sentences.alike import differing, level_of, only_in
from core.testing.sentences.situation import Made, Situation, gap, improves, points


def check_difference(
    at: Situation, told: Difference, before: Sequence[ModelId], after: Sequence[ModelId]
) -> None:
    """Recompute a difference between two groups of models from their figures."""
    metric = told.metric
    assert list(told.before.model_ids) == at.measured(metric, before), "other models on the first side"
    assert list(told.after.model_ids) == at.measured(metric, after), "other models on the second side"
    own = gap(at, metric, before, after)
    assert math.isclose(told.before.value, own.before, rel_tol=1e-9)
    assert math.isclose(told.after.value, own.after, rel_tol=1e-9)
    assert math.isclose(told.amount, own.amount, rel_tol=1e-9, abs_tol=1e-300)
    assert (told.margin is None) == (own.margin is None)
    assert told.margin is None or math.isclose(told.margin, own.margin or 0.0, rel_tol=1e-9)
    wanted = Interval.PAIRED if own.paired else Interval.NONE if own.margin is None else Interval.INDEPENDENT
    assert told.interval is wanted, f"{metric.name}: told by a {told.interval} interval"
    assert told.changed == own.told, f"{metric.name}: told as {told.verdict}, {own}"
    if told.changed:
        assert (told.verdict is Verdict.HIGHER) == (own.amount > 0)
    if told.verdict is Verdict.SAME and own.margin is not None:
        assert own.amount == 0 or abs(own.amount) > own.margin


def check_untrained(at: Situation, told: Sequence[str], ids: Sequence[ModelId]) -> None:
    """Models that were never trained are called so, and no others."""
    assert sorted(told) == sorted(at.called(one) for one in set(ids) if at.never_trained(one))


def check_contrast(at: Situation, told: Contrast) -> None:
    """Hold a contrast against the recipes and the figures of its models."""
    assert told.before
    assert told.after
    assert not set(told.before) & set(told.after)
    assert set(told.before) | set(told.after) <= set(at.ids)
    assert at.same_recipe(told.before)
    assert at.same_recipe(told.after)
    assert not at.same_recipe([*told.before, *told.after])
    _check_relation(at, told)
    for found in told.differences:
        check_difference(at, found, told.before, told.after)
        _check_recovery(at, told, found)
    seeds = [_seeds(at, side) for side in (told.before, told.after)]
    both = all(seed for side in seeds for seed in side)
    assert told.seeds_differ == (both and seeds[0] != seeds[1])
    check_untrained(at, told.untrained, [*told.before, *told.after])
    if told.where is not None:
        values = {level_of(at, told.where.variable, one) for one in (*told.before, *told.after)}
        assert len(values) == 1, f"{told.where.place} is not the place of all"
    else:
        assert sorted([*told.before, *told.after]) == sorted(at.ids), "models are passed over in silence"


def _check_relation(at: Situation, told: Contrast) -> None:
    first, second = at.recipe(told.before[0]), at.recipe(told.after[0])
    same_base = at.line(told.before[0])[0].id == at.line(told.after[0])[0].id
    if told.relation is Relation.ADDED:
        for one in told.after:
            above = {model.id for model in at.line(one)[:-1]}
            assert above & set(told.before), "nothing was added to this model"
        new = second[len(first) :]
        assert _keys(second[: len(first)]) == _keys(first)
        assert len(new) == len(told.new)
        _check_labels(at, new, told.new)
    elif told.relation in (Relation.INSERTED, Relation.REPLACED):
        assert same_base
        assert (told.relation is Relation.REPLACED) == bool(told.old)
        assert any(
            _fits(at, first, second, place, told) for place in range(len(first) - len(told.old) + 1)
        ), "the recipes differ in other steps"
    elif told.relation is Relation.VALUES:
        keys = differing(at, told.before[0], told.after[0])
        assert keys == {before.variable for before, _ in told.settings}
        assert keys == set(told.variables)
    else:
        assert told.names == tuple(at.called(side[0]) for side in (told.before, told.after))
        assert len(told.before) == len(told.after) == 1
        assert told.differ_in


def _fits(at: Situation, first: list[Made], second: list[Made], place: int, told: Contrast) -> bool:
    """Return whether the new steps instead of the old ones, at this place, make one recipe of the other."""
    old = first[place : place + len(told.old)]
    new = second[place : place + len(told.new)]
    made = _keys(first[:place]) + _keys(new) + _keys(first[place + len(old) :])
    if made != _keys(second):
        return False
    try:
        _check_labels(at, old, told.old)
        _check_labels(at, new, told.new)
    except AssertionError:
        return False
    return True


def _check_labels(at: Situation, steps: Sequence[Made], labels: Sequence[str]) -> None:
    for step, label in zip(steps, labels, strict=True):
        spec = at.specs.get(step.technique)
        assert label.startswith(spec.running_label if spec else step.technique), (label, step)


def _check_recovery(at: Situation, told: Contrast, found: Difference) -> None:
    """Nothing comes back but to descendants, and but what was lost against a trained ancestor."""
    bases = [at.trained_base(one) for one in found.before.model_ids]
    base = bases[0]
    one_base = base is not None and all(other is not None and other.id == base.id for other in bases)
    own = gap(at, found.metric, told.before, told.after)
    expected = False
    if told.relation is Relation.ADDED and one_base and base is not None and base.id not in told.before:
        measured = at.measured(found.metric, [base.id])
        if measured and points(found.metric) and own.told and improves(found.metric, own):
            loss = gap(at, found.metric, measured, told.before)
            expected = loss.told and not improves(found.metric, loss) and abs(own.amount) <= abs(loss.amount)
            if expected and found.lost is not None:
                assert found.origin_id == base.id
                assert math.isclose(found.lost, abs(loss.amount), rel_tol=1e-9)
    if found.metric.group.value == "quality":
        assert (found.lost is not None) == expected, "brought back?"
    else:
        assert found.lost is None


def _seeds(at: Situation, ids: Sequence[ModelId]) -> set[tuple[int, ...]]:
    """Return the seeds that each of the models depends on, each once where they agree; () for none."""
    found = set()
    for one in ids:
        seeds = tuple(
            model.seed
            for model in at.line(one)
            if model.step is not None
            and model.parent_id is not None
            and (model.step.technique not in at.specs or at.specs[model.step.technique].stochastic)
        )
        found.add(seeds[:1] if len(set(seeds)) == 1 else seeds)
    return found


def check_effects(at: Situation, told: Effects) -> None:
    """Hold least and greatest effect of a step against all pairs of models with and without it."""
    first, last = told.contrasts
    assert first.new == last.new
    assert first.relation is last.relation
    for one in told.contrasts:
        assert one.where is not None
        assert len(one.differences) == 1
        check_contrast(at, one)
    variable = next(one for one in first.variables if one.startswith("presence:"))
    metric = first.differences[0].metric
    pairs = []
    for group, more in itertools.combinations(at.groups(), 2):
        less, most = sorted((group, more), key=lambda ids: len(at.recipe(ids[0])))
        differ = len(at.recipe(less[0])) < len(at.recipe(most[0]))
        measured = at.measured(metric, less) and at.measured(metric, most)
        taught = _new_teachers(at, less[0], most[0]) == _new_teachers(at, first.before[0], first.after[0])
        if differ and measured and taught and only_in(at, variable, less[0], most[0]):
            pairs.append(gap(at, metric, less, most))
    assert len(pairs) == told.places, "other values were compared"
    gains = [(pair.told, abs(pair.amount) if improves(metric, pair) else -abs(pair.amount)) for pair in pairs]
    sure = sorted(gain for clear, gain in gains if clear)
    ordered = sorted(gains, key=lambda one: (one[0], abs(one[1])))
    ends = (ordered[0][1], ordered[-1][1])
    if sure and sure[0] < 0 < sure[-1]:
        ends = (sure[0], sure[-1])
    shown = [abs(one.differences[0].amount) for one in told.contrasts]
    assert math.isclose(shown[0], abs(ends[0]), rel_tol=1e-9, abs_tol=1e-300)
    assert math.isclose(shown[1], abs(ends[1]), rel_tol=1e-9, abs_tol=1e-300)


def _new_teachers(at: Situation, one: ModelId, other: ModelId) -> set[object]:
    """Return the teachers of the steps that only the second model has: another teacher is another step."""
    taught = [Counter((step.technique, step.teacher) for step in at.recipe(each)) for each in (one, other)]
    return {teacher for _, teacher in taught[1] - taught[0]}


def check_repeats(at: Situation, told: Repeats) -> None:
    """All models are of one recipe, and the range is that of all that have the figure."""
    assert at.same_recipe(at.ids)
    assert sorted(told.model_ids) == sorted(at.ids)
    values = [at.value(told.metric, one) for one in at.measured(told.metric, at.ids)]
    assert (told.measured, told.low, told.high) == (len(values), min(values), max(values))


def _keys(steps: Sequence[Made]) -> list[object]:
    return [step.key for step in steps]
