"""Contrasts: two recipes side by side, in the words that fit what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.comparison.references import path_to
from core.comparison.sentences.evidence import Evidence, Positions
from core.comparison.sentences.recovery import with_recovery
from core.comparison.sentences.statement import Contrast, Relation
from core.comparison.variables.variables import Kind, Varying
from core.comparison.variables.wording import step_words
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.recipe import Step

MOST_LISTED = 2
"""Values, or steps on either side, that a sentence lists."""

_VALUED = frozenset({Kind.PARAMETER, Kind.RULES, Kind.BASE, Kind.TEACHER})

Sides = tuple[Positions, Positions]


def contrast(evidence: Evidence, sides: Sides, leads: Sequence[MetricDefinition]) -> Contrast | None:
    """Return how two groups of models differ, each of one recipe; None where that cannot be told."""
    sides = _oriented(evidence, sides)
    described = _described(evidence, sides)
    if described is None:
        return None
    differences = []
    for metric in leads:
        found = evidence.difference(metric, *(evidence.figure(metric, side) for side in sides))
        if found is not None:
            descends = described.relation is Relation.ADDED
            differences.append(with_recovery(evidence, found) if descends else found)
    return replace(described, differences=tuple(differences)) if differences else None


def _oriented(evidence: Evidence, sides: Sides) -> Sides:
    """Put the ancestor first, else the recipe with fewer steps, else the lower value."""
    if _descends(evidence, sides[0], sides[1]):
        return sides[1], sides[0]
    if _descends(evidence, sides[1], sides[0]):
        return sides
    variables = _variables(evidence, sides)
    first, second = (_made(_path(evidence, side)) for side in sides)
    levels = [variables[0].values[side[0]].order for side in sides]
    swapped = len(first) > len(second) if len(first) != len(second) else levels[0] > levels[1]
    return (sides[1], sides[0]) if swapped else sides


def _described(evidence: Evidence, sides: Sides) -> Contrast | None:
    """Return the contrast with the words for what differs; None if groups have no words."""
    variables = _variables(evidence, sides)
    bare = Contrast(
        Relation.NAMED,
        before=tuple(model.id for model in evidence.members(sides[0])),
        after=tuple(model.id for model in evidence.members(sides[1])),
        variables=tuple(one.variable.key for one in variables),
        differences=(),
        seeds_differ=_seeds_differ(evidence, sides),
        untrained=evidence.untrained(evidence.members([*sides[0], *sides[1]])),
    )
    before, after = (_path(evidence, side) for side in sides)
    if _descends(evidence, sides[1], sides[0]):
        return replace(bare, relation=Relation.ADDED, new=_labels(evidence, _added(evidence, sides)))
    if len(variables) <= MOST_LISTED and all(_on_both(one, sides) for one in variables):
        chosen = tuple(
            (evidence.setting(one, one.values[sides[0][0]]), evidence.setting(one, one.values[sides[1][0]]))
            for one in variables
        )
        return replace(bare, relation=Relation.VALUES, settings=chosen)
    if before[0].id == after[0].id:
        old, new = _unshared(before, after)
        labels = _labels(evidence, old), _labels(evidence, new)
        if labels[1] and labels[0] != labels[1] and max(map(len, labels)) <= MOST_LISTED:
            relation = Relation.REPLACED if old else Relation.INSERTED
            return replace(bare, relation=relation, old=labels[0], new=labels[1])
    if any(len(side) > 1 for side in sides):
        return None
    differ_in = tuple(dict.fromkeys(one.label for one in variables))
    return replace(bare, names=(evidence.name(before[-1]), evidence.name(after[-1])), differ_in=differ_in)


def _variables(evidence: Evidence, sides: Sides) -> list[Varying]:
    one, other = (side[0] for side in sides)
    return [each for each in evidence.recipe_variables if each.values[one].key != each.values[other].key]


def _on_both(varying: Varying, sides: Sides) -> bool:
    return varying.variable.kind in _VALUED and all(varying.values[side[0]].present for side in sides)


def _path(evidence: Evidence, side: Positions) -> tuple[Model, ...]:
    return path_to(evidence.selected[side[0]], evidence.models)


def _made(path: Sequence[Model]) -> list[tuple[str, int | None]]:
    """Return the steps with their teachers, equal where they are the same operation."""
    return [(model.step.canonical(), model.teacher_id) for model in path if model.step is not None]


def _steps(path: Sequence[Model]) -> list[Step]:
    return [model.step for model in path if model.step is not None]


def _unshared(before: Sequence[Model], after: Sequence[Model]) -> tuple[list[Step], list[Step]]:
    """Return the steps of two recipes without those that both begin or end with."""
    old, new = _made(before), _made(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return _steps(before)[start : len(old) - end], _steps(after)[start : len(new) - end]


def _descends(evidence: Evidence, later: Positions, earlier: Positions) -> bool:
    """Return whether each of the later models was made from one of the earlier ones, by steps alone."""
    ids = {model.id for model in evidence.members(earlier)}
    paths = (path_to(model, evidence.models)[:-1] for model in evidence.members(later))
    return all(any(ancestor.id in ids for ancestor in path) for path in paths)


def _added(evidence: Evidence, sides: Sides) -> list[Step]:
    ids = {model.id for model in evidence.members(sides[0])}
    path = _path(evidence, sides[1])
    newest = max(place for place, model in enumerate(path) if model.id in ids)
    return _steps(path[newest + 1 :])


def _labels(evidence: Evidence, steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(step_words(step, evidence.specs.get(step.technique)) for step in steps)


def _seeds_differ(evidence: Evidence, sides: Sides) -> bool:
    """Return whether both sides depend on seeds, but not on the same ones."""
    found = next((one for one in evidence.differences.varying if one.variable.kind is Kind.SEED), None)
    if found is None:
        return False
    before, after = ({found.values[position] for position in side} for side in sides)
    there = all(value.present for value in before | after)
    return there and before != after
