"""A saved view: a page of a project exactly as somebody saw it, under a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import ProjectId, SavedViewId


@dataclass(frozen=True)
class SavedView:
    """A name for an address.

    page: name of the page it opens, e.g. `overview`.
    query: state of that page as it stands in the address after the question mark.
    """

    id: SavedViewId
    project_id: ProjectId
    name: str
    page: str
    query: str
    created_at: datetime
    note: str = ""
    author: str = ""
