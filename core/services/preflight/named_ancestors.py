"""Whether the ancestors that steps take something from will exist, see `Traits.ancestor`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from core.domain.model import Model
from core.domain.parameter.traits import AncestorBy
from core.domain.recipe import SweepStep, step_label
from core.domain.technique import TechniqueSpec
from core.domain.text import shown
from core.errors import Problem, UnknownName

Lineages = Sequence[tuple[Model, Sequence[Model]]]
Earlier = Sequence[tuple[SweepStep, TechniqueSpec]]
_MOST_NAMES = 1000
"""Of the models that one earlier step makes; where there are more, names are not judged."""


def ancestor_problems(
    field: str, step: SweepStep, spec: TechniqueSpec, above: tuple[Lineages, Earlier]
) -> list[Problem]:
    """Return what is wrong with the ancestors that a step names, by depth or by name.

    above: each base with its ancestors, the oldest first, and the steps between the base and this one.
    """
    lineages, earlier = above
    problems = []
    for about in spec.parameters:
        if about.ancestor is None or not about.used_beside_some(step.values):
            continue
        for index, value in enumerate(step.values.get(about.name, ())):
            place = f"{field}.parameters.{about.name}.{index}"
            if about.ancestor is AncestorBy.DEPTH and isinstance(value, int):
                problems += _depth_problems(place, value, lineages, len(earlier))
            elif about.ancestor is AncestorBy.NAME and isinstance(value, str) and value:
                problems += _name_problems(place, value, lineages, earlier)
    return problems


def _depth_problems(place: str, depth: int, lineages: Lineages, steps: int) -> list[Problem]:
    for base, lineage in lineages:
        deepest = len(lineage) - 1 + steps
        if depth > deepest:
            message = (
                f"There is no ancestor {depth} steps after the base; "
                f"from {base.name} there are at most {deepest} here."
            )
            hint = "Use 0, the base." if deepest == 0 else f"Use a number from 0, the base, to {deepest}."
            return [Problem(place, message, hint)]
    return []


def _name_problems(place: str, name: str, lineages: Lineages, earlier: Earlier) -> list[Problem]:
    if any(step.count() > _MOST_NAMES for step, _ in earlier):
        return []
    coming = {
        step_label(one, spec) for step, spec in earlier for one in itertools.islice(step.steps(), _MOST_NAMES)
    }
    for _, lineage in lineages:
        known = coming | {model.name for model in lineage}
        if name not in known:
            hint = UnknownName("ancestor", name, known).hint
            return [Problem(place, f"The model has no ancestor named {shown(name)}.", hint)]
    return []
