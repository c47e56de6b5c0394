"""Tables from files: CSV, TSV, JSON Lines and Parquet, as columns of Python values."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UnknownName, UnusableInput

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = ".parquet"
LONGEST_HEADING = 60
"""Characters above which the name of a column is taken for a text of the data."""
_POINTER = b"version https://git-lfs"
_PATH_HINT = "Give the path as the worker sees it."


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length by name; `numbers` are the rows as people count them in the file.

    problems: rows that could not be read, one sentence each; they are left out. twice: names that several
    columns have, which therefore mean none. classes: names of classes that the file itself tells, by column.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[int]
    problems: tuple[str, ...] = ()
    twice: frozenset[str] = frozenset()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str) -> Sequence[Any]:
        """Return a column; `UnusableInput` with near matches unless there is one of that name."""
        if name in self.twice:
            raise UnusableInput(f"{self.name} has several columns {name!r}.", "Give each a name of its own.")
        if name not in self.columns:
            raise UnusableInput(f"{self.name} has no column {name!r}.", self._meant(name))
        return self.columns[name]

    def _meant(self, name: str) -> str:
        (only, *others) = self.columns
        mark = next((mark for mark in ";\t|," if mark in only), "") if not others else ""
        if mark:
            what = "tabs" if mark == "\t" else f"{mark!r}"
            return f"Columns seem to be separated by {what}: save with commas as .csv, or with tabs as .tsv."
        if any(len(column) > LONGEST_HEADING for column in self.columns):
            return "The first line seems to be data: switch Header off; columns are then column1, column2 ..."
        return UnknownName("column", name, self.columns).hint


def read_table(path: Path, *, header: bool = True) -> Table:
    """Read a file by its ending; without `header` columns are named column1, column2 ...

    Raises:
        UnusableInput: no such file, an unknown ending, not UTF-8, damaged, or no rows.
    """
    if not path.is_file():
        raise UnusableInput(f"There is no file {path}.", _PATH_HINT)
    ending = path.suffix.lower()
    if ending == PARQUET:
        table = _parquet(path)
    elif ending in JSON_LINES:
        table = _json_lines(path)
    elif ending in SEPARATORS:
        table = _separated(path, SEPARATORS[ending], header=header)
    else:
        known = ", ".join((*SEPARATORS, *JSON_LINES, PARQUET))
        raise UnusableInput(f"{path.name} has an ending that tells no known format.", f"Use {known}.")
    if not table.numbers:
        reason = f": {table.problems[0]}" if table.problems else ""
        hint = "Choose a file with at least one instance" + (
            ", each on a line of its own." if reason else "."
        )
        raise UnusableInput(f"{path.name} holds no row that can be read{reason}.", hint)
    return table


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, with or without byte-order mark."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise UnusableInput(
                    f"Line {number} of {path.name} is not UTF-8: {error.reason} at byte {error.start + 1}.",
                    "Save the file as UTF-8.",
                ) from None


def _separated(path: Path, separator: str, *, header: bool) -> Table:
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(_lines(path), delimiter=separator, strict=True)
    if separator == "\t":  # where quotes are mostly part of the text
        reader = csv.reader(_lines(path), delimiter=separator, quoting=csv.QUOTE_NONE, strict=True)
    try:
        first = next(reader, [])
        names = first if header else [f"column{number}" for number in range(1, len(first) + 1)]
        rows = [] if header or not first else [(1, first)]
        rows += [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UnusableInput(
            f"Line {reader.line_num} of {path.name} cannot be read: {error}.", "Check quotes and separators."
        ) from None
    filled = [(number, row) for number, row in rows if row]
    kept = [(number, row) for number, row in filled if len(row) == len(names)]
    problems = tuple(
        f"Line {number} of {path.name} has {len(row)} fields instead of {len(names)}"
        for number, row in filled
        if len(row) != len(names)
    )
    columns = dict(zip(names, zip(*(row for _, row in kept), strict=True), strict=True)) if kept else {}
    twice = frozenset(name for name, count in Counter(names).items() if count > 1)
    return Table(path.name, columns, [number for number, _ in kept], problems, twice)


def _json_lines(path: Path) -> Table:
    kept: list[tuple[int, dict[str, Any]]] = []
    problems = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            problems.append(f"Line {number} of {path.name} is not JSON: {error}")
            continue
        except RecursionError:
            problems.append(f"Line {number} of {path.name} is nested too deeply")
            continue
        if isinstance(row, dict):
            kept.append((number, row))
        else:
            problems.append(f"Line {number} of {path.name} is no object with named values")
    names = _union(row for _, row in kept)
    columns = {name: [row.get(name) for _, row in kept] for name in names}
    return Table(path.name, columns, [number for number, _ in kept], tuple(problems))


def _parquet(path: Path) -> Table:
    from pyarrow import parquet

    with _readable(path):
        about = parquet.read_metadata(path)
        schema = about.schema.to_arrow_schema()
    twice = frozenset(name for name, count in Counter(schema.names).items() if count > 1)
    columns = _ParquetColumns(path, tuple(dict.fromkeys(schema.names)))
    classes = _written_classes(schema.metadata or {})
    return Table(path.name, columns, range(1, about.num_rows + 1), twice=twice, classes=classes)


class _ParquetColumns(Mapping[str, Sequence[Any]]):
    """Columns of a Parquet file, each read when it is asked for: a file may have many that nobody needs."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path, self._names = path, names

    def __getitem__(self, name: str) -> Sequence[Any]:
        from pyarrow import parquet

        if name not in self._names:
            raise KeyError(name)
        with _readable(self._path):
            # The file itself: a path like split=a/x.parquet would be taken for a partition.
            read = parquet.ParquetFile(self._path).read(columns=[name])
        values: list[Any] = read.column(name).to_pylist()
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Around reading of a Parquet file: if it fails, say in words that the file is damaged or none."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        with path.open("rb") as file:
            pointer = file.read(len(_POINTER)) == _POINTER
        if pointer:
            hint = "Fetch the file itself with git lfs pull."
            raise UnusableInput(f"{path.name} only points to a file in Git LFS.", hint) from None
        raise UnusableInput(
            f"{path.name} is not a readable Parquet file: {error}", "Copy or fetch it again."
        ) from None


def _written_classes(metadata: Mapping[bytes, bytes]) -> dict[str, tuple[str, ...]]:
    """Return the class names that the library `datasets` wrote into the schema, by column."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        named = {str(column): about["names"] for column, about in features.items() if _names_classes(about)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {column: tuple(str(name) for name in names) for column, names in named.items()}


def _names_classes(about: Any) -> bool:
    return isinstance(about, Mapping) and isinstance(about.get("names"), list)


def _union(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))
