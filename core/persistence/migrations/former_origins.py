"""What migration 0011 knows of models that were made before their origin was noted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_FROM_SCRATCH = re.compile(r"(pre-?)?train(ed|ing)?( from scratch)?", re.IGNORECASE)
_TRAINS = re.compile(r"train|tune|tuning|distill", re.IGNORECASE)
_WEIGHTS = {
    "huggingface": ("model",),
    "torchvision": ("weights_file", "published"),
    "weights-file": ("weights_file",),
    "residual-cnn": (),
    "tiny-transformer": (),
}
"""Which parameters of the built-in sources name trained weights."""

_DRAWN = re.compile(r"all weights are (drawn|as the factory draws)", re.IGNORECASE)
"""How notes of a model began of which the source had no weights."""


@dataclass(frozen=True)
class Made:
    """A model as its row has it. kind: of the run that made it, if any; learned: it has a training curve."""

    kind: str
    step: Mapping[str, Any] | None
    source: Mapping[str, Any] | None
    manifest: Mapping[str, Any] | None
    learned: bool


def origin_of(made: Made, first_steps: Iterable[str]) -> str:
    """Return what made the model's weights what they are; `first_steps`: techniques of its children."""
    if made.step:
        trained = made.learned or _TRAINS.search(made.step["technique"])
        return "trained" if trained else "derived"
    if made.kind == "train":
        return "trained"
    if made.kind == "import":
        return "constructed" if _drawn(made) else "pretrained"
    scratch = any(_FROM_SCRATCH.fullmatch(technique.strip()) for technique in first_steps)
    return "constructed" if scratch else "imported"


def _drawn(made: Made) -> bool:
    source = made.source or {}
    given = source.get("parameters", {})
    if source.get("name") in _WEIGHTS:
        return not any(given.get(name) for name in _WEIGHTS[source["name"]])
    return any(_DRAWN.search(str(note)) for note in (made.manifest or {}).get("notes", ()))
