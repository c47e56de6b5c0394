"""A model that was trained on images prepared in another way is told from one that is merely bad."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.data.dataset import Dataset
from core.data.images import ImageDataset, normalisation
from core.evaluation.image_preparation import preparation_remark

LABELS = torch.arange(1000) % 2
PIXELS = torch.where(LABELS == 0, 90, 150).to(torch.uint8)[:, None, None, None].repeat(1, 3, 4, 4)
"""Images of grey 0.353 and 0.588, whose mean is 0.47."""


def photos(mean: float, std: float) -> ImageDataset:
    ids = tuple(map(str, range(1000)))
    prepared = normalisation([mean] * 3, [std] * 3)
    return ImageDataset(
        images=PIXELS, labels=LABELS, class_names=("dark", "light"), ids=ids, preprocess=prepared
    )


def right(data: Dataset, threshold: float) -> np.ndarray:
    """Return where a model is right that answers "light" to inputs above the threshold."""
    batch = data.batch(slice(None))
    return ((batch.inputs.mean((1, 2, 3)) > threshold).long() == batch.labels).numpy()


def test_values_with_which_the_model_is_far_better_are_named() -> None:
    data = photos(0.0, 1.0)
    said = preparation_remark(data, right(data, 0.0), lambda sample: right(sample, 0.0))
    assert "with mean 0.485, 0.456, 0.406 and standard deviation 0.229, 0.224, 0.225, 50 of 50" in said
    assert "instead of 25" in said


@pytest.mark.parametrize(
    ("mean", "threshold"), [(0.5, 0.0), (0.0, 0.45), (0.0, 9.0)], ids=["fits", "raw", "bad"]
)
def test_a_model_that_fits_or_is_bad_with_any_is_not_suspected(mean: float, threshold: float) -> None:
    data = photos(mean, 0.5 if mean else 1.0)
    assert preparation_remark(data, right(data, threshold), lambda sample: right(sample, threshold)) == ""


def test_few_images_say_nothing() -> None:
    data = photos(0.0, 1.0)
    few = ImageDataset(
        images=PIXELS[:9],
        labels=LABELS[:9],
        class_names=("dark", "light"),
        ids=data.ids[:9],
        preprocess=data.preprocess,
    )
    assert preparation_remark(few, right(few, 0.0), lambda sample: right(sample, 0.0)) == ""
