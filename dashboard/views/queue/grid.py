"""The grid of runs; its cells are drawn by `assets/queue/cells.js`."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.components import grid as grids
from dashboard.components.grid import GridTexts
from dashboard.views.queue.ids import Ids

HIDDEN = "No run matches. Change the search or the filters."


def grid(text: str) -> Component:
    """Return the grid, which loads until it is given rows; `text` is what it is searched for at first."""
    return grids.grid(
        Ids.GRID,
        columns(),
        GridTexts(" ", HIDDEN, "Loading the runs"),  # the page says why there are none, see `emptiness.py`
        options={
            "quickFilterText": text,
            "isExternalFilterPresent": {"function": "queueLimited()"},
            "doesExternalFilterPass": {"function": "queuePasses(params.data)"},
            "suppressCellFocus": False,
        },
        class_name="run-grid",
    )


def columns() -> list[dict[str, Any]]:
    """Return the columns, widest where the words are."""
    clock = {"function": "queueClock(params.value)"}
    return [
        {
            "headerName": "State", "field": "order", "cellRenderer": "QueueStatus", "width": 112,
            "sort": "asc", "pinned": "left", "getQuickFilterText": {"function": "params.data.status_label"},
        },
        {
            "headerName": "Model", "colId": "model", "field": "lineage", "cellRenderer": "ShortLineage",
            "flex": 6, "minWidth": 220,
            "tooltipValueGetter": {"function": "queueModelText(params.data)"},
            "getQuickFilterText": {"function": "queueModelText(params.data)"},
        },
        {"headerName": "Kind", "field": "kind", "width": 100},
        {
            "headerName": "Progress", "field": "progress", "cellRenderer": "QueueProgress", "flex": 3,
            "minWidth": 250, "tooltipValueGetter": {"function": "queueProgressText(params.data)"},
        },
        {
            "headerName": "Took", "colId": "duration", "width": 96, "type": "rightAligned",
            "valueGetter": {"function": "queueSeconds(params.data)"},
            "valueFormatter": {"function": "queueDuration(params.value)"},
        },
        {"headerName": "Experiment", "field": "experiment", "flex": 2, "minWidth": 110,
         "tooltipField": "experiment"},
        {"headerName": "Worker", "field": "worker", "flex": 2, "minWidth": 120, "tooltipField": "worker"},
        {"headerName": "Attempt", "field": "attempt", "width": 84, "type": "rightAligned",
         "valueFormatter": {"function": "params.value || ''"}},
        {"headerName": "Priority", "field": "priority", "width": 86, "type": "rightAligned"},
        {"headerName": "Queued", "field": "queued", "width": 96, "valueFormatter": clock},
        {"headerName": "Started", "field": "started", "width": 96, "valueFormatter": clock},
        {"headerName": "Project", "field": "project", "flex": 1, "minWidth": 120,
         "tooltipField": "project", "hide": True},
    ]  # fmt: skip
