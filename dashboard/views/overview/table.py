"""The models as a table: the same facts as the map for those who read rather than look."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from dashboard.figures.encoding import finite
from dashboard.figures.wording import parameter_lines, state_text, technique_label
from dashboard.views.overview.snapshot import Snapshot

GRID = "overview-grid"


def models_table(columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Component:
    """Return the grid; its selection is the selection of the page."""
    return dag.AgGrid(
        id=GRID,
        columnDefs=columns,
        rowData=rows,
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "filter": True, "minWidth": 80},
        dashGridOptions={
            "rowSelection": {"mode": "multiRow", "enableClickSelection": True, "headerCheckbox": True},
            "selectionColumnDef": {"pinned": "left", "width": 42},
            "rowHeight": 30,
            "headerHeight": 34,
            "animateRows": False,
        },
        style={"height": "100%", "width": "100%"},
    )


def table_columns(metrics: Sequence[MetricDefinition]) -> list[dict[str, Any]]:
    """Return name, operation, parameters, state and one column per metric."""
    texts = [
        {"field": "name", "headerName": "Model", "pinned": "left", "width": 190},
        {"field": "operation", "headerName": "Operation", "width": 150},
        {"field": "parameters", "headerName": "Parameters", "width": 180},
        {"field": "state", "headerName": "State", "width": 110},
    ]
    figures = [
        {
            "field": f"figures.{index}",
            "headerName": metric.label,
            "headerTooltip": metric.description,
            "valueFormatter": {"function": f"params.data.texts[{index}]"},
            "type": "rightAligned",
            "filter": "agNumberColumnFilter",
            "width": 120,
        }
        for index, metric in enumerate(metrics)
    ]
    return [*texts, *figures]


def table_rows(
    snapshot: Snapshot, metrics: Sequence[MetricDefinition], shown: Set[ModelId]
) -> list[dict[str, Any]]:
    """Return a row per model that passes the filter; figures are sorted as numbers and shown as texts."""
    return [_row(model, metrics, snapshot) for model in snapshot.models if model.id in shown]


def _row(model: Model, metrics: Sequence[MetricDefinition], snapshot: Snapshot) -> dict[str, Any]:
    lines = parameter_lines(model, snapshot.specs)
    return {
        "id": str(model.id),
        "name": model.name,
        "operation": technique_label(model.step.technique if model.step else None, snapshot.specs),
        "parameters": ", ".join(f"{label} {value}" for label, value in lines),
        "state": state_text(model) or "made",
        "figures": [finite(model.metrics, metric) for metric in metrics],
        "texts": [format_value(metric, model.metrics.get(metric.name)) for metric in metrics],
    }
