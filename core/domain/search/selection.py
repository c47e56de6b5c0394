"""Which combinations of a sweep are made: all of them, a random sample, a list, or what a search proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_SEARCHED = 1000
"""Models that one search may try."""
MOST_GOALS = 3
MOST_AT_ONCE = 64
RECIPE = "recipe"
"""What a row of a list calls the recipe that it belongs to, by its number from 1."""


@dataclass(frozen=True)
class Sample:
    """So many combinations, drawn at random without repetition; the same for the same seed."""

    count: int
    seed: int = 0


@dataclass(frozen=True)
class Search:
    """A search for the models that meet conditions and are best by one metric or several.

    minimize, maximize: names of the metrics that are to be small or large; of two or more, what is looked for
        are the models that no other beats in all of them.
    at_least, at_most: metric to the limit that a model must meet.
    models: how many models are tried at most. at_once: how many of them are worked on at the same time.
    patience: it ends once so many models in a row improved nothing; 0: never for this reason.
    seed: of the sampler; equal results in equal order lead to equal proposals.
    """

    minimize: tuple[str, ...] = ()
    maximize: tuple[str, ...] = ()
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    models: int = 25
    at_once: int = 2
    patience: int = 10
    seed: int = 0

    @property
    def goals(self) -> tuple[str, ...]:
        """The metrics to improve."""
        return (*self.minimize, *self.maximize)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that a model is judged by."""
        return tuple(dict.fromkeys((*self.goals, *self.at_least, *self.at_most)))


@dataclass(frozen=True)
class Selection:
    """Which combinations of a sweep are made; at most one of these is given, none: all combinations.

    combinations: one row per model: parameter, or `<step>.<parameter>` with steps counted from 1, to value.
    """

    sample: Sample | None = None
    combinations: tuple[Mapping[str, Any], ...] = ()
    search: Search | None = None


EVERYTHING = Selection()
