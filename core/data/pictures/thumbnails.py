"""Images as small pictures that a browser draws, as they are before any normalisation."""

from __future__ import annotations

import base64
import io

import torch
from PIL import Image
from torch import Tensor

EDGE = 128  # pixels, of the longer side
_LOSSLESS = 64  # up to this edge pictures are small enough to be kept as they are
_DRAWN = (1, 3, 4)  # channels: grey, colours, colours with transparency


def thumbnail(image: Tensor) -> str:
    """Return an image `(channels, height, width)` uint8 as a data URL, shrunk to `EDGE` if it is larger.

    One channel is drawn in grey, three or four as colours; of any other number the first is drawn. Empty
    for what are no bytes or no image.
    """
    drawn = _small(image)
    if drawn is None:
        return ""
    stream = io.BytesIO()
    if max(drawn.size) <= _LOSSLESS:
        drawn.save(stream, "PNG", optimize=True)
        return _data_url("png", stream)
    drawn.save(stream, "WEBP", quality=70, method=2)
    return _data_url("webp", stream)


def webp(image: Tensor) -> bytes:
    """Return the same picture as the bytes of a WebP file, tiny ones without loss; empty if there is none."""
    drawn = _small(image)
    if drawn is None:
        return b""
    stream = io.BytesIO()
    if max(drawn.size) <= _LOSSLESS:
        drawn.save(stream, "WEBP", lossless=True, quality=50, method=1)
    else:
        drawn.save(stream, "WEBP", quality=70, method=2)
    return stream.getvalue()


def _small(image: Tensor) -> Image.Image | None:
    if image.dtype != torch.uint8 or image.ndim != 3 or 0 in image.shape:
        return None
    shown = image if image.shape[0] in _DRAWN else image[:1]
    pixels = shown.permute(1, 2, 0).contiguous().numpy()
    drawn = Image.fromarray(pixels[:, :, 0] if len(shown) == 1 else pixels)
    drawn.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    return drawn


def _data_url(kind: str, stream: io.BytesIO) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
