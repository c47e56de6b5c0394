"""Texts from tables: CSV, TSV, JSON Lines or Parquet files with a column of texts.

A label column makes it classification, an answer column generation. Further columns become slices. Rows
that lack a text, a label or an answer are left out and listed.
"""

from __future__ import annotations

from functools import partial

from pydantic import Field

from core.data.base import DataSource, Split, data_sources
from core.data.path_parameters import columns_in, file_field
from core.data.rows.rows import read_rows, rows_if_there
from core.data.rows.text_rows import TextRowParams, texts_of
from core.data.split_files import SplitFiles
from core.data.text.texts import TextDataset
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec


class TableFiles(SplitFiles):
    """Where the tables are."""

    train_file: str = file_field("train.csv", title="Training file", about="File of the training split.")
    test_file: str = file_field("test.csv", title="Test file", about="File of the test split.")
    header: bool = Field(
        True,
        title="Header",
        description="Whether the first line names the columns; else they are column1, column2 ...",
    )


class TextTableParams(TextRowParams, TableFiles):
    """Where the tables are and what their columns mean."""

    @classmethod
    def specs(cls) -> tuple[ParameterSpec, ...]:
        """Return the parameters, whose columns are looked for in both files."""
        return columns_in(super().specs(), "train_file", "test_file")


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
