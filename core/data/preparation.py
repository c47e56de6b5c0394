"""How images of any source are prepared: their size, their normalisation, and variation for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

import torch
from pydantic import Field, field_validator

from core.data.images import ImageDataset, normalisation
from core.data.pictures.decoded_cache import Decoded
from core.data.pictures.variation import Variation
from core.parameters import Declared, Parameters


def size_field(default: int) -> Any:
    """Return the field of the image size with another default."""
    return Field(
        default,
        title="Image size",
        ge=0,
        le=1024,
        description="Side of the square cut out, in pixels; 0: no cut, all images have one size.",
        json_schema_extra=Declared(unit="px"),
    )


class ImageParams(Parameters):
    """Size, channels and normalisation; the defaults are those of models trained on ImageNet."""

    size: int = size_field(0)
    channels: Literal[1, 3] = Field(
        3, title="Channels", description="Of the model's inputs: 3 for colours, 1 for grey."
    )
    mean: list[float] = Field(
        [0.485, 0.456, 0.406],
        title="Mean",
        description="Mean of each channel, 0 to 1; one number for all. Grey takes the average of three.",
        min_length=1,
        max_length=3,
    )
    std: list[float] = Field(
        [0.229, 0.224, 0.225],
        title="Standard deviation",
        description="Standard deviation of each channel, as many numbers as for the mean.",
        min_length=1,
        max_length=3,
    )
    flip: bool = Field(
        True, title="Mirror", description="Whether training may mirror images; not for digits or letters."
    )

    @field_validator("mean", "std")
    @classmethod
    def _one_or_three(cls, values: list[float]) -> list[float]:
        if len(values) == 2:
            raise ValueError("there are one or three channels, not two")
        return values

    def normalised(self, values: Sequence[float]) -> list[float]:
        """Return the mean or standard deviation for as many channels as the images get."""
        if len(values) == self.channels:
            return list(values)
        return [fmean(values)] * self.channels


def prepared(  # noqa: PLR0913  (all but two by name)
    decoded: Decoded,
    params: ImageParams,
    *,
    labels: Sequence[int],
    class_names: Sequence[str],
    ids: Sequence[str],
    slices: Mapping[str, Sequence[str]] | None = None,
) -> ImageDataset:
    """Return the decoded images as a data set.

    labels, ids, slices: of all images, decoded or not.
    """
    edge = min(decoded.images.shape[-2:])
    return ImageDataset(
        images=decoded.images,
        labels=torch.tensor([labels[index] for index in decoded.kept], dtype=torch.int64),
        class_names=tuple(class_names),
        ids=tuple(ids[index] for index in decoded.kept),
        preprocess=normalisation(params.normalised(params.mean), params.normalised(params.std)),
        augment=Variation(shift=max(1, edge // 8), mirror=params.flip),
        slices={
            name: tuple(values[index] for index in decoded.kept) for name, values in (slices or {}).items()
        },
        problems=decoded.problems,
    )
