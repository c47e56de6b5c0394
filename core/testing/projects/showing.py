"""Kept instances with plain pictures or texts, for tests of pages that show single instances."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.data.pictures.thumbnails import webp
from core.domain.data.instances import ID, PICTURE, TEXT, InstanceSet
from core.domain.ids import DatasetId, InstanceSetId
from core.evaluation.tasks.generation import as_texts
from core.services.application import Application
from core.services.behaviour.instances import keep_instances


def keep_pictures(
    app: Application, dataset_id: DatasetId, shades: Sequence[int], *, fingerprint: str = "same data"
) -> InstanceSet:
    """Keep a square of one shade of grey per instance, named `<position>.png`."""
    images = torch.tensor(list(shades), dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8)
    return keep_images(app, dataset_id, images, fingerprint=fingerprint)


def keep_images(
    app: Application, dataset_id: DatasetId, images: Tensor, *, fingerprint: str = "same data"
) -> InstanceSet:
    """Keep images `(instances, channels, height, width)` uint8, named `<position>.png`."""
    pictures = [webp(image) for image in images]
    ends = np.cumsum([len(one) for one in pictures])
    places = np.stack([np.zeros(len(ends)), ends - [len(one) for one in pictures], ends], axis=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures.pack"
        path.write_bytes(b"".join(pictures))
        pack = app.artifacts.put(path)
    arrays = {
        ID: as_texts([f"{position}.png" for position in range(len(images))]),
        PICTURE: places.astype(np.int32),
    }
    kept = _kept(app, dataset_id, len(images), fingerprint, (pack,))
    keep_instances(app, kept, arrays)
    return kept


def keep_texts(
    app: Application, dataset_id: DatasetId, texts: Sequence[str], *, fingerprint: str = "same data"
) -> None:
    """Keep a text per instance, named by its position."""
    ids = as_texts([str(position) for position in range(len(texts))])
    kept = _kept(app, dataset_id, len(texts), fingerprint, ())
    keep_instances(app, kept, {ID: ids, TEXT: as_texts(texts)})


def _kept(
    app: Application, dataset_id: DatasetId, instances: int, fingerprint: str, packs: tuple[str, ...]
) -> InstanceSet:
    return InstanceSet(
        id=InstanceSetId(0),
        dataset_id=dataset_id,
        split="test",
        fingerprint=fingerprint,
        instances=instances,
        pictures=instances if packs else 0,
        packs=packs,
        created_at=app.clock.now(),
    )
