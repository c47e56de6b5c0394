"""Rows of a split of a data set of the hub, by its id or from a folder laid out like it."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from pydantic import Field

from core.data.base import Split
from core.data.hub.card import Card, read_card
from core.data.hub.hub import Hub
from core.data.hub.layout import Layout, layout
from core.data.hub.repository import FolderRepository, Repository, readable
from core.data.path_parameters import folder_or_id_field
from core.data.rows.rows import Rows, read_rows
from core.errors import UnusableInput
from core.parameters import Parameters

_ADDRESS = re.compile(r"(?:https?://[^/]+/|hf://)?datasets/(?P<id>[^/]+(?:/[^/]+)?)(?:/.*)?")


class HubParams(Parameters):
    """Which data set, and which parts of it."""

    dataset: str = folder_or_id_field(
        "Id on the Hugging Face hub, such as org/name; or the path of a folder on the worker with a copy."
    )
    configuration: str = Field(
        "",
        title="Configuration",
        max_length=200,
        description="Also called subset; empty: the only one, or the default one.",
    )
    train_split: str = Field(
        "train", title="Training split", min_length=1, max_length=200, description="Its name in the data set."
    )
    test_split: str = Field(
        "test",
        title="Test split",
        min_length=1,
        max_length=200,
        description="Its name; such as validation, where the labels of test are secret.",
    )
    revision: str = Field(
        "",
        title="Revision",
        max_length=200,
        description="Branch, tag or commit; empty: the newest, which may change between runs.",
    )
    download: bool = Field(
        True, title="Download", description="Whether the worker may fetch from the hub what it lacks."
    )

    def split(self, split: Split) -> str:
        """Return what the data set calls a split."""
        return self.train_split if split is Split.TRAIN else self.test_split


class HubRows:
    """The rows of both splits, each fetched when it is asked for."""

    def __init__(self, params: HubParams) -> None:
        self._params = params

    def of(self, split: Split) -> Rows:
        """Return the rows of a split.

        Raises:
            UnusableInput: there is no such data set, configuration or split, or it cannot be read.
        """
        repository, _ = self._tables
        files = self._layout.files(self._configuration, self._params.split(split), of=repository.name)
        root = repository.fetch(files)
        rows = read_rows([root / file for file in files], root=root)
        return Rows(
            rows.tables,
            classes=self._card.classes.get(self._configuration, {}),
            origin=f"{repository.name}@{repository.commit}" if repository.commit else "",
        )

    def if_there(self, split: Split) -> Rows | None:
        """Return the rows of a split, None where the data set has no such split."""
        name = self._params.split(split)
        return self.of(split) if name in self._layout.configurations[self._configuration] else None

    @cached_property
    def _repository(self) -> Repository:
        wanted = self._params.dataset.strip()
        if wanted.startswith(("/", ".", "~")):
            return _copied(wanted)
        address = _ADDRESS.fullmatch(wanted)
        hub = Hub(download=self._params.download)
        return hub.repository(address["id"] if address else wanted, self._params.revision.strip())

    @cached_property
    def _card(self) -> Card:
        return read_card(self._repository.card())

    @cached_property
    def _tables(self) -> tuple[Repository, list[str]]:
        return readable(self._repository)

    @cached_property
    def _layout(self) -> Layout:
        return layout(self._tables[1], self._card)

    @cached_property
    def _configuration(self) -> str:
        return self._layout.configuration(self._params.configuration.strip(), of=self._tables[0].name)


def _copied(path: str) -> FolderRepository:
    try:
        return FolderRepository(Path(path).expanduser())
    except (OSError, RuntimeError, ValueError) as error:  # not to be read, or the home of nobody
        raise UnusableInput(
            f"The folder {path} cannot be looked into: {str(error).rstrip('.')}.",
            "Give the whole path as the worker sees it, from its first / on.",
        ) from error
