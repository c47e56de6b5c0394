"""Reads crossings of recipes: another value of one parameter of a step, or another step in its place.

Selected and other models meet by what the rest of the step is like. So sweeps of hundreds of siblings cost
a look at each of them, not at each pair.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from core.comparison.suggestions.recipe_index import Crossing, RecipeIndex
from core.comparison.variables.values import Value, value_of
from core.comparison.variables.wording import parameter_label, parameter_value, technique_name
from core.domain.ids import ModelId
from core.domain.parameter.choices import choice_words
from core.domain.parameter.spec import ParameterSpec
from core.domain.recipe import Step, step_label
from core.domain.technique import TechniqueSpec


class RecipeChange(IntEnum):
    """In what a suggested set differs from the selection; of equally complete sets, lower ones come first."""

    VALUE = 0  # the same step at another value
    STEP_ADDED = 1
    STEP_REMOVED = 2
    STEP_REPLACED = 3
    BASE = 4
    SEED = 5


@dataclass
class Group:
    """Models that are the same change away: which selected ones have a counterpart, and which those are."""

    covered: set[ModelId] = field(default_factory=set)
    counterparts: set[ModelId] = field(default_factory=set)


class Groups(dict[tuple[RecipeChange, str, int], Group]):
    """Groups by change, label, and which use of its technique the changed step is."""

    def of(self, change: RecipeChange, label: str, occurrence: int) -> Group:
        """Return the group of a change, new if it is the first of its kind."""
        return self.setdefault((change, label, occurrence), Group())


def crossed(
    crossing: Crossing, index: RecipeIndex, specs: Mapping[str, TechniqueSpec], groups: Groups
) -> None:
    """Add what the crossing offers to the groups."""
    wanted, offered = _by_technique(crossing.selected, index), _by_technique(crossing.others, index)
    for old, selected in wanted.items():
        occurrence = index.times(old, crossing.before) + 1
        everyone = _union(selected.values())
        for new, others in offered.items():
            if new == old:
                _other_values(_Meeting(index, selected, others), specs.get(old), occurrence, groups)
                continue
            former = technique_name(old, specs.get(old))
            for number, ids in others.items():
                label = f"{step_label(index.steps[number], specs.get(new))} instead of {former}"
                group = groups.of(RecipeChange.STEP_REPLACED, label, occurrence)
                group.covered |= everyone
                group.counterparts |= ids


def _by_technique(
    numbered: Mapping[int, set[ModelId]], index: RecipeIndex
) -> dict[str, dict[int, set[ModelId]]]:
    found: dict[str, dict[int, set[ModelId]]] = {}
    for number, ids in numbered.items():
        found.setdefault(index.steps[number].technique, {})[number] = ids
    return found


@dataclass(frozen=True)
class _Meeting:
    """Selected and other models that use the same technique at the same place, by their steps' numbers."""

    index: RecipeIndex
    selected: Mapping[int, set[ModelId]]
    others: Mapping[int, set[ModelId]]

    def names(self) -> list[str]:
        """Return the parameters that others have a value of."""
        steps = (self.index.steps[number] for number in self.others)
        return list(dict.fromkeys(name for step in steps for name in step.parameters))

    def pairs(self, name: str) -> Iterator[tuple[Value, set[ModelId], set[ModelId]]]:
        """Yield a parameter's value in each step of others, who has it, and the selected models it suits.

        They are those whose step differs from it in this parameter alone.
        """
        holders: dict[Hashable, dict[Value | None, set[ModelId]]] = {}
        for number, ids in self.selected.items():
            rest, value = _without(self.index.steps[number], name)
            holders.setdefault(rest, {}).setdefault(value, set()).update(ids)
        everyone = {rest: _union(by_value.values()) for rest, by_value in holders.items()}
        for number, ids in self.others.items():
            rest, value = _without(self.index.steps[number], name)
            if value is None or rest not in holders:
                continue
            same = holders[rest].get(value)
            covered = everyone[rest] - same if same else everyone[rest]
            if covered:
                yield value, ids, covered


def _other_values(meeting: _Meeting, spec: TechniqueSpec | None, occurrence: int, groups: Groups) -> None:
    """A changed value is a group of its own, and one of `other values`."""
    for name in meeting.names():
        title, about = parameter_label(name, spec), spec.by_name.get(name) if spec else None
        for value, ids, covered in meeting.pairs(name):
            for label in (
                f"same at {_with_name(title, value, about)}",
                f"with other values of {title}",
            ):
                group = groups.of(RecipeChange.VALUE, label, occurrence)
                group.covered |= covered
                group.counterparts |= ids


def _with_name(title: str, value: Value, about: ParameterSpec | None) -> str:
    text, unit = str(choice_words(value.text, about)), about.unit if about else ""
    return parameter_value(title, text, unit, number=value.number is not None)


def _without(step: Step, name: str) -> tuple[Hashable, Value | None]:
    """Return what the step is like besides one parameter, and the value of that; None if it has none."""
    values = {key: value_of(raw) for key, raw in step.parameters.items()}
    value = values.pop(name, None)
    rules = Step("", rules=step.rules).canonical() if step.rules.overrides else step.rules
    return (rules, frozenset(values.items())), value


def _union(sets: Iterable[set[ModelId]]) -> set[ModelId]:
    return set().union(*sets)
