"""All models of a project as one table: a row per model, columns of parameters, metrics and intervals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.model import Model
from core.domain.project import Project
from core.persistence.tables.columns import storable

Table = Mapping[str, Sequence[Any]]
"""Columns by name, all of one length; None where a model has no such value."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text in CSV must not begin with: spreadsheets would compute it."""


def model_table(
    models: Sequence[Model], project: Project, reasons: Mapping[ModelId, str] | None = None
) -> dict[str, list[Any]]:
    """Return the models as columns; numbers are plain, fractions are not per cent.

    The last two columns say under which conditions values with plain names were measured.
    reasons: why searches tried models.
    """
    conditions = {
        "quality_measured_on": quality_words(project, models),
        "times_measured_on": efficiency_words(project),
    }
    tried = reasons or {}
    rows = [_row(model, project) | _tried(tried.get(model.id)) | conditions for model in models]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


class TableFormat(StrEnum):
    """Formats of files with tables."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def joined_tables(tables: Sequence[Table]) -> dict[str, list[Any]]:
    """Return the rows of all tables, with every column of any of them."""
    names = dict.fromkeys(name for table in tables for name in table)
    lengths = [len(next(iter(table.values()), ())) for table in tables]
    return {
        name: [
            value
            for table, length in zip(tables, lengths, strict=True)
            for value in table.get(name, [None] * length)
        ]
        for name in names
    }


def written_table(table: Table, file_format: TableFormat) -> bytes:
    """Return a table as a file."""
    match file_format:
        case TableFormat.CSV:
            return as_csv(table).encode()
        case TableFormat.JSON:
            return as_json_rows(table).encode()
    return as_parquet(table)


def as_csv(table: Table) -> str:
    """Return a table as CSV; texts that spreadsheets would compute begin with an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_cell(name) for name in table])
    writer.writerows([_cell(value) for value in row] for row in _rows(table))
    return written.getvalue()


def as_json_rows(table: Table) -> str:
    """Return a table as a JSON array of objects."""
    return json.dumps([storable(dict(zip(table, row, strict=True))) for row in _rows(table)])


def as_parquet(table: Table) -> bytes:
    """Return a table as a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: _alike(values) for name, values in table.items()}
    buffer = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), buffer)
    content: bytes = buffer.getvalue().to_pybytes()
    return content


def _tried(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"why_tried": reason}


def _row(model: Model, project: Project) -> dict[str, Any]:
    step = model.step
    row: dict[str, Any] = {
        "id": int(model.id),
        "project": project.slug,
        "name": model.name,
        "parent": model.parent_id,
        "teacher": model.teacher_id,
        "technique": step.technique if step else None,
        "status": model.status.value,
        "seed": model.seed,
        "origin": model.origin.value if model.origin else None,
        "author": model.author,
        "tags": ", ".join(model.tags),
        "created_at": model.created_at.isoformat(),
    }
    row |= {f"parameter.{name}": value for name, value in (step.parameters if step else {}).items()}
    for metric in project.metrics:
        if metric.name in model.metrics:
            row[metric.name] = model.metrics[metric.name]
        if metric.name in model.intervals:
            row[f"{metric.name}.low"], row[f"{metric.name}.high"] = model.intervals[metric.name]
    return row


def _rows(table: Table) -> list[tuple[Any, ...]]:
    return list(zip(*table.values(), strict=True))


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, Mapping)):
        value = json.dumps(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _alike(values: Sequence[Any]) -> list[Any]:
    """Return the values of a column, as texts where they are of several kinds: Parquet columns have one."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} or kinds <= {int, float} or kinds <= {str}:
        return [float(value) if kinds == {int, float} and value is not None else value for value in values]
    return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
