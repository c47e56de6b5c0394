"""Whether an imported classifier of images seems to be trained on images normalised in another way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.data.dataset import Dataset
from core.data.images import ImageDataset, normalisation

Judge = Callable[[Dataset], NDArray[np.bool_]]
"""Returns `(instances,)` whether the model is right."""

_LEAST, _MOST = 50, 200
_PART = 20  # one of so many instances is tried
_LEAST_GAIN = 0.05
_MOST_BY_CHANCE = 1e-3
_USUAL = (
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),  # ImageNet
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
)


def preparation_remark(data: Dataset, right: NDArray[np.bool_], judge: Judge) -> str:
    """Return a warning where another usual mean and deviation would predict far better; else an empty text.

    right: `(instances,)` of the images as they are prepared. Between 50 and 200 instances are tried with the
    values of ImageNet, with 0.5, without any, and with the data's own; McNemar's exact test, one-sided.
    """
    tried = min(len(data), _MOST, max(_LEAST, len(data) // _PART))
    places = np.linspace(0, len(data) - 1, tried).round().astype(int)
    images = [data.image(int(place)) for place in places]
    if tried < _LEAST or any(image is None or image.dtype != torch.uint8 for image in images):
        return ""
    pixels = torch.stack([image for image in images if image is not None])
    before = right[places]
    best, told = int(before.sum()), ""
    for mean, std in _ways(pixels):
        after = judge(_prepared(data, places, pixels, mean, std))
        count = int(after.sum())
        if count > best and _is_better(before, after):
            best, told = count, f"mean {_shown(mean)} and standard deviation {_shown(std)}"
    if not told:
        return ""
    return (
        f"The model seems to be trained on images prepared in another way: with {told}, {best} of {tried} "
        f"instances are right, instead of {int(before.sum())}. Create another project for data with these "
        "values, and import the model there."
    )


def _ways(pixels: Tensor) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    """Yield mean and standard deviation for as many channels as the images have."""
    channels = pixels.shape[1]
    if channels == len(_USUAL[0][0]):
        yield from _USUAL
    else:
        yield from (
            ([float(np.mean(mean))] * channels, [float(np.mean(std))] * channels) for mean, std in _USUAL
        )
    scaled = pixels.transpose(0, 1).flatten(1).double() / 255
    deviation = scaled.std(1, correction=0).clamp(min=0.01)
    yield _rounded(scaled.mean(1)), _rounded(deviation)


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 2) for value in values.tolist()]


def _prepared(
    data: Dataset, places: NDArray[np.int_], pixels: Tensor, mean: Sequence[float], std: Sequence[float]
) -> ImageDataset:
    return ImageDataset(
        images=pixels,
        labels=data.labels[torch.from_numpy(places)],
        class_names=data.class_names,
        ids=tuple(data.ids[place] for place in places),
        preprocess=normalisation(list(mean), list(std)),
    )


def _is_better(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> bool:
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    changed = gained + lost
    by_chance = sum(math.comb(changed, count) for count in range(gained, changed + 1)) / 2**changed
    return gained - lost >= _LEAST_GAIN * len(before) and by_chance < _MOST_BY_CHANCE


def _shown(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
