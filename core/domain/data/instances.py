"""What pages show of the instances of a split: ids, texts and small pictures, kept once for all models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import DatasetId, InstanceSetId

ID, TEXT, PICTURE = "id", "text", "picture"
"""Names of the arrays of an instance set; `PICTURE` is `(instances, 3)`: pack, first byte and byte behind."""

COLUMN = "column."
"""Prefix of arrays that hold a column with too many different values to group by."""


@dataclass(frozen=True)
class InstanceSet:
    """The instances that models were evaluated on, as people see them.

    fingerprint: of the data, as evaluations note it. pictures: how many instances have one; the others were
    beyond the size limit. packs: keys of artifacts, each many WebP pictures one after the other.
    """

    id: InstanceSetId
    dataset_id: DatasetId
    split: str
    fingerprint: str
    instances: int
    pictures: int
    packs: tuple[str, ...]
    created_at: datetime
