"""How images of any source are prepared: their size, their normalisation, and variation for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from pydantic import Field

from core.data.decoded_cache import Decoded
from core.data.images import ImageDataset, normalisation
from core.data.variation import Variation
from core.parameters import Parameters


def size_field(default: int) -> Any:
    """Return the field of the image size with another default."""
    return Field(
        default,
        title="Image size",
        ge=0,
        le=1024,
        description="Edge of the square cut; 0: images stay as they are, all of one size.",
        json_schema_extra={"x-unit": "px"},
    )


class ImageParams(Parameters):
    """Size and normalisation; the defaults are those of models trained on ImageNet."""

    size: int = size_field(0)
    mean: list[float] = Field(
        [0.485, 0.456, 0.406],
        title="Mean",
        description="Mean of each colour, 0 to 1.",
        min_length=3,
        max_length=3,
    )
    std: list[float] = Field(
        [0.229, 0.224, 0.225],
        title="Standard deviation",
        description="Standard deviation of each colour.",
        min_length=3,
        max_length=3,
    )
    flip: bool = Field(
        True, title="Mirror", description="Whether training may mirror images; not for digits or letters."
    )


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
        preprocess=normalisation(params.mean, params.std),
        augment=Variation(shift=max(1, edge // 8), mirror=params.flip),
        slices={
            name: tuple(values[index] for index in decoded.kept) for name, values in (slices or {}).items()
        },
        problems=decoded.problems,
    )
