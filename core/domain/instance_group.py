"""A saved group: instances of a data set that somebody picked, under a name."""

from __future__ import annotations

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
