"""The listed runs with what stands around them, followed from one reading to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.ids import WorkerId
from core.services.application import Application
from core.services.queue.runs import QueuedRun
from dashboard.views.queue.filters import MOST_ROWS, Filters
from dashboard.views.queue.live import Mark, Scene, scene, update, work_of

MOST_GROWN = MOST_ROWS + 500
"""Lines that a listing may grow to by runs that came in later; then it is read anew."""


@dataclass(frozen=True)
class Listing:
    """The page at one moment. `rows` by id; `work`: the runs that each worker carries out."""

    present: Scene
    mark: Mark
    rows: Mapping[str, Mapping[str, Any]]
    work: Mapping[WorkerId, Sequence[QueuedRun]]

    @property
    def short(self) -> str:
        """What is said where there may be more runs than are listed; else empty."""
        cut = len(self.rows) >= MOST_ROWS
        return f"The first {MOST_ROWS:,} runs are listed; filter to see others." if cut else ""


def listed(product: Application, filters: Filters, before: Listing | None) -> Listing:
    """Return the listing, of which only what changed since `before` is read."""
    present = scene(product, filters.project)
    known = before if before is not None and len(before.rows) <= MOST_GROWN else None
    needed = update(product, present, filters, known.mark.to_json() if known else None)
    rows = dict(known.rows) if known and needed.rows is None else {}
    changes = needed.changes or {"upsert": needed.rows or [], "remove": []}
    rows.update((row["id"], row) for row in changes["upsert"])
    for run_id in changes["remove"]:
        rows.pop(run_id, None)
    return Listing(present, needed.mark, rows, work_of(product))
