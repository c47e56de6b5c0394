"""Images in memory as bytes, preprocessed by torchvision transforms when a model needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor
from torchvision.transforms import v2

from core.data.dataset import Batch, Dataset
from core.data.pictures.variation import Variation

# Up to this size the preprocessed images are kept as well, so that nothing is computed twice.
KEEP_PREPROCESSED_BYTES = 512 * 2**20


@dataclass(frozen=True, eq=False)
class ImageDataset(Dataset):
    """Images `(instances, channels, height, width)` uint8 with labels.

    preprocess turns bytes into model inputs; augment varies bytes at random for training.
    """

    images: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    ids: tuple[str, ...]
    preprocess: v2.Transform
    augment: Variation | None = None
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    origin: str = ""

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Return the chosen images as float32 model inputs, see `Dataset.batch`."""
        labels = self.labels[indices]
        if augmented and self.augment is not None:
            return Batch(self.preprocess(self.augment(self.images[indices])), labels)
        if self._preprocessed is not None:
            return Batch(self._preprocessed[indices], labels)
        return Batch(self.preprocess(self.images[indices]), labels)

    def image(self, index: int) -> Tensor:
        """Return the bytes of an image, not normalised."""
        return self.images[index]

    @cached_property
    def _preprocessed(self) -> Tensor | None:
        if self.images.numel() * torch.float32.itemsize > KEEP_PREPROCESSED_BYTES:
            return None
        result: Tensor = self.preprocess(self.images)
        return result


def normalisation(mean: list[float], std: list[float]) -> v2.Compose:
    """Return the transform from bytes to float32 with the given mean and standard deviation per channel."""
    return v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean=mean, std=std)])
