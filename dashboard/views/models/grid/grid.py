"""The grid of models; its cells are drawn by `assets/models/models.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

from core.domain.metric import MetricDefinition
from dashboard.components import grid as grids
from dashboard.components.grid import GridTexts
from dashboard.views.models.ids import Ids

MOST_FIGURES = 12
"""Metrics that get a column; the Overview's table has them all."""


def grid(metrics: Sequence[MetricDefinition], text: str) -> Component:
    """Return the grid, which loads until it is given rows; `text` is what it is searched for at first."""
    return grids.grid(
        Ids.GRID,
        columns(metrics),
        GridTexts("No model is listed here.", "No model matches the search.", "Loading the models"),
        options={"quickFilterText": text, "stopEditingWhenCellsLoseFocus": True},
        class_name="models-grid",
    )


def columns(metrics: Sequence[MetricDefinition]) -> list[dict[str, Any]]:
    """Return the columns: what people write first, figures after it."""
    words = [
        {
            "field": "starred", "headerName": "\N{BLACK STAR}", "headerTooltip": "Starred", "pinned": "left",
            "cellRenderer": "ModelStar", "width": 48, "cellClass": "star-cell",
            "sortingOrder": ["desc", "asc"],
        },
        {"field": "name", "headerName": "Model", "pinned": "left", "cellRenderer": "ModelLink", "width": 215,
         "tooltipField": "name"},
        {"field": "number", "headerName": "Id", "width": 64, "type": "rightAligned",
         "cellClass": ["ag-right-aligned-cell", "model-id"],
         "headerTooltip": "The number by which commands and recipes name a model"},
        {"field": "recipe", "headerName": "Recipe", "flex": 5, "minWidth": 360, "tooltipField": "recipe",
         "cellRenderer": "Lineage"},
        {
            "field": "tags", "headerName": "Tags", "cellRenderer": "ModelTags", "flex": 1, "minWidth": 70,
            "cellDataType": False,
            "getQuickFilterText": {"function": "params.data.tags.join(' ')"},
            "comparator": {"function": "modelTagOrder"},
            "tooltipValueGetter": {"function": "params.data.tags.join(', ')"},
        },
        {
            "field": "note", "headerName": "Note", "flex": 1, "minWidth": 70, "tooltipField": "note",
            "editable": {"function": "params.data.state !== 'deleted'"},
            "cellEditor": "agLargeTextCellEditor", "cellEditorPopup": True,
            "cellEditorParams": {"maxLength": 10_000}, "headerTooltip": "Double-click a cell to write a note",
        },
        {"field": "state", "headerName": "State", "cellRenderer": "ModelState", "width": 132,
         "tooltipField": "state"},
    ]  # fmt: skip
    return [*words, *(_figure(index, metric) for index, metric in enumerate(metrics[:MOST_FIGURES]))]


def _figure(index: int, metric: MetricDefinition) -> dict[str, Any]:
    return {
        "colId": f"figure-{index}",
        "headerName": metric.label,
        "headerTooltip": metric.description or metric.label,
        "valueGetter": {"function": f"params.data.figures[{index}]"},
        "valueFormatter": {"function": f"params.data ? params.data.texts[{index}] : ''"},
        "type": "rightAligned",
        "width": min(max(88, 28 + 7 * len(metric.label)), 130),
    }
