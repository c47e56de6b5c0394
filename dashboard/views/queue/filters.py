"""Which runs are shown, as it stands in the page's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from core.domain.ids import ExperimentId, ProjectId
from core.domain.project import Project
from core.domain.queue.run import RunKind, RunStatus
from core.services.queue.runs import QueuedRun, RunQuery

MOST_ROWS = 1_000
"""Runs listed at most; those that are active come first, then the newest."""

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Filters:
    """Empty means any. `project` is a slug; `text` is searched by the grid itself."""

    statuses: frozenset[RunStatus] = frozenset()
    kinds: frozenset[RunKind] = frozenset()
    project: str = ""
    text: str = ""
    experiment: ExperimentId | None = None

    def query(self, projects: Iterable[Project]) -> RunQuery:
        """Return what to ask the service for; a project that is not there counts as none chosen."""
        ids = {project.slug: project.id for project in projects}
        project_id: ProjectId | None = ids.get(self.project)
        return RunQuery(
            project_id=project_id,
            statuses=self.statuses or None,
            kinds=self.kinds or None,
            experiment_id=self.experiment,
            limit=MOST_ROWS,
        )

    def passes(self, row: QueuedRun) -> bool:
        """Return whether a run is shown, as far as the service decides it."""
        return (
            (not self.statuses or row.run.status in self.statuses)
            and (not self.kinds or row.run.kind in self.kinds)
            and (not self.project or row.project_slug == self.project)
            and (self.experiment is None or row.run.experiment_id == self.experiment)
        )


def from_state(state: Mapping[str, str], project: str | None = None) -> Filters:
    """Read the filters of an address; words that mean nothing are left out.

    project: the project that the address is of, shown unless the state names another or, empty, all.
    """
    return Filters(
        statuses=chosen(RunStatus, state.get("status", "").split(",")),
        kinds=chosen(RunKind, state.get("kind", "").split(",")),
        project=state.get("of", project or ""),
        text=state.get("text", ""),
        experiment=_experiment(state.get("experiment", "")),
    )


def _experiment(text: str) -> ExperimentId | None:
    return ExperimentId(int(text)) if re.fullmatch("[0-9]{1,18}", text) else None


def chosen(kind: type[S], words: Iterable[str] | None) -> frozenset[S]:
    """Return the members of an enumeration that are named."""
    known = {member.value: member for member in kind}
    return frozenset(known[word] for word in words or () if word in known)
