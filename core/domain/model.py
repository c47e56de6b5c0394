"""A node of the provenance graph: a base model, or one made by a step from its parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId
from core.domain.origin import Origin
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step


class EdgeRole(StrEnum):
    """What one model is to another that was made from it."""

    PARENT = "parent"
    TEACHER = "teacher"  # second parent of a distilled student


@dataclass(frozen=True)
class Source:
    """Where a base model comes from: a model source of the catalogue with its parameters."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model and its latest figures.

    Exactly one of `source` (a base) and `step` (made from `parent_id`) is set.
    status: status of the run that makes the model; SUCCEEDED once its artifact exists.
    progress: fraction 0..1 of that run.
    work: how many other runs (evaluate, profile ...) of the model are still active.
    artifact: key of the checkpoint in the artifact store; None until made, or for imported figures.
    origin: what made its weights what they are; None until made.
    metrics: value per metric name under the project's protocol, and under the name of a variant what was
        measured otherwise (`core.domain.measurement.figures`); never measured: absent; NaN and Inf are kept.
    intervals: 95 % interval (low, high) of the values whose sampling error is known; others are absent.
    caveats: what to know of a value before it is compared, e.g. that a busy machine was timed.
    instances: on how many the quality values under the protocol were measured; None before.
    """

    id: ModelId
    project_id: ProjectId
    name: str
    identity: str
    status: RunStatus
    created_at: datetime
    parent_id: ModelId | None = None
    teacher_id: ModelId | None = None
    step: Step | None = None
    source: Source | None = None
    seed: int = 0
    experiment_id: ExperimentId | None = None
    making_run_id: RunId | None = None
    progress: float = 0.0
    work: int = 0
    artifact: str | None = None
    origin: Origin | None = None
    made_at: datetime | None = None
    deleted_at: datetime | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    caveats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instances: int | None = None
    author: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    starred: bool = False
    archived: bool = False

    @property
    def parent_ids(self) -> tuple[ModelId, ...]:
        """The models it was made from: its parent, then its teacher; empty for a base."""
        return tuple(one for one in (self.parent_id, self.teacher_id) if one is not None)

    @property
    def ready(self) -> bool:
        """Whether the model exists, so that it can be evaluated or compressed further."""
        return self.status is RunStatus.SUCCEEDED
