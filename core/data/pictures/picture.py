"""One encoded image as bytes of a fixed size: upright, its centre cut out, in one or three channels.

The part that is cut out is scaled, never the whole image, so an extreme shape takes no more memory than any
other. Very large images are decoded one at a time, and those beyond `MOST_PIXELS` not at all.
"""

from __future__ import annotations

import math
import struct
import threading
from contextlib import nullcontext
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.pictures.greys import as_bytes, is_deep, white_of

MOST_PIXELS = 2**26
_LARGE_PIXELS = 2**24
_one_at_a_time = threading.Lock()
_ORIENTATION = 0x0112
_MODES = {1: "L", 3: "RGB"}
_NO_EXIF = (OSError, ValueError, SyntaxError, LookupError, TypeError, struct.error)

Box: TypeAlias = tuple[float, float, float, float]


class TooManyPixels(ValueError):
    """The image would take too much memory to decode."""


def read_picture(stream: BinaryIO, *, size: int, channels: int) -> NDArray[np.uint8]:
    """Return the centre of an image `(channels, size, size)`, its shorter side scaled to `size`.

    size: 0 leaves the image as large as it is. channels: 1 for grey or 3 for colours.

    Raises:
        TooManyPixels, NoGreyLevels: it cannot be used.
    """
    with Image.open(stream) as image:
        if image.format == "JPEG" and size and math.prod(image.size) > _LARGE_PIXELS:
            image.draft(None, (4 * size, 4 * size))  # decodes at a half, quarter or eighth of the size
        pixels = math.prod(image.size)
        if pixels > MOST_PIXELS:
            raise TooManyPixels(f"it has {pixels:,} pixels, more than {MOST_PIXELS:,}: scale it down")
        with _one_at_a_time if pixels > _LARGE_PIXELS else nullcontext():
            array = np.asarray(_cut(image, size, _MODES[channels]))
    return np.ascontiguousarray(array[None] if array.ndim == 2 else array.transpose(2, 0, 1))


def _cut(image: Image.Image, size: int, mode: str) -> Image.Image:
    if size == 0 or image.size == (size, size):
        return _upright(_converted(image, image, mode), image)
    box = _centre(image, size)
    margin = math.ceil(max((box[2] - box[0]) / size, 1)) + 1  # what the filter reads beyond the box
    left, top = max(0, math.floor(box[0]) - margin), max(0, math.floor(box[1]) - margin)
    right = min(image.width, math.ceil(box[2]) + margin)
    bottom = min(image.height, math.ceil(box[3]) + margin)
    part = _converted(image, image.crop((left, top, right, bottom)), mode)
    inside = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    return _upright(part.resize((size, size), Image.Resampling.BILINEAR, box=inside), image)


def _centre(image: Image.Image, size: int) -> Box:
    """Return the square of the image that fills `size` once the shorter side is scaled to it."""
    scale = size / min(image.size)
    width, height = max(size, round(image.width * scale)), max(size, round(image.height * scale))
    left, top = (width - size) // 2, (height - size) // 2
    across, down = image.width / width, image.height / height
    return left * across, top * down, (left + size) * across, (top + size) * down


def _converted(image: Image.Image, part: Image.Image, mode: str) -> Image.Image:
    """Return a part of an image in another mode."""
    return (as_bytes(part, white_of(image)) if is_deep(image) else part).convert(mode)


def _upright(part: Image.Image, image: Image.Image) -> Image.Image:
    """Turn a part of an image as the EXIF data of the image ask for; damaged data ask for nothing."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except _NO_EXIF:
        return part
    turn = _TURNS.get(orientation)
    return part if turn is None else part.transpose(turn)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
