"""How far probabilities of models lie from the baseline's: what costs most, kept per pair of models."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from math import prod

from core.comparison.behaviour.divergence import Divergence, divergence
from core.comparison.behaviour.predictions import present
from core.domain.ids import ModelId
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour
from core.services.comparison.outcome_cache import find_kept, kept

AT_ONCE = 4_000_000
"""Log-probabilities up to which all divergences are computed with the page; more arrive later."""


@dataclass(frozen=True)
class _Made:
    """found: None where probabilities of all classes are not kept."""

    found: Divergence | None


def with_divergences(app: Application, found: Behaviour) -> Behaviour:
    """Return the comparison with the divergence of every model, computed where it is not kept."""
    made = [_made(app, found, position) for position in range(len(found.models))]
    models = tuple(
        replace(one, divergence=each.found) for one, each in zip(found.comparison.models, made, strict=True)
    )
    return replace(found, comparison=replace(found.comparison, models=models))


def with_kept_divergences(app: Application, found: Behaviour) -> Behaviour:
    """Return the comparison with all divergences if they are kept, or quickly computed; else as pending."""
    done, total = progress(app, found)
    if done == total or _numbers(found) <= AT_ONCE:
        return with_divergences(app, found)
    return replace(found, pending=(done, total))


def progress(app: Application, found: Behaviour) -> tuple[int, int]:
    """Return how many divergences are kept, and how many there will be."""
    known = [position for position in range(len(found.models)) if _comparable(found, position)]
    return sum(find_kept(app, _key(found, position)) is not None for position in known), len(known)


def _made(app: Application, found: Behaviour, position: int) -> _Made:
    if not _comparable(found, position):
        return _Made(None)
    before, after = (found.predictions[one].log_probabilities for one in _pair(found, position))

    def make() -> _Made:
        if before is None or after is None:
            return _Made(None)
        return _Made(divergence(present(before), present(after)))

    return kept(app, _key(found, position), make)


def _pair(found: Behaviour, position: int) -> tuple[ModelId, ModelId]:
    return found.baseline.id, found.models[position].id


def _comparable(found: Behaviour, position: int) -> bool:
    before, after = (found.predictions[one].log_probabilities for one in _pair(found, position))
    return before is not None and after is not None and before.shape == after.shape


def _numbers(found: Behaviour) -> int:
    arrays = (found.predictions[one.id].log_probabilities for one in found.models)
    return sum(prod(array.shape) for array in arrays if array is not None)


def _key(found: Behaviour, position: int) -> Hashable:
    """Return what identifies the evaluations of the baseline and of a model."""
    return "divergence", found.key[0], found.key[1 + position]
