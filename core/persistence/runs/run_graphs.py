"""Read the part of the graph of runs that a decision is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.ids import RunId
from core.domain.queue.run import UNSUCCESSFUL, RunStatus
from core.domain.queue.run_graph import RunGraph
from core.persistence.chunks import chunks
from core.persistence.tables.tables import NeedRow, RunRow


def graph_of(session: Session, run_ids: Collection[RunId]) -> RunGraph:
    """Return these runs with what they need; the statuses of what they need are known too."""
    needs: dict[RunId, set[RunId]] = defaultdict(set)
    for part in chunks(run_ids):
        query = sa.select(NeedRow.run_id, NeedRow.needed_id).where(NeedRow.run_id.in_(part))
        for run_id, needed_id in session.execute(query):
            needs[RunId(run_id)].add(RunId(needed_id))
    known = set(run_ids) | {needed for some in needs.values() for needed in some}
    status: dict[RunId, RunStatus] = {}
    for part in chunks(known):
        rows = session.execute(sa.select(RunRow.id, RunRow.status).where(RunRow.id.in_(part)))
        status |= {RunId(run_id): present for run_id, present in rows}
    return RunGraph(status, {run_id: frozenset(needs[run_id]) for run_id in run_ids})


def with_dependants(session: Session, run_ids: Iterable[RunId], status: RunStatus) -> set[RunId]:
    """Return these runs and, level by level, those of `status` that need them."""
    found = set(run_ids)
    frontier = set(found)
    while frontier:
        below: set[RunId] = set()
        for part in chunks(frontier):
            query = (
                sa.select(NeedRow.run_id)
                .join(RunRow, RunRow.id == NeedRow.run_id)
                .where(NeedRow.needed_id.in_(part), RunRow.status == status)
            )
            below |= {RunId(run_id) for run_id in session.scalars(query)}
        frontier = below - found
        found |= frontier
    return found


def with_dependants_and_needs(session: Session, run_ids: Collection[RunId]) -> set[RunId]:
    """Return these runs and the waiting ones that need them directly."""
    query = (
        sa.select(NeedRow.run_id)
        .join(RunRow, RunRow.id == NeedRow.run_id)
        .where(NeedRow.needed_id.in_(run_ids), RunRow.status == RunStatus.WAITING)
    )
    return set(run_ids) | {RunId(run_id) for run_id in session.scalars(query)}


def with_unsuccessful_needs(session: Session, run_ids: Iterable[RunId]) -> set[RunId]:
    """Return these runs and, level by level, the unsuccessful ones that they need."""
    found = set(run_ids)
    frontier = set(found)
    while frontier:
        above: set[RunId] = set()
        for part in chunks(frontier):
            query = (
                sa.select(NeedRow.needed_id)
                .join(RunRow, RunRow.id == NeedRow.needed_id)
                .where(NeedRow.run_id.in_(part), RunRow.status.in_(UNSUCCESSFUL))
            )
            above |= {RunId(run_id) for run_id in session.scalars(query)}
        frontier = above - found
        found |= frontier
    return found
