"""Who is next where several people and experiments have runs of equal priority: who was served least.

Each claim goes to the person with the fewest runs that are carried out, of equals to the one whose last run
started longest ago, and likewise among the experiments of that person. With one slot they take turns; a small
experiment does not wait for the end of a long one. Runs of no experiment, which are base models and
measurements that somebody asked for, come before the experiments of the same person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from core.domain.ids import ExperimentId, ProjectId, RunId

K = TypeVar("K")

Owner: TypeAlias = tuple[str, ExperimentId | None]
"""The person who queued runs, and the experiment they are of; None: runs of no experiment."""


@dataclass(frozen=True)
class Share:
    """The queued runs of one owner in one project: their highest priority, and the oldest of them."""

    project_id: ProjectId
    owner: Owner
    priority: int
    oldest: RunId


@dataclass(frozen=True)
class Served:
    """What somebody has got: runs that are carried out, and when the last of all their runs started."""

    running: int = 0
    last_started_at: datetime | None = None


NOTHING = Served()
_NEVER = datetime.min.replace(tzinfo=UTC)


def first_in_line(shares: Iterable[Share]) -> list[Share]:
    """Return the shares of the highest priority."""
    every = list(shares)
    highest = max((share.priority for share in every), default=0)
    return [share for share in every if share.priority == highest]


def served_least(oldest: Mapping[K, RunId], served: Mapping[K, Served]) -> K:
    """Return who comes next. oldest: the oldest queued run of each, which settles ties."""

    def rank(one: K) -> tuple[int, datetime, RunId]:
        had = served.get(one, NOTHING)
        return had.running, had.last_started_at or _NEVER, oldest[one]

    return min(oldest, key=rank)


def oldest_by(shares: Iterable[tuple[K, RunId]]) -> dict[K, RunId]:
    """Return the oldest run of each."""
    found: dict[K, RunId] = {}
    for key, run_id in shares:
        found[key] = min(run_id, found.get(key, run_id))
    return found
