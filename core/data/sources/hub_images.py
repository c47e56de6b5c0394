"""Images of a data set of the Hugging Face hub, by its id or from a copy of it in a folder.

Parquet files are read, those of the data set or those that the hub made of it; other tables where there are
none. Images are encoded in a column, as structs or bytes. Code that comes with data is never run.
"""

from __future__ import annotations

from functools import partial

from core.data.base import DataSource, Split, data_sources
from core.data.hub.rows import HubParams, HubRows
from core.data.images import ImageDataset
from core.data.rows.image_rows import ImageRowParams, images_of
from core.domain.parameter.inputs import Inputs


class HubImagesParams(ImageRowParams, HubParams):
    """Which data set, what its columns mean, and how images are prepared."""


@data_sources.register("huggingface-images")
class HubImages(DataSource[HubImagesParams]):
    """One image per row."""

    label = "Hugging Face data set of images"
    inputs = Inputs.IMAGES
    Params = HubImagesParams

    def load(self, params: HubImagesParams, split: Split) -> ImageDataset:
        """Decode all images of a split, fetched if need be."""
        rows = HubRows(params)
        return images_of(rows.of(split), params, partial(rows.if_there, split.other))
