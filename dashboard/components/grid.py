"""Grids of rows with checkboxes: shared options, and texts for states without rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

ROW_PX = 34


@dataclass(frozen=True)
class GridTexts:
    """What a grid says instead of rows: there are none, none passes the filters, they are on their way."""

    empty: str
    no_match: str
    loading: str


def grid(
    identity: str | dict[str, str | int],
    columns: Sequence[Mapping[str, Any]],
    texts: GridTexts,
    *,
    options: Mapping[str, Any] | None = None,
    class_name: str = "",
) -> Component:
    """Return a grid that loads until it is given `rowData`; rows are identified by their `id`.

    Rows are ticked by checkboxes, Tab leaves the grid, and cut cells have tooltips.

    options: of AG Grid, besides or instead of those of every grid.
    """
    shared = {
        "rowSelection": {"mode": "multiRow", "enableClickSelection": False, "selectAll": "filtered"},
        "selectionColumnDef": {"pinned": "left", "width": 44},
        "animateRows": False,
        "tabToNextCell": {"function": "tabLeavesGrid(params)"},
        "rowHeight": ROW_PX,
        "headerHeight": ROW_PX,
        "tooltipShowDelay": 400,
        "localeText": {
            "noRowsToShow": texts.empty,
            "noMatchingRows": texts.no_match,
            "loadingOoo": texts.loading,
        },
    }
    return dag.AgGrid(
        id=identity,
        columnDefs=list(columns),
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        getRowId="params.data.id",
        className=class_name,
        style={"height": "100%"},
        dashGridOptions={**shared, **(options or {})},
    )
