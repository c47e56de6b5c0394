"""How the console command writes errors, tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import CompressCompareError, InvalidInput
from core.persistence.tables.columns import storable

_MOST_PROBLEMS = 50


def explain(error: CompressCompareError) -> str:
    """Return an error as lines of text: each problem with its field, then what to do."""
    if isinstance(error, InvalidInput):
        lines = [
            f"{problem.field}: {problem.message} {problem.hint}".removeprefix(": ").strip()
            for problem in error.problems[:_MOST_PROBLEMS]
        ]
        if len(error.problems) > _MOST_PROBLEMS:
            lines.append(f"and {len(error.problems) - _MOST_PROBLEMS:,} more")
        return "\n".join(lines) + "\n"
    return f"{error.message}\n{error.hint}".strip() + "\n"


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a JSON array; NaN and infinities are written as strings."""
    return json.dumps(storable(list(rows)), indent=2, default=str)


def as_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return aligned columns with a heading; a dash where a row has no value."""
    lines = [[column.upper().replace("_", " ") for column in columns]]
    lines += [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_cell(item)}" for name, item in value.items())
    return " ".join(str(value).split())
