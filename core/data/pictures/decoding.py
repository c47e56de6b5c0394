"""Image files to equally sized bytes, several at a time; files that do not decode are listed, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.data.pictures.decoded_cache import (
    UNREADABLE,
    Decoded,
    Source,
    Sources,
    fingerprint,
    key_of,
    present_cache,
)
from core.data.pictures.picture import read_picture
from core.errors import UnusableInput

T = TypeVar("T")
THREADS = 4
_AT_ONCE = 32  # images per turn of a thread: handing over each small one would take as long as decoding it


def decode(sources: Sources, *, size: int, channels: int = 3) -> Decoded:
    """Decode named sources: shorter side scaled to `size`, centre cut out, in colours or in grey.

    With `size` 0 images stay as they are. Nothing is decoded that is in the present cache.

    Raises:
        UnusableInput: they stay as they are, but have different sizes.
    """
    listed = list(sources)
    cache = present_cache()
    if cache is None:
        return _decoded(listed, size, channels)
    key = key_of(_each(fingerprint, listed), size=size, channels=channels)
    return cache.get(key, lambda: _decoded(listed, size, channels))


def _each(act: Callable[[Source], T], sources: Sequence[Source]) -> list[T]:
    """Return what a function gives for each source, several at a time."""
    parts = [sources[start : start + _AT_ONCE] for start in range(0, len(sources), _AT_ONCE)]
    with ThreadPoolExecutor(THREADS) as pool:
        return [
            result
            for part in pool.map(lambda part: [act(source) for source in part], parts)
            for result in part
        ]


def _decoded(sources: Sequence[Source], size: int, channels: int) -> Decoded:
    results = _each(partial(_decode, size=size, channels=channels), sources)
    kept = [index for index, result in enumerate(results) if not isinstance(result, str)]
    images = [result for result in results if not isinstance(result, str)]
    _require_one_size(images, [sources[index][0] for index in kept])
    stacked = np.stack(images) if images else np.empty((0, channels, size, size), np.uint8)
    return Decoded(
        torch.from_numpy(stacked), kept, tuple(result for result in results if isinstance(result, str))
    )


def _decode(source: Source, *, size: int, channels: int) -> NDArray[np.uint8] | str:
    """Return the image `(channels, size, size)`, or a sentence saying why there is none."""
    name, open_source = source
    try:
        with open_source() as stream:
            return read_picture(stream, size=size, channels=channels)
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        known = not isinstance(error, UnidentifiedImageError)  # whose words name an object of the program
        return f"{name} does not decode: {error if known else 'it is no image of a known format'}"


def _require_one_size(images: list[NDArray[np.uint8]], names: list[str]) -> None:
    first = images[0].shape[1:] if images else ()
    for image, name in zip(images, names, strict=True):
        if image.shape[1:] != first:
            sizes = [f"{shape[1]} x {shape[0]}" for shape in (first, image.shape[1:])]
            raise UnusableInput(
                f"The images have different sizes: {names[0]} has {sizes[0]} pixels, {name} has {sizes[1]}.",
                "Set an image size, so that all are scaled and cut to it.",
            )
