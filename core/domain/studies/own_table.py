"""The table that the Overview writes, read again: lineage, steps, names, notes and tags come back.

The column `step` holds each step as JSON, so that techniques and parameters return as they were. Columns that
repeat it for readers, and those of parameters, are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.studies.written_numbers import Notation, notations, remarks

_TEXTS = {
    "id": "id",
    "parent id": "base",
    "teacher id": "teacher",
    "name": "name",
    "tags": "tags",
    "note": "note",
    "step": "operation",
}
_FORMERLY_NAMED = "model"
"""The column of names in tables of earlier versions; beside `name`, it says how a model was made."""
_REPEATED = frozenset({"operation", "parameters", "state", "author", "seed", "experiment", "lineage"}) | {
    _FORMERLY_NAMED,
    "quality measured on",
    "times measured on",
}
_HEADING = re.compile(r"(?P<label>.+?)(?: \[(?P<unit>[^\[\]]+)\])?(?: \(metric:.+\))?")
_FORMATS: Mapping[str, Mapping[str, str]] = {"fraction": {"format": ".1%"}}
_ESCAPED = re.compile(r"'(?=[=+\-@\t\r])")
"""What keeps spreadsheets from computing a text."""


def is_own(header: Sequence[str]) -> bool:
    """Return whether the Overview wrote a table, by the names of its columns."""
    return {"id", "parent id"} <= {name.lower() for name in header}


def document_of_own_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], separator: str
) -> tuple[dict[str, Any], list[str]]:
    """Return the table as the content of a `models.json`, and what should be checked of how it was read."""
    entries = [dict(zip(header, row, strict=False)) for row in rows]
    metrics = _metric_columns(header, entries)
    columns = {name: [entry.get(name, "") for entry in entries] for name in metrics}
    written = notations(columns, separator)
    doubts = [said for name, cells in columns.items() for said in remarks(name, written[name], cells)]
    models = [_model(entry, metrics, written) for entry in entries]
    return {"metrics": list(metrics.values()), "operations": _operations(models), "models": models}, doubts


def _metric_columns(header: Sequence[str], entries: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the declaration of each metric by the heading of its column."""
    named = {name.lower(): name for name in header}
    operations = {entry.get(named.get("operation", ""), "") for entry in entries} - {""}
    parameters = tuple(f"({operation})" for operation in operations)
    found = {}
    for name in header:
        if name.lower() in _TEXTS.keys() | _REPEATED or name.endswith(parameters) or not name:
            continue
        heading = _HEADING.fullmatch(name)
        label, unit = (heading["label"], heading["unit"] or "") if heading else (name, "")
        found[name] = {"name": label, **_FORMATS.get(unit, {"unit": unit} if unit else {})}
    labels = [entry["name"] for entry in found.values()]
    return {
        heading: entry if labels.count(entry["name"]) == 1 else {**entry, "name": heading}
        for heading, entry in found.items()
    }


def _model(
    cells: Mapping[str, str], metrics: Mapping[str, Mapping[str, str]], written: Mapping[str, Notation]
) -> dict[str, Any]:
    texts = {
        _TEXTS[name.lower()]: _ESCAPED.sub("", cell.strip(), count=1)
        for name, cell in cells.items()
        if name.lower() in _TEXTS
    }
    if "name" not in texts:
        former = next((cell for name, cell in cells.items() if name.lower() == _FORMERLY_NAMED), "")
        texts["name"] = _ESCAPED.sub("", former.strip(), count=1)
    step = texts.pop("operation", "")
    label = next((cell.strip() for name, cell in cells.items() if name.lower() == "operation"), "")
    operation = _step(step) or ({"name": label, "parameters": {}} if label and texts["base"] else None)
    figures = {
        declared["name"]: _figure(written[name].plain(cells[name]))
        for name, declared in metrics.items()
        if cells.get(name, "").strip()
    }
    tags = [tag for tag in texts.pop("tags", "").split(", ") if tag]
    return {**{name: text or None for name, text in texts.items()}, "tags": tags} | {
        "operation": operation,
        "metrics": figures,
    }


def _step(text: str) -> dict[str, Any] | None:
    try:
        step = json.loads(text)
    except ValueError:
        return None
    if not isinstance(step, dict) or not isinstance(step.get("technique"), str):
        return None
    further = {name: step[name] for name in ("rules", "seed") if name in step}
    return {"name": step["technique"], "parameters": step.get("parameters") or {}, **further}


def _figure(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _operations(models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    declared: dict[str, dict[str, Any]] = {}
    for operation in (model["operation"] for model in models if model["operation"] is not None):
        declared.setdefault(operation["name"], {}).update(dict.fromkeys(operation["parameters"]))
    return [{"name": name, "parameters": parameters} for name, parameters in declared.items()]
