"""The combinations that recipes with several values stand for, addressed without unfolding them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.ids import ModelId
from core.domain.recipe import Recipe, SweepStep, show_value
from core.domain.search.selection import Sample

BASE = "base"
RECIPE = "recipe"
MOST_COMBINATIONS = 10**15
"""Beyond this, combinations cannot be numbered."""


@dataclass(frozen=True)
class Axis:
    """Something of which one of several values is chosen.

    key: `base`, `recipe`, or `<recipe>.<step>.<parameter>` counted from 0.
    ordered: whether the values are numbers in ascending order, so that neighbours are alike.
    """

    key: str
    name: str
    values: tuple[Any, ...]
    ordered: bool

    @property
    def in_words(self) -> str:
        """Its values: `3..8`, or all of them where they have no order."""
        if self.ordered:
            return f"{show_value(self.values[0])}..{show_value(self.values[-1])}"
        return ", ".join(show_value(value) for value in self.values)


Picks = Mapping[str, int]
"""Which value is chosen, by key of the axis."""


@dataclass(frozen=True)
class Space:
    """Everything that a search may try: base models x recipes x their values."""

    base_ids: tuple[ModelId, ...]
    recipes: tuple[Recipe, ...]

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return len(self.base_ids) * count_combinations(self.recipes)

    def first(self) -> list[Axis]:
        """Return the axes that every combination has."""
        bases, recipes = len(self.base_ids), len(self.recipes)
        found = [Axis(BASE, "base", tuple(map(int, self.base_ids)), ordered=False)] if bases > 1 else []
        return found + ([Axis(RECIPE, "recipe", tuple(range(1, recipes + 1)), False)] if recipes > 1 else [])

    def axes(self, recipe: int) -> list[Axis]:
        """Return the axes of a recipe: its parameters with several values."""
        return [
            Axis(f"{recipe}.{position}.{name}", name, *_sorted(values))
            for position, step in enumerate(self.recipes[recipe])
            for name, values in step.values.items()
            if len(values) > 1
        ]

    def every(self, picks: Picks) -> list[Axis]:
        """Return the axes on which these picks chose."""
        return [*self.first(), *self.axes(picks.get(RECIPE, 0))]

    def base(self, picks: Picks) -> ModelId:
        """Return the model to start from."""
        return self.base_ids[picks.get(BASE, 0)]

    def recipe(self, picks: Picks) -> Recipe:
        """Return the recipe with one value per parameter."""
        number = picks.get(RECIPE, 0)
        chosen = {axis.key: axis.values[picks[axis.key]] for axis in self.axes(number)}
        return tuple(
            SweepStep(
                step.technique,
                {
                    name: (chosen.get(f"{number}.{position}.{name}", values[0]),)
                    for name, values in step.values.items()
                },
                step.rules,
            )
            for position, step in enumerate(self.recipes[number])
        )

    def in_words(self, picks: Picks) -> str:
        """Return what was chosen of what, e.g. `bits 5 of 3..8`."""
        return ", ".join(
            f"{axis.name} {show_value(axis.values[picks[axis.key]])} of {axis.in_words}"
            for axis in self.every(picks)
        )

    def at(self, number: int) -> Picks:
        """Return the combination of a number from 0 to below `count`."""
        base, number = divmod(number, count_combinations(self.recipes))
        recipe, number = _located(self.recipes, number)
        fixed = {BASE: base, RECIPE: recipe}
        picks = {axis.key: fixed[axis.key] for axis in self.first()}
        for axis in reversed(self.axes(recipe)):
            number, picks[axis.key] = divmod(number, len(axis.values))
        return picks


def count_combinations(recipes: Sequence[Recipe]) -> int:
    """Return how many ways there are to choose one value of every parameter of one recipe."""
    return sum(math.prod(step.count() for step in recipe) for recipe in recipes)


def drawn(recipes: Sequence[Recipe], sample: Sample) -> tuple[Recipe, ...]:
    """Return the recipes of a sample, in the order of the sweep."""
    total = count_combinations(recipes)
    space = Space((ModelId(0),), tuple(recipes))
    dice = random.Random(sample.seed)  # noqa: S311  (no secret)
    chosen = dice.sample(range(total), min(sample.count, total))
    return tuple(space.recipe(space.at(number)) for number in sorted(chosen))


def shuffled(count: int, seed: int) -> Iterator[int]:
    """Yield the numbers below `count` in a random order; of very many, some a few times."""
    dice = random.Random(seed)  # noqa: S311  (no secret)
    if count <= 100_000:
        yield from dice.sample(range(count), count)
        return
    for _ in range(100_000):
        yield dice.randrange(count)


def _located(recipes: Sequence[Recipe], number: int) -> tuple[int, int]:
    for place, recipe in enumerate(recipes):
        here = math.prod(step.count() for step in recipe)
        if number < here:
            return place, number
        number -= here
    raise IndexError(number)


def _sorted(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], bool]:
    """Return the values, numbers in ascending order, and whether they are ordered."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return tuple(sorted(values)), True
    return values, False
