"""Image files to equally sized bytes, several at a time; files that do not decode are listed, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

THREADS = 4


@dataclass(frozen=True)
class Decoded:
    """Images `(images, 3, size, size)` uint8, which of the sources they are, and what went wrong."""

    images: Tensor
    kept: list[int]
    problems: tuple[str, ...]


def decode(sources: Iterable[tuple[str, Callable[[], BinaryIO]]], *, size: int) -> Decoded:
    """Decode named sources: shorter side scaled to `size`, centre cut out, three colour channels."""
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda source: _decode(source[0], source[1], size), sources))
    kept = [index for index, result in enumerate(results) if not isinstance(result, str)]
    images = [result for result in results if not isinstance(result, str)]
    stacked = np.stack(images) if images else np.empty((0, 3, size, size), np.uint8)
    return Decoded(
        torch.from_numpy(stacked), kept, tuple(result for result in results if isinstance(result, str))
    )


def _decode(name: str, open_source: Callable[[], BinaryIO], size: int) -> NDArray[np.uint8] | str:
    """Return the image `(3, size, size)`, or a sentence saying why there is none."""
    try:
        with open_source() as stream, Image.open(stream) as image:
            scale = size / min(image.size)
            scaled = image.convert("RGB").resize(
                (max(size, round(image.width * scale)), max(size, round(image.height * scale))),
                Image.Resampling.BILINEAR,
            )
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"{name} does not decode: {error}"
    left, top = (scaled.width - size) // 2, (scaled.height - size) // 2
    cut = scaled.crop((left, top, left + size, top + size))
    return np.ascontiguousarray(np.asarray(cut, np.uint8).transpose(2, 0, 1))
