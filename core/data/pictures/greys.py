"""Grey images of more than eight bits as bytes: rescaled by their bit depth, never clipped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BITS_PER_SAMPLE, _SAMPLE_FORMAT, _SIGNED = 258, 339, 2  # tags of TIFF
_LEVELS = 255


class NoGreyLevels(ValueError):
    """The values of an image have no meaning as grey levels; the message ends "<name> does not decode: "."""


def is_deep(image: Image.Image) -> bool:
    """Return whether an image has one channel of more than eight bits."""
    return image.mode.startswith("I") or image.mode == "F"


def white_of(image: Image.Image) -> float:
    """Return the value that is white in a grey image of more than eight bits.

    Integers are white at the highest value of their bit depth, floating-point numbers at 1.
    """
    if image.mode == "F":
        return 1.0
    tags = getattr(image, "tag_v2", {})
    bits = int(tags.get(_BITS_PER_SAMPLE, (32,))[0]) if image.format == "TIFF" else 16
    signed = image.mode == "I" and (tags.get(_SAMPLE_FORMAT, (1,))[0] == _SIGNED or bits == 32)
    return float(2 ** (bits - signed) - 1)


def as_bytes(image: Image.Image, white: float) -> Image.Image:
    """Return a grey image of more than eight bits as one of eight.

    Raises:
        NoGreyLevels: values are NaN, negative or beyond white, or all so small that nothing would be seen.
    """
    values = np.asarray(image, np.float64)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(values).all():
        raise NoGreyLevels("its values are not all finite")
    if low < 0 or high > white:
        raise NoGreyLevels(f"its values go from {low:g} to {high:g}, but black is 0 and white {white:,.0f}")
    levels: NDArray[np.uint8] = np.rint(values * (_LEVELS / white)).astype(np.uint8)
    if high > 0 and not levels.any():
        raise NoGreyLevels(
            f"its values go up to {high:g} only, which is black where white is {white:,.0f}; "
            "save it with fewer bits"
        )
    return Image.fromarray(levels)
