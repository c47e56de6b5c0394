"""Ids, texts and thumbnails of instances are kept once, within the limit, and come back as they were."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from core.data.images import ImageDataset, normalisation
from core.data.subset import part
from core.domain.data.instances import COLUMN, ID, PICTURE
from core.domain.ids import DatasetId
from core.errors import CorruptArtifact, NotFound
from core.execution.data import kept_instances
from core.services.application import Application, Limits
from core.services.behaviour.instances import Pictures
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory


@pytest.fixture
def app(tmp_path: Path):
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def dataset(app: Application):
    laboratory = Laboratory(app)
    laboratory.open()
    return laboratory.project().datasets[0]


def images(pixels: Tensor) -> ImageDataset:
    count = len(pixels)
    ids = tuple(f"{index}.png" for index in range(count))
    labels = torch.arange(count) % 2
    preprocess = normalisation([0.5], [0.5])
    return ImageDataset(pixels, labels, ("a", "b"), ids, preprocess, slices={"shot": ids})


def kept(app: Application, dataset, data):
    with app.unit_of_work() as uow:
        found = uow.instances.of(DatasetId(int(dataset.id)), "test", data.fingerprint())
        return found, uow.instances.arrays(found.id)


def opened(app: Application, found, instance: int) -> Image.Image:
    content = Pictures(app).picture(found.id, found.fingerprint[:12], instance)
    return Image.open(io.BytesIO(content))


def test_every_small_picture_comes_back_bit_by_bit(app, dataset, monkeypatch):
    monkeypatch.setattr(kept_instances, "PACK_BYTES", 300)  # several packs
    pixels = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.manual_seed(1))
    data = images(pixels)
    kept_instances.keep(app, dataset, "test", data)
    found, arrays = kept(app, dataset, data)
    assert len(found.packs) > 3
    assert (found.instances, found.pictures) == (40, 40)
    assert arrays[ID].tolist() == list(data.ids)
    for index in range(40):
        shown = np.asarray(opened(app, found, index).convert("L"))
        assert (shown == pixels[index, 0].numpy()).all()


def test_large_pictures_become_small(app, dataset):
    data = images(torch.zeros((2, 3, 600, 300), dtype=torch.uint8))
    kept_instances.keep(app, dataset, "test", data)
    assert opened(app, kept(app, dataset, data)[0], 1).size == (64, 128)


def test_a_sample_keeps_the_pictures_of_its_own_instances(app, dataset):
    pixels = torch.arange(10, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 8, 8) * 20
    data = part(images(pixels), 4)
    kept_instances.keep(app, dataset, "test", data)
    found, arrays = kept(app, dataset, data)
    assert arrays[ID].tolist() == ["0.png", "3.png", "6.png", "9.png"]
    assert np.asarray(opened(app, found, 2).convert("L")).flat[0] == 120


def test_pictures_beyond_the_limit_are_left_out(app, dataset):
    pixels = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.manual_seed(1))
    data = images(pixels)
    few = replace(app, limits=Limits(instance_bytes=1000))
    kept_instances.keep(few, dataset, "test", data)
    found, arrays = kept(app, dataset, data)
    assert 0 < found.pictures < 40
    stored = arrays[PICTURE]
    assert (stored[found.pictures :] == -1).all()
    assert (stored[: found.pictures, 2] - stored[: found.pictures, 1]).sum() <= 1000
    with pytest.raises(NotFound, match="No picture of the instance 39 is kept"):
        opened(app, found, 39)


def test_deleted_packs_are_said_and_made_again(app, dataset):
    data = images(torch.zeros((3, 1, 8, 8), dtype=torch.uint8))
    kept_instances.keep(app, dataset, "test", data)
    found, _ = kept(app, dataset, data)
    app.artifacts.delete(found.packs[0])
    with pytest.raises(CorruptArtifact, match="is missing"):
        opened(app, found, 0)
    kept_instances.keep(app, dataset, "test", data)
    assert opened(app, kept(app, dataset, data)[0], 0).size == (8, 8)


def test_nothing_is_made_twice(app, dataset):
    data = images(torch.zeros((3, 1, 8, 8), dtype=torch.uint8))
    kept_instances.keep(app, dataset, "test", data)
    first, _ = kept(app, dataset, data)
    kept_instances.keep(app, dataset, "test", data)
    assert kept(app, dataset, data)[0] == first


def test_columns_with_a_value_for_each_instance_are_kept_as_they_are(app, dataset):
    data = images(torch.zeros((1001, 1, 8, 8), dtype=torch.uint8))
    kept_instances.keep(app, dataset, "test", data)
    assert kept(app, dataset, data)[1][f"{COLUMN}shot"].tolist() == list(data.ids)
