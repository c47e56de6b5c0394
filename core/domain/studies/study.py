"""A study as it was read from a file: checked, its models in an order in which parents come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.metric import MetricDefinition
from core.domain.recipe import Step


@dataclass(frozen=True)
class StudyModel:
    """One model of the file.

    step: the operation that made it; a model without parent may have one too (how the base was trained).
    teacher: id of the model that it was distilled from.
    name: what people call it; empty: its id.
    seed: with which the step drew.
    metrics: exactly the numbers of the file, NaN and infinities too; null values are absent.
    """

    id: str
    parent: str | None = None
    step: Step | None = None
    tags: tuple[str, ...] = ()
    teacher: str | None = None
    name: str = ""
    note: str = ""
    seed: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """What a file holds.

    metrics: declared ones first, then those that only models mention; directions and formats may be guesses.
    primary: names of the metrics that lead.
    oddities: one sentence for each kind of thing that is not as the format says, or had to be guessed.
    """

    models: tuple[StudyModel, ...]
    metrics: tuple[MetricDefinition, ...]
    primary: tuple[str, ...]
    oddities: tuple[str, ...] = ()
