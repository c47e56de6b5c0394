"""What the tooltip says about a model: the same on the map and in the scatterplot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.comparison.changes import MetricChange, changes
from core.domain.metric import MetricDefinition, format_change, format_value
from core.domain.model import Model
from dashboard.figures.wording import Specs, parameter_lines, state_text, technique_label


def tone(change: MetricChange) -> str:
    """Return `better`, `worse` or nothing; decides on the colour of a change."""
    return {True: "better", False: "worse", None: ""}[change.better]


def tip(
    model: Model, parent: Model | None, metrics: Sequence[MetricDefinition], specs: Specs, lineage: str = ""
) -> dict[str, Any]:
    """Return the tooltip's texts: name, lineage and id, operation, state, and one row per metric.

    Rows are `[label, value, change against the parent, tone]`.
    """
    operation = technique_label(model.step.technique if model.step else None, specs)
    given = ", ".join(f"{label} {value}" for label, value in parameter_lines(model, specs))
    compared = changes(model, parent, metrics)
    return {
        "name": model.name,
        "lineage": " \N{MIDDLE DOT} ".join(part for part in (lineage, f"id {model.id}") if part),
        "operation": f"{operation}: {given}" if given else operation,
        "state": state_text(model),
        "rows": [
            [
                change.metric.label,
                format_value(change.metric, change.value),
                format_change(change.metric, change.change) if change.change is not None else "",
                tone(change),
            ]
            for change in compared
        ],
        "against": parent.name if parent else "",
    }
