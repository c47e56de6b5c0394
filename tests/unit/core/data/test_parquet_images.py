"""Images in Parquet files: structs and bytes, named and unnamed classes, and images that do not decode."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from core.data.base import load_data
from core.data.images import ImageDataset
from core.errors import UnusableInput
from core.registry import discover

discover("core.data.sources")
NAMES = ["red", "blue"]


def picture(colour: str, *, width: int = 8) -> bytes:
    content = BytesIO()
    Image.new("RGB", (width, 8), colour).save(content, "PNG")
    return content.getvalue()


def write(folder: Path, rows: list[dict[str, Any]], *, names: list[str] | None = None) -> None:
    table = pa.Table.from_pylist(rows)
    if names:
        features = {"label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, folder / "test.parquet")


def load(folder: Path, **parameters: Any) -> ImageDataset:
    loaded = load_data("parquet-images", {"path": str(folder), **parameters}, "test")
    assert isinstance(loaded, ImageDataset)
    return loaded


def struct(colour: str) -> dict[str, Any]:
    return {"bytes": picture(colour), "path": None}


@pytest.mark.parametrize("image", [struct, picture], ids=["struct", "bytes"])
def test_images_are_read_with_the_names_in_the_file(tmp_path: Path, image: Any) -> None:
    write(tmp_path, [{"image": image("blue"), "label": 1}, {"image": image("red"), "label": 0}], names=NAMES)
    data = load(tmp_path)
    assert data.class_names == ("red", "blue")
    assert data.labels.tolist() == [1, 0]
    assert data.ids == ("test.parquet:1", "test.parquet:2")
    assert data.images[:, :, 0, 0].tolist() == [[0, 0, 255], [255, 0, 0]]
    assert torch.as_tensor(data.batch(slice(0, 2), augmented=True).inputs).shape == (2, 3, 8, 8)


def test_what_does_not_decode_is_listed_and_left_out(tmp_path: Path) -> None:
    rows = [
        {"image": {"bytes": b"no image", "path": None}, "label": 0, "place": "a"},
        {"image": None, "label": 0, "place": "b"},
        {"image": struct("red"), "label": 0, "place": "c"},
        {"image": struct("red"), "label": None, "place": "d"},
    ]
    write(tmp_path, rows, names=NAMES)
    data = load(tmp_path, slice_columns=["place"])
    assert data.ids == ("test.parquet:3",)
    assert data.slices == {"place": ("c",)}
    assert len(data.problems) == 3
    assert any("test.parquet:1 does not decode" in problem for problem in data.problems)


def test_classes_without_names_are_numbered(tmp_path: Path) -> None:
    write(tmp_path, [{"image": struct("red"), "label": 2}])
    assert load(tmp_path).class_names == ("0", "1", "2")
    assert load(tmp_path, classes=["x", "y", "z"]).class_names == ("x", "y", "z")


def test_mixed_sizes_must_be_scaled(tmp_path: Path) -> None:
    wide = {"bytes": picture("red", width=12), "path": None}
    write(tmp_path, [{"image": struct("red"), "label": 0}, {"image": wide, "label": 0}], names=NAMES)
    with pytest.raises(UnusableInput, match=r"test.parquet:1 has 8 x 8 pixels, test.parquet:2 has 12 x 8"):
        load(tmp_path)
    assert load(tmp_path, size=8).images.shape == (2, 3, 8, 8)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"image": {"bytes": b"x", "path": None}, "label": 0}],
            "holds no usable image: test.parquet:1 does",
        ),
        ([{"image": None, "label": 0}], "no row has both"),
        ([{"picture": b"x", "label": 0}], "no column 'image'"),
        ([{"image": b"x"}], "no column 'label'"),
        ([{"image": b"x", "label": None}], "No instance has a class"),
    ],
    ids=["broken", "empty", "no image column", "no label column", "no label"],
)
def test_files_without_anything_usable_are_refused(
    tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    write(tmp_path, rows)
    with pytest.raises(UnusableInput, match=said):
        load(tmp_path)


def test_real_images(data_folder: Path) -> None:
    data = load_data("parquet-images", {"path": str(data_folder / "cifar10")}, "test")
    assert isinstance(data, ImageDataset)
    assert data.images.shape == (10_000, 3, 32, 32)
    assert data.labels.bincount().tolist() == [1000] * 10


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label_column": "image"}, "'image' of test.parquet holds images, or other bytes, no classes."),
        ({"image_column": "label"}, "'label' of test.parquet holds no encoded images."),
    ],
    ids=["images as classes", "numbers as images"],
)
def test_columns_that_hold_something_else_are_refused(
    tmp_path: Path, columns: dict[str, str], said: str
) -> None:
    write(tmp_path, [{"image": struct("red"), "label": 0}, {"image": struct("blue"), "label": 1}])
    with pytest.raises(UnusableInput) as raised:
        load(tmp_path, **columns)
    assert raised.value.message == f"The column {said}"
    assert raised.value.hint == "Choose another column. There are: image, label."
