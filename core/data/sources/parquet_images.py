"""Images in Parquet files, as the Hugging Face hub keeps them: a column of encoded images, one of labels.

The images are structs of bytes and a path, or just bytes. Images that do not decode are left out and listed.
"""

from __future__ import annotations

from functools import partial

from core.data.base import DataSource, Split, data_sources
from core.data.images import ImageDataset
from core.data.path_parameters import columns_in, file_field
from core.data.rows.image_rows import ImageRowParams, images_of
from core.data.rows.rows import read_rows, rows_if_there
from core.data.split_files import SplitFiles
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec


class ParquetFiles(SplitFiles):
    """Where the files are."""

    train_file: str = file_field("train.parquet", title="Training file", about="File of the training split.")
    test_file: str = file_field("test.parquet", title="Test file", about="File of the test split.")


class ParquetImagesParams(ImageRowParams, ParquetFiles):
    """Where the files are, what their columns mean, and how images are prepared."""

    @classmethod
    def specs(cls) -> tuple[ParameterSpec, ...]:
        """Return the parameters, whose columns are looked for in both files."""
        return columns_in(super().specs(), "train_file", "test_file")


@data_sources.register("parquet-images")
class ParquetImages(DataSource[ParquetImagesParams]):
    """One image per row."""

    label = "Images in Parquet files"
    inputs = Inputs.IMAGES
    Params = ParquetImagesParams

    def load(self, params: ParquetImagesParams, split: Split) -> ImageDataset:
        """Decode all images of a split."""
        other = partial(rows_if_there, params.file(split.other))
        return images_of(read_rows([params.file(split)]), params, other)
