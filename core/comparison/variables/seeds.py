"""Which seeds a model depends on: those of its base and of the steps on its way that draw at random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.domain.model import Model
from core.domain.technique import TechniqueSpec


def draws(model: Model, specs: Mapping[str, TechniqueSpec]) -> bool:
    """Return whether a model's own seed changes it: a base, or a step that draws or is not known."""
    if model.step is None:
        return True
    spec = specs.get(model.step.technique)
    return model.parent_id is not None and (spec is None or spec.stochastic)


def deciding_seeds(path: Iterable[Model], specs: Mapping[str, TechniqueSpec]) -> tuple[Model, ...]:
    """Return the models of a lineage whose seeds decide what the last one is, oldest first.

    Seed 0 of a base says nothing: there is no other base that it tells this one from.
    """
    return tuple(model for model in path if draws(model, specs) and (model.step is not None or model.seed))
