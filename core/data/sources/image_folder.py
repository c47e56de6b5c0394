"""Images in folders: `<path>/<split>/<class>/<image>`, as torchvision's ImageFolder expects them.

Images are scaled to one size when read. Files that do not decode are left out and listed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import BinaryIO

import torch
from pydantic import Field
from torchvision.transforms import v2

from core.data.base import DataSource, Split, data_sources
from core.data.decoding import decode
from core.data.images import ImageDataset, normalisation
from core.errors import UnusableInput
from core.parameters import Parameters

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".ppm", ".tif", ".tiff"}


class ImageFolderParams(Parameters):
    """Where the images are and how they are prepared."""

    path: str = Field(title="Path", description="Folder on the worker that holds the split folders.")
    train_folder: str = Field("train", title="Training folder", description="Folder of the training split.")
    test_folder: str = Field("test", title="Test folder", description="Folder of the test split.")
    size: int = Field(
        224,
        title="Image size",
        ge=8,
        le=1024,
        description="Edge of the square cut.",
        json_schema_extra={"x-unit": "px"},
    )
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


@data_sources.register("image-folder")
class ImageFolder(DataSource[ImageFolderParams]):
    """One folder per class."""

    label = "Image folder"
    Params = ImageFolderParams

    def load(self, params: ImageFolderParams, split: Split) -> ImageDataset:
        """Read all images of a split; the classes are the folder names in order."""
        root = _split_folder(params, split)
        class_names = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
        files = [
            (label, file)
            for label, name in enumerate(class_names)
            for file in sorted((root / name).rglob("*"))
            if file.suffix.lower() in SUFFIXES
        ]
        decoded = decode(
            [(str(file.relative_to(root)), partial(_opened, file)) for _, file in files], size=params.size
        )
        if not decoded.kept:
            reason = f" ({decoded.problems[0]})" if decoded.problems else ""
            raise UnusableInput(
                f"{root} holds no image that decodes{reason}.", "Put images into one folder per class."
            )
        return ImageDataset(
            images=decoded.images,
            labels=torch.tensor([files[index][0] for index in decoded.kept]),
            class_names=tuple(class_names),
            ids=tuple(str(files[index][1].relative_to(root)) for index in decoded.kept),
            preprocess=normalisation(params.mean, params.std),
            augment=v2.Compose(
                [v2.RandomHorizontalFlip(), v2.RandomCrop(params.size, padding=params.size // 8)]
            ),
            problems=decoded.problems,
        )


def _opened(file: Path) -> BinaryIO:
    return file.open("rb")


def _split_folder(params: ImageFolderParams, split: Split) -> Path:
    root = Path(params.path) / (params.train_folder if split is Split.TRAIN else params.test_folder)
    if not root.is_dir():
        raise UnusableInput(f"There is no folder {root}.", "Give the path as the worker sees it.")
    return root
