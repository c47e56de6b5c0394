"""Image data sets of torchvision by name, from a folder on the worker.

Nothing is downloaded unless that is asked for. Images that do not decode are left out and listed.
"""

from __future__ import annotations

import inspect
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, Literal

from PIL import Image
from pydantic import Field
from torchvision import datasets

from core.data.base import DataSource, Split, data_sources
from core.data.images import ImageDataset
from core.data.path_parameters import folder_field
from core.data.pictures.decoding import decode
from core.data.preparation import ImageParams, prepared
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput


class TorchvisionDataParams(ImageParams):
    """Which data set, and where it lies."""

    dataset: Literal[
        "CIFAR10",
        "CIFAR100",
        "DTD",
        "FashionMNIST",
        "Flowers102",
        "Food101",
        "GTSRB",
        "KMNIST",
        "MNIST",
        "OxfordIIITPet",
        "STL10",
        "SVHN",
        "USPS",
    ] = Field("CIFAR10", title="Data set", description="Name in torchvision.datasets.")
    path: str = folder_field("Folder on the worker that holds the data set.", made_by="download")
    download: bool = Field(
        False, title="Download", description="Whether the worker may fetch what is missing."
    )


_SPLITS = {("OxfordIIITPet", Split.TRAIN): "trainval"}  # others name their splits train and test


@data_sources.register("torchvision-data")
class TorchvisionData(DataSource[TorchvisionDataParams]):
    """Data sets of images with one class each."""

    label = "torchvision data set"
    inputs = Inputs.IMAGES
    Params = TorchvisionDataParams

    def load(self, params: TorchvisionDataParams, split: Split) -> ImageDataset:
        """Read all images of a split."""
        found = _opened(params, split)
        if len(found) == 0:
            raise UnusableInput(f"{params.dataset} in {params.path} holds no image.", "Check the folder.")
        labels: dict[int, int] = {}
        names = [f"{params.dataset}-{split}-{index:06d}" for index in range(len(found))]
        sources = [(name, partial(_encoded, found, index, labels)) for index, name in enumerate(names)]
        decoded = decode(sources, size=params.size, channels=params.channels)
        if not decoded.kept:
            raise UnusableInput(
                f"No image of {params.dataset} decodes: {decoded.problems[0]}.", "Copy the data set again."
            )
        every = [labels.get(index, 0) for index in range(len(found))]
        return prepared(decoded, params, labels=every, class_names=_class_names(found, every), ids=names)


def _opened(params: TorchvisionDataParams, split: Split) -> Any:
    kind = getattr(datasets, params.dataset)
    options: dict[str, Any] = {"root": params.path, "download": params.download}
    if "train" in inspect.signature(kind).parameters:
        options["train"] = split is Split.TRAIN
    else:
        options["split"] = _SPLITS.get((params.dataset, split), str(split))
    try:
        return kind(**options)
    except (OSError, RuntimeError, ValueError, EOFError) as error:
        raise UnusableInput(
            f"{params.dataset} cannot be read from {params.path}: {str(error).splitlines()[0]}",
            "Check the connection." if params.download else "Give its folder, or allow the download.",
        ) from error


def _encoded(found: Any, index: int, labels: dict[int, int]) -> BinaryIO:
    """Return an image without loss, and note its label."""
    image, label = found[index]
    labels[index] = int(label)
    content = BytesIO()
    picture: Image.Image = image
    picture.convert("RGB").save(content, "BMP")
    content.seek(0)
    return content


def _class_names(found: Any, labels: list[int]) -> tuple[str, ...]:
    names = [str(name) for name in getattr(found, "classes", ())]
    return tuple(names) or tuple(str(number) for number in range(max(labels) + 1))
