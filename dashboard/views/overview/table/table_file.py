"""The table as a file for analysis: plain numbers, units in the headings, ids of models and their parents.

The importer reads it, too: see `core.domain.studies.own_table`.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from typing import Any

from core.comparison.filtering import METRIC
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.model import Model
from core.domain.technique import LayerRules
from dashboard.components.csv_cells import MEASURED, heading, text_cell
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.table.table import Row, table_columns


def table_file(
    snapshot: Snapshot, rows: Sequence[Row], chosen: Set[str] | None = None, *, differing: bool = False
) -> str:
    """Return the rows as CSV with the columns that the table shows; `chosen` and `differing` as there."""
    columns = [
        column
        for column in table_columns(snapshot, rows, chosen, differing=differing)
        if not column["hide"] and column["colId"] != "name"  # always there
    ]
    by_id = {str(model.id): model for model in snapshot.models}
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(
        ["id", "parent id", "teacher id", "step", "name", *headings(snapshot, columns), *MEASURED]
    )
    measured = [quality_words(snapshot.project, snapshot.models), efficiency_words(snapshot.project)]
    for row in rows:
        model = by_id[row["id"]]
        cells = [*(_cell(row, model, column) for column in columns), *map(text_cell, measured)]
        origin = [row["id"], model.parent_id, model.teacher_id, _step(model), text_cell(model.name)]
        writer.writerow([*origin, *cells])
    return written.getvalue()


def _step(model: Model) -> str:
    """Return the step that made a model as JSON, from which an import makes it again; empty for a base.

    Layer rules and seeds other than 0 are in it as well: without them, different models would be one recipe.
    """
    if model.step is None:
        return ""
    step = model.step
    told: dict[str, Any] = {"technique": step.technique, "parameters": dict(step.parameters)}
    if step.rules != LayerRules():
        told["rules"] = asdict(step.rules)
    if model.seed:
        told["seed"] = model.seed
    return json.dumps(told)


def headings(snapshot: Snapshot, columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a heading per column with its unit; where two would be the same, with the column's id."""
    metrics = {f"metric:{metric.name}": metric for metric in snapshot.project.metrics}
    texts = [heading(column["headerName"], metrics.get(column["colId"])) for column in columns]
    seen = Counter(texts)
    return [
        text if seen[text] == 1 else f"{text} ({column['colId']})"
        for text, column in zip(texts, columns, strict=True)
    ]


def _cell(row: Row, model: Model, column: Mapping[str, Any]) -> Any:
    kind, _, name = column["colId"].partition(":")
    if kind == METRIC:
        return model.metrics.get(name)  # also what is not a number
    name, _, index = column["field"].partition(".")
    value = row[name][int(index)] if index else row[name]
    return text_cell(value) if isinstance(value, str) else value
