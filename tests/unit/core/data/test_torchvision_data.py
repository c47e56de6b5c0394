"""Data sets of torchvision are read from their files; nothing is downloaded unasked."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from core.data.base import load_data
from core.data.images import ImageDataset
from core.errors import InvalidInput, UnusableInput
from core.registry import discover

discover("core.data.sources")


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """Three made-up digits in MNIST's own format."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix in ("train", "t10k"):
        images = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8)
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(
            struct.pack(">4i", 2051, 3, 28, 28) + images.tobytes()
        )
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, 3) + bytes([7, 0, 3]))
    return tmp_path


def load(path: Path, **parameters: object) -> ImageDataset:
    loaded = load_data("torchvision-data", {"dataset": "MNIST", "path": str(path), **parameters}, "test")
    assert isinstance(loaded, ImageDataset)
    return loaded


def test_images_labels_and_classes_are_those_of_the_files(mnist: Path) -> None:
    data = load(mnist)
    assert data.labels.tolist() == [7, 0, 3]
    assert len(data.class_names) == 10
    assert data.ids[0] == "MNIST-test-000000"
    assert data.images.shape == (3, 3, 28, 28)
    assert data.images[0, :, 0, 5].tolist() == [5, 5, 5]


def test_images_are_scaled_where_that_is_asked(mnist: Path) -> None:
    assert load(mnist, size=16).images.shape == (3, 3, 16, 16)


def test_a_missing_data_set_is_not_downloaded(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="MNIST cannot be read from") as raised:
        load(tmp_path)
    assert "allow the download" in raised.value.hint


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="dataset is 'FakeData'"):
        load(tmp_path, dataset="FakeData")
