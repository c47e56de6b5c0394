"""Texts from rows: a column of texts, and one of labels to classify or of answers to generate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from pydantic import Field, model_validator

from core.data.path_parameters import column_field
from core.data.rows.rows import OtherRows, Rows, labelled
from core.data.text.texts import TextDataset, unlabelled
from core.errors import UnusableInput
from core.parameters import Parameters


class TextRowParams(Parameters):
    """What the columns mean, and what becomes of long texts."""

    text_column: str = column_field("text", title="Text column", about="Texts to classify or to answer.")
    label_column: str = column_field(
        "",
        title="Label column",
        about="The true class of each text, to classify.",
        instead_of="answer_column",
    )
    answer_column: str = column_field("", title="Answer column", about="Right answers, or lists of them.")
    slice_columns: list[str] = column_field([], title="Slice columns", about="Columns to group instances by.")
    classes: list[str] = Field(
        [],
        title="Classes",
        description="Names of the classes in order; empty: as the files say, or as occur in both splits.",
    )
    truncate: bool = Field(
        False, title="Cut long texts", description="Else a text longer than the model's context is an error."
    )

    @model_validator(mode="after")
    def _one_question(self) -> TextRowParams:
        if bool(self.label_column) == bool(self.answer_column):
            raise ValueError("name either a label column or an answer column")
        return self


def texts_of(rows: Rows, params: TextRowParams, other: OtherRows) -> TextDataset:
    """Return the rows that have all that the task needs; others are left out and listed.

    Raises:
        UnusableInput: a column is missing, nothing names the classes, or no row can be used.
    """
    texts = rows.column(params.text_column)
    names: tuple[str, ...] = ()
    targets: list[Any]
    if params.label_column:
        names, targets = labelled(rows, params.label_column, params.classes, other)
    else:
        targets = _answered(rows, params.answer_column, other)
    kept, problems = _usable(rows, texts, targets)
    chosen: list[Any] = [targets[index] for index in kept]
    return TextDataset(
        texts=tuple(str(texts[index]) for index in kept),
        ids=tuple(rows.id(index) for index in kept),
        labels=torch.tensor(chosen) if names else unlabelled(len(kept)),
        class_names=names,
        answers=() if names else tuple(chosen),
        slices=rows.slices(params.slice_columns, kept),
        problems=(*rows.problems, *problems),
        truncate=params.truncate,
        origin=rows.origin,
    )


def _answered(rows: Rows, column: str, other: OtherRows) -> list[tuple[str, ...] | None]:
    """Return the right answers of each row, None where it has none.

    A split in which no row has an answer, or that lacks the column which the other one has, is without
    answers: an empty tuple for every row.
    """
    hidden: list[tuple[str, ...] | None] = [()] * len(rows.places)
    if not rows.has(column) and (there := other()) is not None and there.has(column):
        return hidden
    found = [_answers(value) for value in rows.column(column)]
    return found if any(found) else hidden


def _answers(value: Any) -> tuple[str, ...] | None:
    """Return the right answers, None where there is none."""
    if isinstance(value, Mapping):  # as SQuAD keeps them: {"text": [...], "answer_start": [...]}
        value = value.get("text")
    answers = value if isinstance(value, list) else [value]
    return tuple(str(answer) for answer in answers if answer is not None and str(answer).strip()) or None


def _usable(rows: Rows, texts: Sequence[Any], targets: Sequence[Any]) -> tuple[list[int], list[str]]:
    kept, problems = [], []
    for index, (text, target) in enumerate(zip(texts, targets, strict=True)):
        if text is None or not str(text).strip():
            problems.append(f"{rows.told(index)} has no text")
        elif target is None:
            problems.append(f"{rows.told(index)} has no known label or answer")
        else:
            kept.append(index)
    if not kept:
        raise UnusableInput(f"No row of {rows.name} can be used: {problems[0]}.", "Check the columns' names.")
    return kept, problems
