"""Images in folders <path>/<split>/<class>/<image>, as torchvision's ImageFolder expects them.

A split without folders of classes holds images without labels, `<path>/<split>/<image>`.
Images are scaled to one size when read. Files that do not decode are left out and listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from core.data.base import DataSource, Split, data_sources
from core.data.hidden import is_hidden
from core.data.images import ImageDataset
from core.data.path_parameters import folder_field, split_field
from core.data.pictures.decoding import decode
from core.data.preparation import ImageParams, prepared, size_field
from core.data.rows.class_order import in_order
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput
from core.presentation.lists import listed

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".ppm", ".tif", ".tiff"}


class ImageFolderParams(ImageParams):
    """Where the images are and how they are prepared."""

    path: str = folder_field("Folder on the worker that holds the split folders.")
    train_folder: str = split_field("train", title="Training folder", about="Folder of the training split.")
    test_folder: str = split_field("test", title="Test folder", about="Folder of the test split.")
    size: int = size_field(224)
    classes: list[str] = Field(
        [],
        title="Classes",
        description="Folders of the classes in the order of the model's outputs; empty: numbers by value, "
        "other names in alphabetical order.",
    )


@data_sources.register("image-folder")
class ImageFolder(DataSource[ImageFolderParams]):
    """One folder per class."""

    label = "Image folder"
    inputs = Inputs.IMAGES
    Params = ImageFolderParams

    def load(self, params: ImageFolderParams, split: Split) -> ImageDataset:
        """Read all images of a split; the classes are the names of folders, those of both splits."""
        root = _split_folder(params, split)
        class_names = _class_names(params)
        files = [(label, file) for label, name in enumerate(class_names) for file in _images(root / name)]
        files = files or [(-1, file) for file in _images(root)]
        decoded = decode(
            [(str(file.relative_to(root)), partial(_opened, file)) for _, file in files],
            size=params.size,
            channels=params.channels,
        )
        if not decoded.kept:
            reason = f" ({decoded.problems[0]})" if decoded.problems else ""
            raise UnusableInput(
                f"{root} holds no image that decodes{reason}.", "Put images into one folder per class."
            )
        return prepared(
            decoded,
            params,
            labels=[label for label, _ in files],
            class_names=class_names,
            ids=[str(file.relative_to(root)) for _, file in files],
        )


def _class_names(params: ImageFolderParams) -> tuple[str, ...]:
    """Return the folders of both splits, so that a class means the same in each, in the order asked for.

    Raises:
        UnusableInput: the order that is asked for has not the same names as the folders.
    """
    roots = {Path(params.path) / folder for folder in (params.train_folder, params.test_folder)}
    folders = (folder for root in roots if root.is_dir() for folder in root.iterdir() if folder.is_dir())
    names = {folder.name for folder in folders if not is_hidden(folder.name)}
    if not params.classes:
        return in_order(names)
    _require_same(params.classes, names)
    return tuple(params.classes)


def _require_same(asked: Sequence[str], names: Collection[str]) -> None:
    missing = sorted(set(names) - set(asked))
    hint = f"List each folder once. There are: {listed(in_order(names))}."
    if missing:
        raise UnusableInput(f"The classes leave out the folder {missing[0]!r}.", hint)
    repeated = [name for name, count in Counter(asked).items() if count > 1]
    if repeated:
        raise UnusableInput(f"The classes name {repeated[0]!r} more than once.", hint)


def _images(folder: Path) -> list[Path]:
    """Return the images below a folder of a class, without what systems keep there."""
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in SUFFIXES and not any(map(is_hidden, file.relative_to(folder).parts))
    ]


def _opened(file: Path) -> BinaryIO:
    return file.open("rb")


def _split_folder(params: ImageFolderParams, split: Split) -> Path:
    root = Path(params.path) / (params.train_folder if split is Split.TRAIN else params.test_folder)
    if not root.is_dir():
        raise UnusableInput(f"There is no folder {root}.", "Give the path as the worker sees it.")
    return root
