"""Keeps ids, texts and thumbnails of a split, for pages that show single instances."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.pictures.thumbnails import webp
from core.data.text.encoded import EncodedTexts
from core.domain.data.instances import COLUMN, ID, PICTURE, TEXT, InstanceSet
from core.domain.ids import DatasetId, InstanceSetId
from core.domain.project import Dataset as ProjectDataset
from core.evaluation.slices import MOST_VALUES
from core.evaluation.tasks.generation import as_texts
from core.ports import ArtifactStore, Progress, Silent
from core.services.application import Application
from core.services.behaviour.instances import is_whole, keep_instances
from core.services.queue.results import InstancesKept

log = logging.getLogger(__name__)

PACK_BYTES = 4 * 1024**2
_LONGEST_TEXT = 4000
_LONGEST_NAME = 100 - len(COLUMN)
_REPORT_EVERY = 500


def keep_once(app: Application, dataset: ProjectDataset | None, split: str, data: Dataset) -> None:
    """Keep the instances unless they are; whatever goes wrong is only logged: no run fails because of it."""
    if dataset is None:
        return
    try:
        keep(app, dataset, split, data)
    except Exception:
        facts = {"action": "instances_not_kept", "data": dataset.name, "split": split}
        log.warning("The instances cannot be shown", exc_info=True, extra=facts)


def keep(
    app: Application, dataset: ProjectDataset, split: str, data: Dataset, progress: Progress | None = None
) -> InstancesKept:
    """Keep ids, texts and thumbnails, up to the size limit, unless they are there already."""
    fingerprint = data.fingerprint()
    with app.unit_of_work() as uow:
        present = uow.instances.of(dataset.id, split, fingerprint)
    if present is not None and is_whole(app, present):
        return InstancesKept(present.instances, present.pictures)
    arrays = {ID: as_texts([_text(one) for one in data.ids]), **_texts(data), **_columns(data)}
    left = app.limits.instance_bytes - sum(_size(array) for array in arrays.values())
    packs = _Packs(app.artifacts, left)
    if len(data) and data.image(0) is not None:
        arrays[PICTURE] = packs.put_all(data, progress or Silent())
    found = InstanceSet(
        id=InstanceSetId(0),
        dataset_id=DatasetId(int(dataset.id)),
        split=split,
        fingerprint=fingerprint,
        instances=len(data),
        pictures=packs.pictures,
        packs=tuple(packs.keys),
        created_at=app.clock.now(),
    )
    keep_instances(app, found, arrays)
    return InstancesKept(found.instances, found.pictures)


@dataclass
class _Packs:
    """Pictures one after the other in files of a few megabytes, until `left` bytes are used up."""

    store: ArtifactStore
    left: int
    keys: list[str] = field(default_factory=list)
    pictures: int = 0

    def put_all(self, data: Dataset, progress: Progress) -> NDArray[np.int32]:
        """Store the pictures; return pack, first byte and byte behind of each, -1 without one."""
        places = np.full((len(data), 3), -1, np.int32)
        waiting = bytearray()
        for instance, picture in enumerate(_pictures(data, progress)):
            if len(picture) > self.left:
                break
            self.left -= len(picture)
            if picture:
                places[instance] = (len(self.keys), len(waiting), len(waiting) + len(picture))
                waiting += picture
                self.pictures += 1
            if len(waiting) >= PACK_BYTES:
                self._store(waiting)
                waiting = bytearray()
        if waiting:
            self._store(waiting)
        return places

    def _store(self, content: bytearray) -> None:
        with tempfile.TemporaryDirectory(prefix="cnc-pack-") as folder:
            path = Path(folder) / "pictures.pack"
            path.write_bytes(content)
            self.keys.append(self.store.put(path))


def _pictures(data: Dataset, progress: Progress) -> Iterator[bytes]:
    for instance in range(len(data)):
        if instance % _REPORT_EVERY == 0:
            progress.report(instance / len(data), f"{instance:,} of {len(data):,} thumbnails")
        image = data.image(instance)
        yield b"" if image is None else webp(image)


def _texts(data: Dataset) -> dict[str, NDArray[np.generic]]:
    if not isinstance(data, EncodedTexts):
        return {}
    return {TEXT: as_texts([_text(text) for text in data.texts])}


def _columns(data: Dataset) -> dict[str, NDArray[np.generic]]:
    """Return the columns that evaluations do not keep because each instance has a value of its own."""
    return {
        COLUMN + name: as_texts([_text(value) for value in values])
        for name, values in data.slices.items()
        if len(name) <= _LONGEST_NAME and len(set(values)) > MOST_VALUES
    }


def _text(value: object) -> str:
    text = str(value)
    cut = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}\N{HORIZONTAL ELLIPSIS}"
    return cut.encode("utf-8", "replace").decode("utf-8")


def _size(array: NDArray[Any]) -> int:
    return sum(len(text.encode()) for text in array.tolist())
