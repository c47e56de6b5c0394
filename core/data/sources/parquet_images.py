"""Images in Parquet files, as the Hugging Face hub keeps them: a column of encoded images, one of labels.

The images are structs of bytes and a path, or just bytes. Images that do not decode are left out and listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import Field

from core.data.base import DataSource, Split, data_sources
from core.data.class_labels import class_names, labels_of
from core.data.decoding import decode
from core.data.images import ImageDataset
from core.data.places import column_field, file_field, folder_field
from core.data.preparation import ImageParams, prepared
from core.data.tables import Table, read_table
from core.domain.catalogue import Inputs
from core.errors import UnusableInput


class ParquetImagesParams(ImageParams):
    """Where the files are, what their columns mean, and how images are prepared."""

    path: str = folder_field("Folder on the worker that holds the files.")
    train_file: str = file_field("train.parquet", title="Training file", about="File of the training split.")
    test_file: str = file_field("test.parquet", title="Test file", about="File of the test split.")
    image_column: str = column_field("image", title="Image column", about="Encoded images.")
    label_column: str = column_field("label", title="Label column", about="Right classes.")
    slice_columns: list[str] = column_field([], title="Slice columns", about="Columns to group instances by.")
    classes: list[str] = Field(
        [], title="Classes", description="Names of the classes in order; empty: as the files say."
    )


@data_sources.register("parquet-images")
class ParquetImages(DataSource[ParquetImagesParams]):
    """One image per row."""

    label = "Images in Parquet files"
    inputs = Inputs.IMAGES
    Params = ParquetImagesParams

    def load(self, params: ParquetImagesParams, split: Split) -> ImageDataset:
        """Decode all images of a split."""
        path = _path(params, split)
        table = read_table(path)
        images = [_bytes(value) for value in table.column(params.image_column)]
        values = table.column(params.label_column)
        names = _class_names(params, path, values)
        labels = labels_of(values, names)
        usable = [
            index for index, image in enumerate(images) if image is not None and labels[index] is not None
        ]
        ids = [f"{path.name}:{table.numbers[index]}" for index in usable]
        decoded = decode(
            [(name, partial(_opened, images[index])) for name, index in zip(ids, usable, strict=True)],
            size=params.size,
        )
        if not decoded.kept:
            reason = decoded.problems[0] if decoded.problems else "no row has both an image and a class"
            raise UnusableInput(f"{path.name} holds no usable image: {reason}.", "Check the columns' names.")
        images_found = prepared(
            decoded,
            params,
            labels=[labels[index] or 0 for index in usable],
            class_names=names,
            ids=ids,
            slices=_slices(params, table, usable),
        )
        return replace(images_found, problems=(*_left_out(table, usable), *images_found.problems))


def _path(params: ParquetImagesParams, split: Split) -> Path:
    return Path(params.path) / (params.train_file if split is Split.TRAIN else params.test_file)


def _bytes(value: Any) -> bytes | None:
    """Return the encoded image of a struct or of plain bytes, None where there is none."""
    content = value.get("bytes") if isinstance(value, Mapping) else value
    return content if isinstance(content, bytes) else None


def _opened(content: bytes | None) -> BinaryIO:
    return BytesIO(content or b"")


def _slices(params: ParquetImagesParams, table: Table, usable: Sequence[int]) -> dict[str, list[str]]:
    return {
        name: ["" if column[index] is None else str(column[index]) for index in usable]
        for name in params.slice_columns
        for column in (table.column(name),)
    }


def _left_out(table: Table, usable: Sequence[int]) -> tuple[str, ...]:
    kept = set(usable)
    return tuple(
        f"Row {number} of {table.name} has no image or no known label"
        for index, number in enumerate(table.numbers)
        if index not in kept
    )


def _class_names(params: ParquetImagesParams, path: Path, values: Sequence[Any]) -> tuple[str, ...]:
    """Return the classes given, else those in the file's metadata, else those that occur in both files."""
    written = () if params.classes else _written_names(path, params.label_column)
    every = list(values)
    if not params.classes and not written:
        for other in (params.train_file, params.test_file):
            every += _labels(Path(params.path) / other, params.label_column)
    return class_names(every, params.classes or written)


def _written_names(path: Path, column: str) -> tuple[str, ...]:
    """Return the class names that the library `datasets` wrote into the schema, if it did."""
    from pyarrow import parquet

    metadata = parquet.read_schema(path).metadata or {}
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return tuple(str(name) for name in features[column]["names"])
    except (KeyError, TypeError, ValueError):
        return ()


def _labels(path: Path, column: str) -> list[Any]:
    from pyarrow import parquet

    if not path.is_file() or column not in parquet.read_schema(path).names:
        return []
    values: list[Any] = parquet.read_table(path, columns=[column]).column(column).to_pylist()
    return values
