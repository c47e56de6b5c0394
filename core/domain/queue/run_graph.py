"""Which runs follow when another one ends, is cancelled or is tried again; decisions without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from core.domain.ids import RunId
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunStatus


@dataclass(frozen=True)
class RunGraph:
    """A part of all runs: their statuses, and for each the runs that it needs.

    A needed run whose status is not known here counts as not there yet.
    """

    status: Mapping[RunId, RunStatus]
    needs: Mapping[RunId, frozenset[RunId]]

    @cached_property
    def dependants(self) -> Mapping[RunId, list[RunId]]:
        """For each run the runs that need it directly, in order of id."""
        found: dict[RunId, list[RunId]] = defaultdict(list)
        for run_id in sorted(self.needs):
            for needed in self.needs[run_id]:
                found[needed].append(run_id)
        return found

    def satisfied(self, run_id: RunId) -> bool:
        """Return whether all that the run needs has succeeded."""
        return all(self.status.get(needed) is RunStatus.SUCCEEDED for needed in self.needs.get(run_id, ()))


def ready_after(graph: RunGraph, succeeded: RunId) -> list[RunId]:
    """Return the waiting runs that can be queued now that `succeeded` has succeeded."""
    return [
        run_id
        for run_id in graph.dependants.get(succeeded, ())
        if graph.status[run_id] is RunStatus.WAITING and graph.satisfied(run_id)
    ]


def skipped_after(graph: RunGraph, ended: Iterable[RunId]) -> list[RunId]:
    """Return the other waiting runs that cannot happen now that `ended` ended without success."""
    skipped: dict[RunId, None] = {}
    frontier = list(ended)
    seen = set(frontier)
    while frontier:
        below = [run_id for ended_id in frontier for run_id in graph.dependants.get(ended_id, ())]
        frontier = [run for run in below if graph.status[run] is RunStatus.WAITING and run not in seen]
        seen.update(frontier)
        skipped.update(dict.fromkeys(frontier))
    return list(skipped)


def retried(graph: RunGraph, chosen: Collection[RunId]) -> dict[RunId, RunStatus]:
    """Return the status that each run gets when `chosen` are tried again: QUEUED or WAITING.

    With them come back the unsuccessful runs that they need, and the skipped runs that nothing else holds up.
    """
    back = _with_needed(graph, chosen)
    frontier = list(back)
    while frontier:
        below = {run_id for back_id in frontier for run_id in graph.dependants.get(back_id, ())}
        frontier = [
            run_id for run_id in sorted(below) if run_id not in back and _released(graph, run_id, back)
        ]
        back.update(dict.fromkeys(frontier))
    return {run: RunStatus.QUEUED if graph.satisfied(run) else RunStatus.WAITING for run in back}


def _with_needed(graph: RunGraph, chosen: Collection[RunId]) -> dict[RunId, None]:
    found: dict[RunId, None] = {}
    frontier = [run_id for run_id in chosen if graph.status[run_id] in UNSUCCESSFUL]
    while frontier:
        found.update(dict.fromkeys(frontier))
        above = {needed for run_id in frontier for needed in graph.needs.get(run_id, ())}
        frontier = [
            run for run in sorted(above) if graph.status.get(run) in UNSUCCESSFUL and run not in found
        ]
    return found


def _released(graph: RunGraph, run_id: RunId, back: Collection[RunId]) -> bool:
    """Return whether a skipped run waits for nothing but what is there, under way or coming back."""
    if graph.status[run_id] is not RunStatus.SKIPPED:
        return False
    return all(
        needed in back or graph.status.get(needed) in ACTIVE | {RunStatus.SUCCEEDED}
        for needed in graph.needs[run_id]
    )
