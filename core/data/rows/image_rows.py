"""Images from rows: a column of encoded images (structs of bytes and a path, or bytes), and one of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from pydantic import Field

from core.data.images import ImageDataset
from core.data.path_parameters import column_field
from core.data.pictures.decoding import decode
from core.data.preparation import ImageParams, prepared
from core.data.rows.rows import OtherRows, Rows, labelled
from core.errors import UnusableInput
from core.parameters import Parameters


class ImageColumns(Parameters):
    """What the columns mean."""

    image_column: str = column_field("image", title="Image column", about="Encoded images.")
    label_column: str = column_field("label", title="Label column", about="The true class of each instance.")
    slice_columns: list[str] = column_field([], title="Slice columns", about="Columns to group instances by.")
    classes: list[str] = Field(
        [], title="Classes", description="Names of the classes in order; empty: as the files say."
    )


class ImageRowParams(ImageParams, ImageColumns):
    """What the columns mean, and how images are prepared."""


def images_of(rows: Rows, params: ImageRowParams, other: OtherRows) -> ImageDataset:
    """Return the images of all rows that have an image and a class; others are left out and listed.

    Raises:
        UnusableInput: a column is missing, nothing names the classes, or no row can be used.
    """
    images = _images(rows, params.image_column)
    names, labels = labelled(rows, params.label_column, params.classes, other)
    usable = [index for index, image in enumerate(images) if image is not None and labels[index] is not None]
    ids = [rows.id(index) for index in usable]
    decoded = decode(
        [(name, partial(_opened, images[index])) for name, index in zip(ids, usable, strict=True)],
        size=params.size,
        channels=params.channels,
    )
    if not decoded.kept:
        reason = decoded.problems[0] if decoded.problems else "no row has both an image and a class"
        raise UnusableInput(f"{rows.name} holds no usable image: {reason}.", "Check the columns' names.")
    found = prepared(
        decoded,
        params,
        labels=[labels[index] or 0 for index in usable],
        class_names=names,
        ids=ids,
        slices=rows.slices(params.slice_columns, usable),
    )
    problems = (*rows.problems, *_left_out(rows, usable), *found.problems)
    return replace(found, problems=problems, origin=rows.origin)


def _images(rows: Rows, column: str) -> list[bytes | None]:
    values = rows.column(column)
    images = [_bytes(value) for value in values]
    if all(image is None for image in images) and any(value is not None for value in values):
        raise UnusableInput(f"The column {column!r} of {rows.name} holds no encoded images.", rows.offered)
    return images


def _bytes(value: Any) -> bytes | None:
    """Return the encoded image of a struct or of plain bytes, None where there is none."""
    content = value.get("bytes") if isinstance(value, Mapping) else value
    return content if isinstance(content, bytes) else None


def _opened(content: bytes | None) -> BinaryIO:
    return BytesIO(content or b"")


def _left_out(rows: Rows, usable: Sequence[int]) -> tuple[str, ...]:
    kept = set(usable)
    return tuple(
        f"{rows.told(index)} has no image or no known label"
        for index in range(len(rows.places))
        if index not in kept
    )
