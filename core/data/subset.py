"""Some instances of a data set, for measurements that need not see all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from core.data.dataset import Batch, Dataset
from core.data.text.encoded import EncodedTexts

T = TypeVar("T")


def part(dataset: Dataset, most: int | None) -> Dataset:
    """Return at most so many instances, spread evenly over the data set; all of them for None."""
    if most is None or most >= len(dataset):
        return dataset
    return _chosen(dataset, torch.linspace(0, len(dataset) - 1, most).round().long())


def picked(dataset: Dataset, positions: Sequence[int]) -> Dataset:
    """Return the instances at these positions, in this order."""
    return _chosen(dataset, torch.tensor(positions, dtype=torch.long))


def _chosen(dataset: Dataset, indices: Tensor) -> Dataset:
    return _encoded(dataset, indices) if isinstance(dataset, EncodedTexts) else Subset(dataset, indices)


class Subset(Dataset):
    """Chosen instances of another data set."""

    def __init__(self, whole: Dataset, indices: Tensor) -> None:
        self._whole, self._indices = whole, indices
        chosen = indices.tolist()
        self.labels, self.class_names = whole.labels[indices], whole.class_names
        self.ids = tuple(whole.ids[index] for index in chosen)
        self.slices = {name: tuple(each[index] for index in chosen) for name, each in whole.slices.items()}
        self.problems, self.origin = whole.problems, whole.origin

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Return the chosen instances, see `Dataset.batch`."""
        return self._whole.batch(self._indices[indices], augmented=augmented)

    def image(self, index: int) -> Tensor | None:
        """Return a chosen instance as a picture, see `Dataset.image`."""
        return self._whole.image(int(self._indices[index]))


def _encoded(dataset: EncodedTexts, indices: Tensor) -> EncodedTexts:
    def chosen(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(values[index] for index in indices.tolist()) if values else ()

    return replace(
        dataset,
        texts=chosen(dataset.texts),
        ids=chosen(dataset.ids),
        labels=dataset.labels[indices],
        answers=chosen(dataset.answers),
        tokens=chosen(dataset.tokens),
        targets=chosen(dataset.targets),
        slices={name: chosen(each) for name, each in dataset.slices.items()},
    )
