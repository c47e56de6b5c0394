"""Which runs somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import ExperimentId, ModelId, ProjectId, RunId
from core.domain.queue.run import RunKind, RunStatus


@dataclass(frozen=True)
class RunQuery:
    """Conditions that all hold; None means any. `since_revision` is that of the one project asked for."""

    project_id: ProjectId | None = None
    statuses: frozenset[RunStatus] | None = None
    kinds: frozenset[RunKind] | None = None
    model_ids: frozenset[ModelId] | None = None
    run_ids: frozenset[RunId] | None = None
    experiment_id: ExperimentId | None = None
    limit: int = 500
    since_revision: int = 0
