"""Which runs are shown, as it stands in the page's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from core.domain.ids import ExperimentId, ProjectId, RunId
from core.domain.project import Project
from core.domain.queue.run import RunKind, RunStatus
from core.services.queue.runs import QueuedRun, RunQuery

MOST_ROWS = 1_000
"""Runs listed at most; those that are active come first, then the newest."""

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Filters:
    """Empty means any. `project` is a slug; `text` is searched by the grid itself.

    hidden_statuses, hidden_kinds: left out. batch: only these runs, which were just changed together.
    """

    statuses: frozenset[RunStatus] = frozenset()
    kinds: frozenset[RunKind] = frozenset()
    project: str = ""
    text: str = ""
    experiment: ExperimentId | None = None
    hidden_statuses: frozenset[RunStatus] = frozenset()
    hidden_kinds: frozenset[RunKind] = frozenset()
    batch: frozenset[RunId] = frozenset()

    @property
    def shown_statuses(self) -> frozenset[RunStatus] | None:
        """The statuses that are shown; None for all."""
        return _without(RunStatus, self.statuses, self.hidden_statuses)

    @property
    def shown_kinds(self) -> frozenset[RunKind] | None:
        """The kinds that are shown; None for all."""
        return _without(RunKind, self.kinds, self.hidden_kinds)

    @property
    def hidden(self) -> list[str]:
        """The words of what is hidden."""
        return sorted([*self.hidden_statuses, *self.hidden_kinds])

    def query(self, projects: Iterable[Project]) -> RunQuery:
        """Return what to ask the service for; a project that is not there counts as none chosen."""
        ids = {project.slug: project.id for project in projects}
        project_id: ProjectId | None = ids.get(self.project)
        return RunQuery(
            project_id=project_id,
            statuses=self.shown_statuses,
            kinds=self.shown_kinds,
            run_ids=self.batch or None,
            experiment_id=self.experiment,
            limit=MOST_ROWS,
        )

    def passes(self, row: QueuedRun) -> bool:
        """Return whether a run is shown, as far as the service decides it."""
        return (
            (self.shown_statuses is None or row.run.status in self.shown_statuses)
            and (self.shown_kinds is None or row.run.kind in self.shown_kinds)
            and (not self.batch or row.run.id in self.batch)
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
        hidden_statuses=chosen(RunStatus, state.get("hide", "").split(",")),
        hidden_kinds=chosen(RunKind, state.get("hide", "").split(",")),
    )


def _experiment(text: str) -> ExperimentId | None:
    return ExperimentId(int(text)) if re.fullmatch("[0-9]{1,18}", text) else None


def _without(kind: type[S], wanted: frozenset[S], hidden: frozenset[S]) -> frozenset[S] | None:
    if not wanted and not hidden:
        return None
    return (wanted or frozenset(kind)) - hidden


def chosen(kind: type[S], words: Iterable[str] | None) -> frozenset[S]:
    """Return the members of an enumeration that are named."""
    known = {member.value: member for member in kind}
    return frozenset(known[word] for word in words or () if word in known)
