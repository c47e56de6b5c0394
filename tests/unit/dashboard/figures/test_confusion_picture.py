"""The picture of a confusion matrix, read with another library's decoder."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dashboard.figures.confusion_picture import picture


def pixels(matrix: np.ndarray) -> np.ndarray:
    content = base64.b64decode(picture(matrix).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_harm_is_red_gain_is_blue_and_nothing_is_transparent():
    drawn = pixels(np.array([[-3, 3, 0], [0, 5, -5], [1, 0, -1]]))
    red, blue = drawn[0, 1, :3].tolist(), drawn[1, 1, :3].tolist()
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert drawn[0, 0, :3].tolist() == red  # fewer right ones are harm
    assert drawn[1, 2, :3].tolist() == blue  # fewer mistakes are a gain
    assert drawn[2, 0, :3].tolist() == red
    assert drawn[0, 2, 3] == drawn[1, 0, 3] == 0


def test_the_largest_is_full_and_single_instances_are_seen():
    drawn = pixels(np.array([[0, 1000], [1, 0]]))
    assert drawn[0, 1, 3] == 255
    assert drawn[1, 0, 3] >= 70


@pytest.mark.parametrize("classes", [1, 1000])
def test_any_number_of_classes_is_small(classes: int):
    change = np.zeros((classes, classes), int)
    generator = np.random.default_rng(0)
    change[generator.integers(0, classes, 5000), generator.integers(0, classes, 5000)] = 3
    assert pixels(change).shape == (classes, classes, 4)
    assert len(picture(change)) < 60_000


def test_nothing_but_zeros_is_a_transparent_picture():
    assert pixels(np.zeros((4, 4)))[..., 3].max() == 0
