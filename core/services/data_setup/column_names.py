"""Names of the columns of a table file, as far as they can be told without reading all of it.

Only what a form needs; `core.data.rows.tables` reads the tables for runs, and says what is wrong with them.
"""

from __future__ import annotations

import csv
import importlib
import itertools
import json
from pathlib import Path

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_JSON_LINES = {".jsonl", ".ndjson"}
_MOST_LINES = 20_000
"""Lines of a JSON Lines file that are read: rows may lack columns, but hardly so many in a row."""


def column_names(path: Path, *, header: bool = True) -> list[str] | None:
    """Return the columns' names; None where they cannot be told: unknown format, damaged, not readable.

    header: whether the first line of a CSV or TSV file names them; else they are column1, column2 ...
    """
    ending = path.suffix.lower()
    try:
        if ending in _SEPARATORS:
            return _separated(path, _SEPARATORS[ending], header=header)
        if ending in _JSON_LINES:
            return _json_lines(path)
        if ending == ".parquet":
            return _parquet(path)
    except (OSError, ValueError, csv.Error):
        return None
    return None


def _separated(path: Path, separator: str, *, header: bool) -> list[str] | None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream, delimiter=separator)
        if separator == "\t":  # where quotes are mostly part of the text
            lines = csv.reader(stream, delimiter=separator, quoting=csv.QUOTE_NONE)
        first = next(lines, None)
    if first is None or header:
        return first
    return [f"column{number}" for number in range(1, len(first) + 1)]


def _json_lines(path: Path) -> list[str]:
    names: dict[str, None] = {}
    with path.open(encoding="utf-8-sig") as stream:
        for line in itertools.islice(stream, _MOST_LINES):
            row = json.loads(line) if line.strip() else None
            names.update(dict.fromkeys(row if isinstance(row, dict) else ()))
    return list(names)


def _parquet(path: Path) -> list[str] | None:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:  # it comes with workers, which need not be installed beside the dashboard
        return None
    return list(parquet.read_schema(path).names)
