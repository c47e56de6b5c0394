"""What made the weights of a model what they are: noted once, when a model is made or imported."""

from __future__ import annotations

import re
from enum import StrEnum

from core.domain.recipe import Step

_FROM_SCRATCH = re.compile(r"(pre-?)?train(ed|ing)?( from scratch)?", re.IGNORECASE)
_TRAINS = re.compile(r"train|tune|tuning|distill", re.IGNORECASE)


class Origin(StrEnum):
    """Where the values of a model's weights come from."""

    TRAINED = "trained"  # the run or step that made the model trained them
    PRETRAINED = "pretrained"  # a base that came with trained weights
    CONSTRUCTED = "constructed"  # a base as it was initialised: nothing has trained its weights
    IMPORTED = "imported"  # a base of which only figures are known
    DERIVED = "derived"  # those of the parent, changed by a step that trains nothing


def trains(step: Step) -> bool:
    """Return whether a step trains weights, by its name: all that is known of steps made elsewhere."""
    return _TRAINS.search(step.technique) is not None


def trains_from_scratch(step: Step) -> bool:
    """Return whether a step of a study trains a base as it was initialised, by its name.

    Studies made elsewhere often start with the network as constructed, and `train` is their first operation.
    """
    return _FROM_SCRATCH.fullmatch(step.technique.strip()) is not None
