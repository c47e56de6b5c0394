"""Texts from tables: CSV, TSV, JSON Lines or Parquet files with a column of texts.

A label column makes it classification, an answer column generation. Further columns become slices. Rows
that lack a text, a label or an answer are left out and listed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import ConfigDict, Field

from core.data.base import DataSource, Split, data_sources
from core.data.places import columns_in, file_field, folder_field
from core.data.rows import read_rows, rows_if_there
from core.data.text_rows import TextRowParams, texts_of
from core.data.texts import TextDataset
from core.domain.catalogue import Inputs
from core.parameters import Parameters


class TableFiles(Parameters):
    """Where the tables are."""

    path: str = folder_field("Folder on the worker that holds the files.")
    train_file: str = file_field("train.csv", title="Training file", about="File of the training split.")
    test_file: str = file_field("test.csv", title="Test file", about="File of the test split.")
    header: bool = Field(
        True,
        title="Header",
        description="Whether the first line names the columns; else they are column1, column2 ...",
    )

    def file(self, split: Split) -> Path:
        """Return the path of a split's file."""
        return Path(self.path) / (self.train_file if split is Split.TRAIN else self.test_file)


class TextTableParams(TextRowParams, TableFiles):
    """Where the tables are and what their columns mean."""

    model_config = ConfigDict(json_schema_extra=columns_in("train_file", "test_file"))


@data_sources.register("text-table")
class TextTable(DataSource[TextTableParams]):
    """One instance per row."""

    label = "Texts from a table"
    inputs = Inputs.TEXTS
    Params = TextTableParams

    def load(self, params: TextTableParams, split: Split) -> TextDataset:
        """Return the rows that have all that the task needs."""
        other = partial(rows_if_there, params.file(split.other), header=params.header)
        return texts_of(read_rows([params.file(split)], header=params.header), params, other)
