"""Statements as plain JSON, for scripts and for checks."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from core.comparison.sentences.statement import Statement
from core.domain.metric import MetricDefinition


def as_plain(statement: Statement) -> dict[str, Any]:
    """Return a statement with its kind; metrics by name, everything else as it is called in the code."""
    return {"kind": statement.kind, **_plain(statement)}


def _plain(value: Any) -> Any:
    if isinstance(value, MetricDefinition):
        return value.name
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        return kind | {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
