"""The rows of one split, whether they lie in one file or in several shards, and the classes they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from core.data.rows.class_labels import are_hidden, class_names, labels_of, what_else
from core.data.rows.tables import Table, read_table
from core.errors import UnusableInput
from core.presentation.lists import listed


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of tables that have the same columns, in order.

    classes: names of classes that come with the tables, by column; those of the table itself take precedence.
    origin: see `Dataset`.
    """

    tables: tuple[Table, ...]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origin: str = ""

    @property
    def name(self) -> str:
        """What to call them in a sentence."""
        further = len(self.tables) - 1
        return f"{self.tables[0].name} and {further} more" if further else self.tables[0].name

    @property
    def problems(self) -> tuple[str, ...]:
        """Rows that could not be read, one sentence each."""
        return tuple(problem for table in self.tables for problem in table.problems)

    @cached_property
    def places(self) -> tuple[tuple[str, int], ...]:
        """File and number in it of each row."""
        return tuple((table.name, number) for table in self.tables for number in table.numbers)

    def id(self, index: int) -> str:
        """Return the stable name of a row."""
        file, number = self.places[index]
        return f"{file}:{number}"

    def told(self, index: int) -> str:
        """Return how a sentence begins that is about a row."""
        file, number = self.places[index]
        return f"Row {number} of {file}"

    def column(self, name: str) -> list[Any]:
        """Return a column; `UnusableInput` with near matches unless every table has it."""
        return [value for table in self.tables for value in table.column(name)]

    @property
    def offered(self) -> str:
        """The hint where the wrong column was chosen: those that there are."""
        return f"Choose another column. There are: {listed(self.tables[0].columns, 12)}."

    def has(self, column: str) -> bool:
        """Return whether every table has this column."""
        return all(column in table.columns for table in self.tables)

    def written_classes(self, column: str) -> tuple[str, ...]:
        """Return the names of the classes of a column where they are known, else none."""
        return self.tables[0].classes.get(column) or self.classes.get(column, ())

    def slices(self, columns: Sequence[str], chosen: Sequence[int]) -> dict[str, tuple[str, ...]]:
        """Return what columns say of the chosen rows, as texts."""
        return {
            name: tuple("" if values[index] is None else str(values[index]) for index in chosen)
            for name in columns
            for values in (self.column(name),)
        }


OtherRows: TypeAlias = Callable[[], Rows | None]
"""The rows of the other split, read only where the names of classes hang on them; None: there are none."""


def read_rows(paths: Sequence[Path], *, header: bool = True, root: Path | None = None) -> Rows:
    """Return the rows of files, whose names are those below `root`, if it is given; see `read_table`."""
    tables = (read_table(path, header=header) for path in paths)
    if root is None:
        return Rows(tuple(tables))
    return Rows(
        tuple(
            replace(table, name=path.relative_to(root).as_posix())
            for table, path in zip(tables, paths, strict=True)
        )
    )


def rows_if_there(path: Path, *, header: bool = True) -> Rows | None:
    """Return the rows of a file that need not be there."""
    return read_rows([path], header=header) if path.is_file() else None


def labelled(
    rows: Rows, column: str, given: Sequence[str], other: OtherRows
) -> tuple[tuple[str, ...], list[int | None]]:
    """Return the names of the classes, and for each row the class it has, None where it has none.

    Names are those given, else those written with the data, else those that occur in either split, so that
    a class means the same in both. A split whose labels are hidden (all -1), or that lacks the column which
    the other one has, is without labels: -1 for every row.

    Raises:
        UnusableInput: there is no such column, it holds no classes, or nothing names them.
    """
    if not rows.has(column) and (there := other()) is not None and there.has(column):
        return _unlabelled(rows, column, given, there)
    values = rows.column(column)
    if held := what_else(values):
        raise UnusableInput(f"The column {column!r} of {rows.name} holds {held}, no classes.", rows.offered)
    if are_hidden(values):
        return _unlabelled(rows, column, given, other())
    names = (
        tuple(given) or rows.written_classes(column) or class_names([*values, *_beside(other(), column)], ())
    )
    return names, labels_of(values, names)


def _unlabelled(
    rows: Rows, column: str, given: Sequence[str], other: Rows | None
) -> tuple[tuple[str, ...], list[int | None]]:
    """Return the names of the classes and -1 for every row; `UnusableInput` where nothing names them."""
    elsewhere = _beside(other, column)
    names = tuple(given) or rows.written_classes(column)
    if not names and not elsewhere:
        raise UnusableInput(
            f"Every label of {rows.name} is -1 or missing, and nothing names the classes.",
            "List the classes in the order of the model's outputs, or choose a split that has labels.",
        )
    return names or class_names(elsewhere, ()), [-1] * len(rows.places)


def _beside(other: Rows | None, column: str) -> list[Any]:
    if other is None or not other.has(column):
        return []
    values = other.column(column)
    return [] if what_else(values) or are_hidden(values) else values
