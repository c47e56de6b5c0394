"""Handwritten digits of 8 x 8 pixels that come with scikit-learn: real data without a download.

Classes can be made rare in the training split, so that a long tail as in practice arises; the test
split always stays balanced. E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits",
UCI Machine Learning Repository, 1998.
"""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field
from sklearn.datasets import load_digits

from core.data.base import DataSource, Split, data_sources
from core.data.images import ImageDataset, normalisation
from core.data.pictures.variation import Variation
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput
from core.parameters import Parameters

GREY_LEVELS = 16  # the data set counts ink in steps of 1/16
TEST_SHARE = 1 / 3


class DigitsParams(Parameters):
    """Which classes are thinned, and by how much."""

    rare_classes: list[int] = Field(
        [], title="Rare classes", description="Digits that are thinned in the training split.", max_length=9
    )
    kept_fraction: float = Field(
        1.0,
        title="Kept fraction",
        gt=0,
        le=1,
        description="Share of a rare class's training images that stays.",
    )
    split_seed: int = Field(0, title="Split seed", ge=0, description="Decides which images are for testing.")


@data_sources.register("digits")
class Digits(DataSource[DigitsParams]):
    """1,797 digits; a third of each class is for testing."""

    label = "Handwritten digits (8 x 8)"
    inputs = Inputs.IMAGES
    Params = DigitsParams

    def load(self, params: DigitsParams, split: Split) -> ImageDataset:
        """Return a split, with the rare classes thinned if it is the training split."""
        pixels, labels = load_digits(return_X_y=True)
        wrong = [digit for digit in params.rare_classes if digit not in range(10)]
        if wrong:
            raise UnusableInput(f"There is no digit {wrong[0]}.", "Rare classes are digits from 0 to 9.")
        chosen = _chosen(labels, params, split)
        images = np.rint(pixels[chosen].reshape(-1, 1, 8, 8) * (255 / GREY_LEVELS)).astype(np.uint8)
        return ImageDataset(
            images=torch.from_numpy(images),
            labels=torch.from_numpy(labels[chosen].astype(np.int64)),
            class_names=tuple(str(digit) for digit in range(10)),
            ids=tuple(f"digit-{index:04d}" for index in chosen),
            preprocess=normalisation([0.305], [0.376]),
            augment=Variation(shift=1),
        )


def _chosen(labels: np.ndarray, params: DigitsParams, split: Split) -> np.ndarray:
    """Return the sorted indices of a split, stratified by class."""
    generator = np.random.default_rng(params.split_seed)
    chosen = []
    for digit in range(10):
        members = generator.permutation(np.flatnonzero(labels == digit))
        tests = round(len(members) * TEST_SHARE)
        if split is Split.TEST:
            chosen.append(members[:tests])
            continue
        kept = params.kept_fraction if digit in params.rare_classes else 1.0
        chosen.append(members[tests : tests + max(1, round((len(members) - tests) * kept))])
    return np.sort(np.concatenate(chosen))
