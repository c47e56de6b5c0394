"""A table with one row per model, as the document that the JSON format would have.

Columns: `id`; optionally `base` (or `parent`), `tag`, `operation`; `operation.parameters.X` or `parameters.X`
for a parameter X; `metrics.X` or any other column for a metric X. An empty cell, NA or N/A is no value.
This is also what pandas' `json_normalize` makes of the models of a `models.json`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from core.domain.studies.own_table import document_of_own_table, is_own
from core.domain.studies.written_numbers import NOT_KNOWN, Notation, notations, remarks
from core.errors import InvalidInput

_NAMES = {
    "id": "id",
    "base": "base",
    "parent": "base",
    "tag": "tag",
    "operation": "operation",
    "operation.name": "operation",
    "technique": "operation",
}
_PARAMETER_PREFIXES = ("operation.parameters.", "parameters.")


def document_of_table(text: str, separator: str = ",") -> tuple[dict[str, Any], list[str]]:
    """Return the table as the content of a `models.json`, and what should be checked of how it was read.

    Operations are declared as the rows use them.

    Raises:
        InvalidInput: there is no `id` column, a column is there twice, or a row is longer than the header.
    """
    try:
        header, *rows = [
            row for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True) if row
        ]
    except csv.Error as error:
        raise InvalidInput.of("", f"The table cannot be read: {error}.", "Check its quotes.") from error
    header = [name.strip() for name in header]
    _check(header, rows)
    if is_own(header):
        return document_of_own_table(header, rows, separator)
    columns = {
        name: [row[place] for row in rows if place < len(row)]
        for place, name in enumerate(header)
        if name.lower() not in _NAMES
    }
    written = notations(columns, separator)
    doubts = [said for name, cells in columns.items() for said in remarks(name, written[name], cells)]
    models = [_model(dict(zip(header, row, strict=False)), written) for row in rows]
    return {"operations": _operations(models), "metrics": _metrics(header), "models": models}, doubts


def _check(header: list[str], rows: list[list[str]]) -> None:
    hint = "The first row names the columns: id, base, operation, parameters.X, and one per metric."
    meant = [_NAMES.get(name.lower(), name) for name in header]
    if "id" not in meant:
        raise InvalidInput.of("", "The table has no column named 'id'.", hint)
    for name in meant:
        if name and meant.count(name) > 1:
            raise InvalidInput.of("", f"The table has the column {name!r} more than once.", hint)
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            message = f"Row {number} has {len(row)} cells, the header has {len(header)}."
            raise InvalidInput.of("", message, "Put quotation marks around cells that contain the separator.")


def _model(cells: Mapping[str, str], written: Mapping[str, Notation]) -> dict[str, Any]:
    model: dict[str, Any] = {"base": None, "metrics": {}}
    parameters: dict[str, Any] = {}
    operation = ""
    for column, cell in cells.items():
        name, text = _NAMES.get(column.lower(), ""), cell.strip()
        if name == "operation":
            operation = text
        elif name:
            model[name] = text or None
        elif not text or text.lower() in NOT_KNOWN:
            continue
        elif (parameter := _parameter(column)) is not None:
            parameters[parameter] = _value(written[column].plain(text))
        else:
            model["metrics"][column.removeprefix("metrics.")] = _number(written[column].plain(text))
    model["operation"] = {"name": operation, "parameters": parameters} if operation else None
    return model


def _parameter(column: str) -> str | None:
    for prefix in _PARAMETER_PREFIXES:
        if column.startswith(prefix):
            return column.removeprefix(prefix)
    return None


def _metrics(header: list[str]) -> list[dict[str, Any]]:
    columns = [name for name in header if name.lower() not in _NAMES and _parameter(name) is None and name]
    return [{"name": name.removeprefix("metrics.")} for name in columns]


def _operations(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    declared: dict[str, dict[str, Any]] = {}
    for operation in (model["operation"] for model in models):
        if operation is not None:
            declared.setdefault(operation["name"], {}).update(
                (name, None) for name in operation["parameters"]
            )
    return [{"name": name, "parameters": parameters} for name, parameters in declared.items()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _value(text: str) -> Any:
    """Return numbers, true, false and JSON containers as such, and everything else as text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value
