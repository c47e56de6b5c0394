"""Which queued run a worker takes next: priority first, then fair shares between people and experiments."""

from __future__ import annotations

from collections.abc import Collection

from core.domain.ids import ProjectId, RunId, WorkerId
from core.domain.queue.fair_share import Served, Share, first_in_line, oldest_by, served_least
from core.persistence.unit_of_work import UnitOfWork


def next_runs(uow: UnitOfWork, worker_id: WorkerId, queues: Collection[str]) -> list[RunId]:
    """Return the runs to try to claim, best first; empty if there is none that may be carried out now.

    Left out are runs of paused experiments and of projects whose limit of running runs is reached.
    """
    shares = uow.shares.queued(queues)
    full = full_projects(uow)
    line = first_in_line(share for share in shares if share.project_id not in full)
    if not line:
        return []
    chosen = line[0] if len(line) == 1 else _fair(uow, line)
    return uow.shares.candidates(chosen, queues, worker=worker_id)


def full_projects(uow: UnitOfWork) -> dict[ProjectId, int]:
    """Return the limits of the projects that carry out as many runs as they may."""
    limits = uow.shares.limits()
    if not limits:
        return {}
    counts = dict.fromkeys(limits, 0)
    for (project_id, _owner), count in uow.shares.running().items():
        if project_id in counts:
            counts[project_id] += count
    return {project_id: most for project_id, most in limits.items() if counts[project_id] >= most}


def _fair(uow: UnitOfWork, line: Collection[Share]) -> Share:
    running = uow.shares.running()
    people = oldest_by((share.owner[0], share.oldest) for share in line)
    author = next(iter(people))
    if len(people) > 1:
        had = {
            one: Served(
                sum(count for (_project, owner), count in running.items() if owner[0] == one),
                uow.shares.author_last_started(one),
            )
            for one in people
        }
        author = served_least(people, had)
    own = {(share.project_id, share.owner): share for share in line if share.owner[0] == author}
    alone = [share for share in own.values() if share.owner[1] is None]
    if alone:
        return min(alone, key=lambda share: share.oldest)
    experiments = {key: share.oldest for key, share in own.items()}
    had_here = {
        key: Served(running[key], uow.shares.experiment_last_started(author, key[1][1]))
        for key in experiments
    }
    return own[served_least(experiments, had_here)]
