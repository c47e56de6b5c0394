"""A saved group: instances of a data set that somebody picked, under a name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import DatasetId, InstanceGroupId


@dataclass(frozen=True)
class InstanceGroup:
    """Chosen instances of one state of a split.

    fingerprint: of the data, as evaluations note it. positions: of the instances among all, ascending.
    """

    id: InstanceGroupId
    dataset_id: DatasetId
    split: str
    fingerprint: str
    name: str
    positions: tuple[int, ...]
    created_at: datetime
    author: str = ""

    @property
    def mark(self) -> str:
        """Name, size and digest: of two groups with the same mark, the instances are the same."""
        content = f"{self.dataset_id} {self.split} {self.fingerprint} {self.positions}"
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        return f"{self.name} ({len(self.positions):,}) {digest}"


def group_words(mark: str) -> str:
    """Return what people read of a group's mark: its name and size."""
    return mark.rpartition(" ")[0]
