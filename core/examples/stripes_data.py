"""Stripes: a plug-in data source of noisy images with stripes in one of two directions."""

import torch
from pydantic import Field

from core.data.base import DataSource, Split, data_sources
from core.data.images import ImageDataset, normalisation
from core.parameters import Parameters


class StripesParams(Parameters):
    """How many images."""

    instances: int = Field(200, title="Images", ge=2, le=100_000, description="In each split.")


@data_sources.register("stripes")
class Stripes(DataSource[StripesParams]):
    """Lying and standing stripes."""

    label = "Stripes"
    Params = StripesParams

    def load(self, params: StripesParams, split: Split) -> ImageDataset:
        """Return images of 8 x 8 pixels, other ones for each split."""
        chance = torch.Generator().manual_seed(list(Split).index(split))
        labels = torch.arange(params.instances) % 2
        images = torch.randint(0, 128, (params.instances, 1, 8, 8), dtype=torch.uint8, generator=chance)
        images[labels == 0, :, ::2, :] += 127
        images[labels == 1, :, :, ::2] += 127
        return ImageDataset(
            images=images,
            labels=labels,
            class_names=("lying", "standing"),
            ids=tuple(f"stripes-{split}-{number}" for number in range(params.instances)),
            preprocess=normalisation([0.5], [0.25]),
        )
