"""The sentence on top of a comparison of behaviours, for pages, reports, programs and the command line."""

from __future__ import annotations

from collections.abc import Mapping

from core.comparison.behaviour.harm import larger, largest_harm, worded
from core.comparison.behaviour.tables import GroupTable
from core.domain.ids import ModelId
from core.presentation.numbers import percent
from core.services.behaviour.behaviour import Behaviour

_FOUND = "the found group"


def insight(found: Behaviour, names: Mapping[ModelId, str], groups: GroupTable | None = None) -> str:
    """Return the largest harm that the overall figure hides, or that no group stands out.

    names: of the compared models. groups: those that a search found, with their intersections, count as well
        while they are shown.
    """
    if not found.models:
        return ""
    if not found.split.labelled:
        return _least_alike(found, names)
    overall = [one.change for one in found.comparison.models]
    searched = largest_harm({_FOUND: groups.rows}, overall) if groups is not None and groups.found else None
    harm = larger(found.comparison.harm, searched)
    if harm is not None:
        return worded(harm, names[found.models[harm.model].id])
    if not found.comparison.tables:
        return "The data have no column that divides the instances into groups."
    return "No group loses significantly more than all instances do."


def named_models(found: Behaviour) -> dict[ModelId, str]:
    """Return each compared model's name with its id, which tells equal names apart."""
    return {model.id: f"{model.name} ({model.id})" for model in found.models}


def _least_alike(found: Behaviour, names: Mapping[ModelId, str]) -> str:
    """Return which model's predictions are least those of the baseline, of data without labels."""
    shares = [one.flips.agreement for one in found.comparison.models]
    least = shares.index(min(shares))
    name, told = names[found.models[least].id], percent(shares[least])
    extreme = f"{name} makes the same prediction as the baseline on {told} of the instances"
    if len(shares) > 1:
        extreme += ", the fewest of these models"
    return f"No instance has a label, so right and wrong are not known. {extreme}."
