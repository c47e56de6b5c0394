"""One encoded image as bytes: depth of greys, orientation, shape, and how much memory it may take."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.pictures.decoding import decode
from core.data.pictures.greys import NoGreyLevels
from core.data.pictures.picture import MOST_PIXELS, TooManyPixels, read_picture

RAMP = np.linspace(0, 1, 256).reshape(16, 16)  # its mean is one half


def encoded(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (Image.fromarray((RAMP * 65535).astype(np.uint16)), "PNG"),
        (Image.fromarray((RAMP * 65535).astype(np.uint16)), "TIFF"),
        (Image.fromarray((RAMP * 65535).astype(np.int32)), "PPM"),
        (Image.fromarray((RAMP * (2**31 - 1)).astype(np.int32)), "TIFF"),
        (Image.fromarray(RAMP.astype(np.float32)), "TIFF"),
        (Image.fromarray((RAMP * 255).astype(np.uint8)), "PNG"),
    ],
    ids=["16-bit PNG", "16-bit TIFF", "16-bit PGM", "32-bit TIFF", "float TIFF", "8-bit PNG"],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_greys_are_rescaled_by_their_bit_depth(image: Image.Image, kind: str, channels: int) -> None:
    pixels = read_picture(encoded(image, kind), size=16, channels=channels)
    assert pixels.shape == (channels, 16, 16)
    np.testing.assert_allclose(pixels[0], RAMP * 255, atol=1)
    assert pixels.mean() == pytest.approx(127.5, abs=0.5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.0, 200.0], "its values go from 0 to 200, but black is 0 and white 1"),
        ([-1.0, 1.0], "its values go from -1 to 1"),
        ([float("nan"), 1.0], "not all finite"),
    ],
    ids=["bytes as floats", "negative", "NaN"],
)
def test_floats_without_a_white_are_refused_in_words(values: list[float], said: str) -> None:
    image = Image.fromarray(np.array([values], np.float32))
    with pytest.raises(NoGreyLevels, match=said):
        read_picture(encoded(image, "TIFF"), size=0, channels=3)


def test_small_values_of_many_bits_are_refused_and_not_read_as_black() -> None:
    image = Image.fromarray(np.array([[0, 4095]], np.int32))
    with pytest.raises(NoGreyLevels, match="its values go up to 4095 only"):
        read_picture(encoded(image, "TIFF"), size=0, channels=1)


def upright() -> Image.Image:
    """Return an image whose quarters differ: red, green / blue, white."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4, :4, 0] = pixels[:4, 4:, 1] = pixels[4:, :4, 2] = 255
    pixels[4:, 4:] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, lambda image: image),
        (2, lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        (3, lambda image: image.rotate(180)),
        (4, lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
        (6, lambda image: image.rotate(90)),
        (8, lambda image: image.rotate(-90)),
    ],
    ids=["upright", "mirrored", "upside down", "flipped", "turned left", "turned right"],
)
@pytest.mark.parametrize("size", [0, 4], ids=["as it is", "scaled"])
def test_photographs_are_turned_upright(orientation: int, stored: object, size: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph = encoded(stored(upright()), "PNG", exif=exif)  # type: ignore[operator]
    expected = read_picture(encoded(upright(), "PNG"), size=size, channels=3)
    np.testing.assert_array_equal(read_picture(photograph, size=size, channels=3), expected)


def test_a_wide_photograph_turned_upright_is_high() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(encoded(Image.new("RGB", (12, 5)), "JPEG", exif=exif), size=0, channels=3).shape == (
        3,
        12,
        5,
    )


@pytest.mark.parametrize("shape", [(37, 91), (300, 80), (9, 30), (64, 64)])
def test_the_centre_is_the_one_that_scaling_the_whole_image_gives(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    image, size = Image.fromarray(noise), 24
    scale = size / min(image.size)
    whole = image.resize(
        (max(size, round(image.width * scale)), max(size, round(image.height * scale))),
        Image.Resampling.BILINEAR,
    )
    left, top = (whole.width - size) // 2, (whole.height - size) // 2
    expected = np.asarray(whole.crop((left, top, left + size, top + size))).transpose(2, 0, 1)
    found = read_picture(encoded(image, "PNG"), size=size, channels=3)
    np.testing.assert_allclose(found.astype(int), expected, atol=1)


def test_an_extreme_shape_takes_no_more_memory_than_another(tmp_path: Path) -> None:
    path = tmp_path / "thin.png"
    Image.new("L", (1, 60_000), 100).save(path)
    program = (
        "import resource, sys; from core.data.pictures.picture import read_picture;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "pixels = read_picture(open(sys.argv[1], 'rb'), size=224, channels=3);"
        "assert pixels.shape == (3, 224, 224) and (pixels == 100).all();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=True, text=True
    )
    assert int(grown.stdout) < 50_000  # kB; scaling all of it took 2 GB


def test_an_image_with_too_many_pixels_is_listed() -> None:
    large = encoded(Image.new("1", (MOST_PIXELS // 4096 + 1, 4096)), "PNG")
    with pytest.raises(TooManyPixels, match="scale it down"):
        read_picture(large, size=8, channels=3)
    large.seek(0)
    found = decode([("large.png", lambda: large)], size=8)
    assert found.kept == []
    assert found.problems[0].startswith("large.png does not decode: it has 67,112,960 pixels")
