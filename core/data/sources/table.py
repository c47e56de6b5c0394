"""Texts from tables: CSV, TSV, JSON Lines or Parquet files with a column of texts.

A label column makes it classification, an answer column generation. Further columns become slices. Rows
that lack a text, a label or an answer are left out and listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, model_validator

from core.data.base import DataSource, Split, data_sources
from core.data.class_labels import class_names, labels_of
from core.data.places import column_field, file_field, folder_field
from core.data.tables import Table, read_table
from core.data.texts import TextDataset, unlabelled
from core.domain.catalogue import Inputs
from core.errors import UnusableInput
from core.parameters import Parameters


class TextTableParams(Parameters):
    """Where the tables are and what their columns mean."""

    path: str = folder_field("Folder on the worker that holds the files.")
    train_file: str = file_field("train.csv", title="Training file", about="File of the training split.")
    test_file: str = file_field("test.csv", title="Test file", about="File of the test split.")
    header: bool = Field(
        True,
        title="Header",
        description="Whether the first line names the columns; else they are column1, column2 ...",
    )
    text_column: str = column_field("text", title="Text column", about="Texts to classify or to answer.")
    label_column: str = column_field(
        "", title="Label column", about="Right classes, to classify.", instead_of="answer_column"
    )
    answer_column: str = column_field("", title="Answer column", about="Right answers, or lists of them.")
    slice_columns: list[str] = column_field([], title="Slice columns", about="Columns to group instances by.")
    classes: list[str] = Field(
        [], title="Classes", description="Names of the classes in order; empty: found in both files."
    )
    truncate: bool = Field(
        False, title="Cut long texts", description="Else a text longer than the model's context is an error."
    )

    @model_validator(mode="after")
    def _one_question(self) -> TextTableParams:
        if bool(self.label_column) == bool(self.answer_column):
            raise ValueError("name either a label column or an answer column")
        return self


@data_sources.register("text-table")
class TextTable(DataSource[TextTableParams]):
    """One instance per row."""

    label = "Texts from a table"
    inputs = Inputs.TEXTS
    Params = TextTableParams

    def load(self, params: TextTableParams, split: Split) -> TextDataset:
        """Return the rows that have all that the task needs."""
        path = _path(params, split)
        table = read_table(path, header=params.header)
        texts = table.column(params.text_column)
        slices = {name: table.column(name) for name in params.slice_columns}
        names = _class_names(params, table, split)
        wanted = table.column(params.label_column or params.answer_column)
        targets: list[Any] = labels_of(wanted, names) if names else [_answers(value) for value in wanted]
        kept, problems = _usable(table, texts, targets)
        labels = torch.tensor([targets[index] for index in kept]) if names else unlabelled(len(kept))
        return TextDataset(
            texts=tuple(str(texts[index]) for index in kept),
            ids=tuple(f"{path.name}:{table.numbers[index]}" for index in kept),
            labels=labels,
            class_names=names,
            answers=() if names else tuple(targets[index] for index in kept),
            slices={name: tuple(_shown(values[index]) for index in kept) for name, values in slices.items()},
            problems=(*table.problems, *problems),
            truncate=params.truncate,
        )


def _path(params: TextTableParams, split: Split) -> Path:
    return Path(params.path) / (params.train_file if split is Split.TRAIN else params.test_file)


def _class_names(params: TextTableParams, table: Table, split: Split) -> tuple[str, ...]:
    """Return the classes of both files, so that a class means the same in each; none for answers."""
    if not params.label_column:
        return ()
    values = list(table.column(params.label_column))
    other = _path(params, Split.TEST if split is Split.TRAIN else Split.TRAIN)
    if not params.classes and other.is_file():
        values += read_table(other, header=params.header).column(params.label_column)
    return class_names(values, params.classes)


def _answers(value: Any) -> tuple[str, ...] | None:
    """Return the right answers, None where there is none."""
    if isinstance(value, Mapping):  # as SQuAD keeps them: {"text": [...], "answer_start": [...]}
        value = value.get("text")
    answers = value if isinstance(value, list) else [value]
    return tuple(str(answer) for answer in answers if answer is not None and str(answer).strip()) or None


def _usable(table: Table, texts: Sequence[Any], targets: Sequence[Any]) -> tuple[list[int], list[str]]:
    kept, problems = [], []
    for index, (text, target) in enumerate(zip(texts, targets, strict=True)):
        if text is None or not str(text).strip():
            problems.append(f"Row {table.numbers[index]} of {table.name} has no text")
        elif target is None:
            problems.append(f"Row {table.numbers[index]} of {table.name} has no known label or answer")
        else:
            kept.append(index)
    if not kept:
        raise UnusableInput(
            f"No row of {table.name} can be used: {problems[0]}.", "Check the columns' names."
        )
    return kept, problems


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
