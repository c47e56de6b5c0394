"""Finds models whose recipe is the same as another's but for one step, the base, or the seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from core.comparison.variables.lineages import trace
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Step


class Relation(Enum):
    """How the recipe of a model relates to that of a selected one."""

    STEP = auto()  # one step more or one less
    BASE = auto()  # the same steps on another base
    SEED = auto()  # the same steps on the same base


@dataclass(frozen=True)
class Neighbour:
    """A selected model and another one whose recipe is one change away, other than by a changed step.

    before, after: the step that changes; None where a step is added (before) or left out (after).
    last: whether the changed step is the last of the longer recipe.
    occurrence: which use of its technique the changed step is, from 1; 0 where no step changes.
    """

    selected: Model
    other: Model
    other_base: Model
    relation: Relation
    before: Step | None = None
    after: Step | None = None
    last: bool = True
    occurrence: int = 0


StepNumbers = tuple[int, ...]
"""The numbers of the steps after the base, in order."""

_Key = tuple[ModelId, StepNumbers]


@dataclass
class Crossing:
    """Models whose recipes are the same but for the step at one place.

    before: the steps that come before that place.
    selected, others: who has which step at that place, by the number of that step.
    """

    before: StepNumbers
    selected: dict[int, set[ModelId]] = field(default_factory=dict)
    others: dict[int, set[ModelId]] = field(default_factory=dict)


@dataclass
class Neighbourhood:
    """What is one change away from a selection; a crossing stands for all its pairs, which can be many."""

    neighbours: list[Neighbour] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)


@dataclass
class RecipeIndex:
    """Every finished model of a project by base and recipe; equal steps have equal numbers."""

    models: Mapping[ModelId, Model]
    steps: list[Step] = field(default_factory=list)
    keys: dict[ModelId, _Key] = field(default_factory=dict)

    @classmethod
    def over(cls, models: Iterable[Model]) -> RecipeIndex:
        """Index the models; a model whose parent is not among them counts as a base."""
        index = cls({model.id: model for model in models})
        numbering = _Numbering(index.steps)
        for model_id in index.models:
            index._place(model_id, numbering)
        return index

    def around(self, selection: Sequence[ModelId]) -> Neighbourhood:
        """Return every finished, unselected model that is one change away from a selected one.

        Models without figures are left out if a selected one has some: they could not be compared.

        Takes time in proportion to all steps of all recipes, however many models are selected.

        Raises:
            NotFound: A selected id is not among the models.
        """
        chosen = [lineage.model for lineage in trace(self.models.values(), selection)]
        wanted = _Wanted.of(chosen, self.keys)
        taken, measured = set(selection), any(model.metrics for model in chosen)
        found = Neighbourhood()
        for other in self.models.values():
            if not other.ready or other.archived or other.id in taken:
                continue
            if other.metrics or not measured:
                found.neighbours += self._matches(other, wanted)
        found.crossings += [crossing for crossing in wanted.crossings.values() if crossing.others]
        return found

    def times(self, technique: str, steps: StepNumbers) -> int:
        """Return how often a technique is used in these steps."""
        return sum(self.steps[number].technique == technique for number in steps)

    def _place(self, model_id: ModelId, numbering: _Numbering) -> None:
        pending = [model_id]
        while (parent_id := self.models[pending[-1]].parent_id) is not None:
            if parent_id not in self.models or parent_id in self.keys:
                break
            pending.append(parent_id)
        for waiting in reversed(pending):
            model = self.models[waiting]
            if waiting in self.keys:
                continue
            above = self.keys.get(model.parent_id) if model.parent_id is not None else None
            if above is None or model.step is None:
                self.keys[waiting] = (waiting, ())
            else:
                self.keys[waiting] = (above[0], (*above[1], numbering.of(model.step)))

    def _matches(self, other: Model, wanted: _Wanted) -> Iterator[Neighbour]:
        base_id, recipe = self.keys[other.id]
        for selected in wanted.whole.get(recipe, ()):
            relation = Relation.SEED if self.keys[selected.id][0] == base_id else Relation.BASE
            if recipe or relation is Relation.BASE:
                yield Neighbour(selected, other, self.models[base_id], relation)
        for selected, position in wanted.shortened.get((base_id, recipe), ()):
            yield self._changed(selected, other, self.keys[selected.id][1], None, position)
        for position, number in enumerate(recipe):
            rest = recipe[:position] + recipe[position + 1 :]
            for selected in wanted.same.get((base_id, rest), ()):
                yield self._changed(selected, other, None, recipe, position)
            crossing = wanted.crossings.get((base_id, rest, position))
            if crossing is not None:
                crossing.others.setdefault(number, set()).add(other.id)

    def _changed(
        self,
        selected: Model,
        other: Model,
        before: StepNumbers | None,
        after: StepNumbers | None,
        position: int,
    ) -> Neighbour:
        """Return the neighbour that has or lacks the step at `position` of the longer of two recipes."""
        longer = before or after or ()
        return Neighbour(
            selected,
            other,
            other_base=self.models[self.keys[other.id][0]],
            relation=Relation.STEP,
            before=self.steps[before[position]] if before else None,
            after=self.steps[after[position]] if after else None,
            last=position == len(longer) - 1,
            occurrence=self.times(self.steps[longer[position]].technique, longer[: position + 1]),
        )


@dataclass
class _Wanted:
    """The selected models by what another model's recipe is looked up with."""

    whole: dict[StepNumbers, list[Model]] = field(default_factory=dict)
    same: dict[_Key, list[Model]] = field(default_factory=dict)
    shortened: dict[_Key, list[tuple[Model, int]]] = field(default_factory=dict)
    crossings: dict[tuple[ModelId, StepNumbers, int], Crossing] = field(default_factory=dict)

    @classmethod
    def of(cls, chosen: Iterable[Model], keys: Mapping[ModelId, _Key]) -> _Wanted:
        wanted = cls()
        for model in chosen:
            base_id, recipe = keys[model.id]
            wanted.whole.setdefault(recipe, []).append(model)
            wanted.same.setdefault((base_id, recipe), []).append(model)
            for position, number in enumerate(recipe):
                rest = recipe[:position] + recipe[position + 1 :]
                wanted.shortened.setdefault((base_id, rest), []).append((model, position))
                place = (base_id, rest, position)
                crossing = wanted.crossings.setdefault(place, Crossing(recipe[:position]))
                crossing.selected.setdefault(number, set()).add(model.id)
        return wanted


class _Numbering:
    """Gives equal steps equal numbers; the JSON of a step is written once per different step."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._by_json: dict[str, int] = {}
        self._by_look: dict[object, int] = {}

    def of(self, step: Step) -> int:
        look = (step.technique, repr(step.parameters), step.rules.include, step.rules.exclude)
        if step.rules.overrides or look not in self._by_look:
            canonical = step.canonical()
            if canonical not in self._by_json:
                self._by_json[canonical] = len(self._steps)
                self._steps.append(step)
            if step.rules.overrides:
                return self._by_json[canonical]
            self._by_look[look] = self._by_json[canonical]
        return self._by_look[look]
