"""Comparisons worth looking at next: sets of models one variable away from the selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from core.comparison.recipe_index import Neighbour, RecipeIndex, Relation
from core.comparison.values import Value, value_of
from core.comparison.wording import parameter_label, technique_label
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import step_label
from core.domain.technique import TechniqueSpec


class Change(IntEnum):
    """In what a suggested set differs from the selection; of equally complete sets, lower ones come first."""

    VALUE = 0  # the same step at another value
    STEP_ADDED = 1
    STEP_REMOVED = 2
    STEP_REPLACED = 3
    BASE = 4
    SEED = 5


@dataclass(frozen=True)
class Suggestion:
    """A set of models to compare the selection with.

    label: a few words, e.g. `same at sparsity 0.7`, `with int8 after`, `calibrate instead of fine-tune`.
    model_ids: the counterparts of the selected models, none of them selected.
    covered: how many of the selected models have a counterpart there.
    """

    change: Change
    label: str
    model_ids: tuple[ModelId, ...]
    covered: int


def suggested(
    models: Iterable[Model],
    selection: Sequence[ModelId],
    specs: Mapping[str, TechniqueSpec] | None = None,
    *,
    limit: int = 6,
) -> tuple[Suggestion, ...]:
    """Return up to `limit` sets of finished models, the ones that match most of the selection first.

    Raises:
        NotFound: A selected id is not among the models.
    """
    index = RecipeIndex.over(models)
    groups: dict[tuple[Change, str, int], _Group] = {}
    for neighbour in index.neighbours(selection):
        for change, label in _readings(neighbour, specs or {}):
            groups.setdefault((change, label, neighbour.occurrence), _Group()).add(neighbour)
    suggestions = [
        Suggestion(change, label, tuple(sorted(group.counterparts)), len(group.covered))
        for (change, label, _), group in groups.items()
    ]
    suggestions.sort(key=lambda one: (-one.covered, one.change, len(one.model_ids), one.label))
    return tuple(_varied(_unrepeated(suggestions), limit))


class _Group:
    def __init__(self) -> None:
        self.covered: set[ModelId] = set()
        self.counterparts: set[ModelId] = set()

    def add(self, neighbour: Neighbour) -> None:
        self.covered.add(neighbour.selected.id)
        self.counterparts.add(neighbour.other.id)


def _readings(neighbour: Neighbour, specs: Mapping[str, TechniqueSpec]) -> Iterable[tuple[Change, str]]:
    """Yield the kind of change and its label; a changed value is also one of `all other values`."""
    before, after = neighbour.before, neighbour.after
    if neighbour.relation is Relation.BASE:
        yield Change.BASE, f"same on {neighbour.other_base.name}"
    elif neighbour.relation is Relation.SEED:
        yield Change.SEED, "same with other seeds"
    elif before is None and after is not None:
        place = "after" if neighbour.last else "in between"
        yield Change.STEP_ADDED, f"with {step_label(after, specs.get(after.technique))} {place}"
    elif before is not None and after is None:
        yield Change.STEP_REMOVED, f"without {technique_label(before.technique, specs.get(before.technique))}"
    elif before is not None and after is not None and before.technique != after.technique:
        old = technique_label(before.technique, specs.get(before.technique))
        yield Change.STEP_REPLACED, f"{step_label(after, specs.get(after.technique))} instead of {old}"
    elif before is not None and after is not None:
        changed = _only_change(before.parameters, after.parameters)
        if changed and before.rules == after.rules:
            name, value = changed
            title = parameter_label(name, specs.get(after.technique))
            yield Change.VALUE, f"same at {title} {value.text}"
            yield Change.VALUE, f"with other values of {title}"


def _only_change(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, Value] | None:
    """Return name and new value of the one parameter that changed; None if there are more."""
    names = [name for name in {**before, **after} if _differs(name, before, after)]
    return (names[0], value_of(after[names[0]])) if len(names) == 1 and names[0] in after else None


def _differs(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    if name not in before or name not in after:
        return True
    return value_of(before[name]) != value_of(after[name])


def _unrepeated(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Keep the first of several suggestions that stand for the same models."""
    first: dict[tuple[ModelId, ...], Suggestion] = {}
    for suggestion in suggestions:
        first.setdefault(suggestion.model_ids, suggestion)
    return list(first.values())


def _varied(suggestions: Sequence[Suggestion], limit: int) -> list[Suggestion]:
    """Return the first `limit`, taking turns between the kinds of change so that none crowds out the rest."""
    turns: dict[Change, int] = {}
    ranked = []
    for position, suggestion in enumerate(suggestions):
        turn = turns[suggestion.change] = turns.get(suggestion.change, -1) + 1
        ranked.append((turn, position, suggestion))
    ranked.sort(key=lambda entry: entry[:2])
    return [suggestion for _, _, suggestion in sorted(ranked[:limit], key=lambda entry: entry[1])]
