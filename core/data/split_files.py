"""Data in a folder with one file for each split."""

from __future__ import annotations

from pathlib import Path

from core.data.base import Split
from core.data.path_parameters import folder_field
from core.parameters import Parameters


class SplitFiles(Parameters):
    """Where the files are; sources say what theirs are called unless told otherwise."""

    path: str = folder_field("Folder on the worker that holds the files.")
    train_file: str
    test_file: str

    def file(self, split: Split) -> Path:
        """Return the path of a split's file."""
        return Path(self.path) / (self.train_file if split is Split.TRAIN else self.test_file)
