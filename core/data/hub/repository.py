"""A repository of data: names of its files, and how to have them here; a folder may be one, too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from core.data.hidden import is_hidden
from core.data.rows.tables import PARQUET
from core.errors import UnusableInput

CARD = "README.md"
_LONGEST_CARD = 2**20
"""Bytes of a card that are read: what it tells stands at its beginning."""
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")


class Repository(ABC):
    """Files of one state of a data set.

    name: what people call it. files: their paths in it, with `/`. commit: of this state, where it has one.
    """

    name: str
    files: tuple[str, ...]
    commit: str = ""

    @abstractmethod
    def fetch(self, files: Sequence[str]) -> Path:
        """Return a folder that now holds these files under their paths; `UnusableInput` where it cannot."""

    @abstractmethod
    def converted(self) -> Repository | None:
        """Return a repository with the same data as Parquet, None where there is none."""

    def why_not_converted(self) -> str:
        """Return the end of a sentence that says so; empty where no conversion can be expected."""
        return ""

    def card(self) -> str:
        """Return the text of the card, or the beginning of a long one; empty where there is none."""
        if CARD not in self.files:
            return ""
        with (self.fetch([CARD]) / CARD).open("rb") as file:
            return file.read(_LONGEST_CARD).decode("utf-8", errors="replace")

    def with_ending(self, *endings: str) -> list[str]:
        """Return the files with one of these endings."""
        return [file for file in self.files if file.lower().endswith(endings)]


class FolderRepository(Repository):
    """A folder laid out like a repository, such as a copy of one."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UnusableInput(f"There is no folder {root}.", "Give the path as the worker sees it.")
        self.name, self._root = str(root), root
        inside = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        self.files = tuple(sorted(path.as_posix() for path in inside if not any(map(is_hidden, path.parts))))

    def fetch(self, files: Sequence[str]) -> Path:
        """Return the folder."""
        del files
        return self._root

    def converted(self) -> None:
        """Return None: only the hub converts data."""


def readable(repository: Repository) -> tuple[Repository, list[str]]:
    """Return the repository that holds the tables, and their names: Parquet, or other tables if need be.

    Raises:
        UnusableInput: there are none, and the hub has not converted the data.
    """
    if found := repository.with_ending(PARQUET):
        return repository, found
    converted = repository.converted()
    if converted is not None and (found := converted.with_ending(PARQUET)):
        return converted, found
    if found := repository.with_ending(*TABLES):
        return repository, found
    raise UnusableInput(
        f"{repository.name} holds no table: no file of it ends in {', '.join((PARQUET, *TABLES))}"
        f"{repository.why_not_converted()}.",
        "Data that only a script can load must be saved as Parquet first, with to_parquet() of datasets.",
    )
