"""What a split of a data set looks like: how much of it there is, of which classes, and a few examples."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from core.domain.project import Dataset

Counts = tuple[tuple[str, int], ...]
"""Names with the number of their instances."""


@dataclass(frozen=True)
class ClassCounts:
    """How many instances each class has.

    listed: all classes in the order of their labels where they are few, else the largest, largest first.
    total: number of classes, listed or not. empty: how many of them have no instance here.
    largest, smallest: of the classes that have instances; None where none has.
    """

    listed: Counts
    total: int
    empty: int
    largest: tuple[str, int] | None
    smallest: tuple[str, int] | None


@dataclass(frozen=True)
class ColumnCounts:
    """The values of a column that instances are grouped by.

    listed: the most frequent values, most frequent first. total: number of different values.
    """

    name: str
    listed: Counts
    total: int


@dataclass(frozen=True)
class DataSummary:
    """The figures of a split.

    split: `test`, `train`. instances: those that could be read. left_out: those that could not;
    problems: why, of the first of them. classes: None where the task knows no classes.
    channels: of images; None for texts. failure: why nothing of it could be read, with what to do.
    """

    split: str
    instances: int
    left_out: int = 0
    problems: tuple[str, ...] = ()
    classes: ClassCounts | None = None
    columns: tuple[ColumnCounts, ...] = ()
    channels: int | None = None
    failure: str = ""


@dataclass(frozen=True)
class DataExample:
    """One instance as people see it.

    label: name of its class; None without classes. picture: data URL of the image, not normalised; empty
    for texts. pixels: width and height of the image before it was made small. text, answers: clipped.
    """

    id: str
    label: str | None = None
    picture: str = ""
    pixels: tuple[int, int] | None = None
    text: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataPreview:
    """A split in figures and examples."""

    summary: DataSummary
    examples: tuple[DataExample, ...] = ()


def described(dataset: Dataset) -> str:
    """Return a hash of what a data set is read from: it differs where source or parameters differ."""
    told = json.dumps([dataset.source, dict(dataset.parameters)], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()
