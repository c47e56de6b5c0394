"""The models as a table: the same facts as the map for those who read rather than look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.filtering import parameter_field, parameter_of, recipes_of
from core.comparison.variables.values import Value, value_of
from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import protocol_words
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.domain.recipe import Step
from dashboard.components.table_files import further_formats
from dashboard.figures.encoding import finite
from dashboard.figures.wording import (
    Specs,
    parameter_label,
    parameter_lines,
    parameter_spec,
    state_text,
    technique_label,
)
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.filter.filter_fields import parameter_values
from dashboard.views.overview.ids import Ids

GRID = "overview-grid"
MODEL = "lineage"
"""The column that says which model a row is: by its short lineage, since names repeat. It is always there."""
TEXTS = {
    MODEL: "Model",
    "name": "Name",
    "id": "Id",
    "operation": "Operation",
    "parameters": "Parameters",
    "state": "State",
    "tags": "Tags",
    "note": "Note",
    "author": "Author",
    "experiment": "Experiment",
    "seed": "Seed",
}
HIDDEN_AT_FIRST = frozenset({"note", "author", "experiment", "seed"})
_WIDTHS = {
    MODEL: 230,
    "name": 190,
    "id": 64,
    "operation": 150,
    "parameters": 180,
    "state": 110,
    "tags": 110,
    "note": 160,
}

Row = dict[str, Any]


def models_table(
    snapshot: Snapshot, rows: Sequence[Row], chosen: Set[str] | None = None, *, differing: bool = False
) -> list[Component]:
    """Return the bar and the grid, still without its `rows`; its selection is the selection of the page."""
    columns = table_columns(snapshot, rows, chosen, differing=differing)
    wanted = table_columns(snapshot, rows, chosen)
    grid = dag.AgGrid(
        id=GRID,
        columnDefs=columns,
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "filter": True, "minWidth": 80},
        dashGridOptions={
            "rowSelection": {"mode": "multiRow", "enableClickSelection": True, "selectAll": "filtered"},
            "selectionColumnDef": {"pinned": "left", "width": 42},
            "rowHeight": 30,
            "headerHeight": 34,
            "animateRows": False,
            "tooltipShowDelay": 400,
            "enableCellTextSelection": True,
            "localeText": {"noRowsToShow": "No model passes the filter."},
        },
        style={"height": "100%", "width": "100%"},
    )
    return [_bar(wanted, differing), html.Div(grid, className="ov-grid")]


def _bar(columns: Sequence[Mapping[str, Any]], differing: bool) -> Component:
    chosen = dmc.MultiSelect(
        id=Ids.COLUMNS,
        data=[
            {"value": column["colId"], "label": column["headerName"]}
            for column in columns
            if column["colId"] != MODEL
        ],
        value=shown_columns(columns),
        searchable=True,
        maxDropdownHeight=320,
        **{"aria-label": "Columns"},
    )
    choose = dmc.Popover(
        [
            dmc.PopoverTarget(dmc.Button("Columns", variant="default", size="compact-xs")),
            dmc.PopoverDropdown(html.Div(chosen, className="ov-columns")),
        ],
        position="bottom-start",
        keepMounted=True,
    )
    return html.Div(
        [
            choose,
            dmc.Switch(id=Ids.DIFFERING, label="Only columns that differ", size="xs", checked=differing),
            html.Div(className="shell-space"),
            html.Span(id=Ids.TABLE_COMPARE),
            dmc.Button("Download CSV", id=Ids.CSV, variant="default", size="compact-xs"),
            *further_formats(Ids.JSON, Ids.PARQUET, size="compact-xs"),
            dcc.Download(id=Ids.CSV_FILE),
        ],
        className="ov-table-bar",
    )


def shown_columns(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the columns that are shown, of those that can be chosen."""
    return [column["colId"] for column in columns if not column["hide"] and column["colId"] != MODEL]


def table_columns(
    snapshot: Snapshot, rows: Sequence[Row], chosen: Set[str] | None = None, *, differing: bool = False
) -> list[dict[str, Any]]:
    """Return every column, those hidden that are not `chosen` (None: the usual ones).

    differing: hide also those in which all rows have the same.
    """
    model, name, *texts = [_text_column(field) for field in TEXTS]
    name["hide"] = len({row["name"] for row in rows}) < len(rows)  # it tells nobody which model is meant
    metrics = enumerate(snapshot.project.leading_metrics)
    figures = [
        _figure_column(index, metric, rows)
        | {
            "headerTooltip": _told(metric, protocol_words(metric, snapshot.project, snapshot.models)),
            "hide": metric not in snapshot.project.told_metrics,
        }
        for index, metric in metrics
    ]
    parameters = [_parameter_column(index, field, snapshot) for index, field in enumerate(_fields(snapshot))]
    columns = [model, name, *figures, *texts, *parameters]
    for column in columns[1:]:
        hidden = column["hide"] if chosen is None else column["colId"] not in chosen
        column["hide"] = hidden or (differing and _alike(column, rows))
    return columns


def _alike(column: Mapping[str, Any], rows: Sequence[Row]) -> bool:
    name, _, index = column["field"].partition(".")
    return len({row[name][int(index)] if index else row[name] for row in rows}) < 2


def _fields(snapshot: Snapshot) -> list[str]:
    return sorted(field for field, values in parameter_values(snapshot).items() if len(values) > 1)


def _text_column(field: str) -> dict[str, Any]:
    return {
        "colId": field,
        "field": field,
        "headerName": TEXTS[field],
        "tooltipField": field,
        "width": _WIDTHS.get(field, 100),
        "hide": field in HIDDEN_AT_FIRST,
        **({"pinned": "left", "cellRenderer": "ShortLineage"} if field == MODEL else {}),
    }


def _parameter_column(index: int, field: str, snapshot: Snapshot) -> dict[str, Any]:
    technique, name = parameter_of(field)
    label = parameter_label(technique, name, snapshot.specs)
    return {
        "colId": field,
        "field": f"values.{index}",
        "headerName": f"{label} ({technique_label(technique, snapshot.specs)})",
        "headerTooltip": f"{label} of {technique_label(technique, snapshot.specs)}, anywhere in the recipe",
        "type": "rightAligned",
        "width": 110,
        "hide": True,
    }


def _figure_column(index: int, metric: MetricDefinition, rows: Sequence[Row]) -> dict[str, Any]:
    values = [row["figures"][index] for row in rows if row["figures"][index] is not None]
    bars = bool(values) and min(values) >= 0
    return {
        "colId": f"metric:{metric.name}",
        "field": f"figures.{index}",
        "headerName": metric.label,
        "valueFormatter": {"function": f"params.data.texts[{index}]"},
        "cellStyle": {"function": "overviewBar(params)"},
        "cellRendererParams": {"largest": max(values) if bars else 0},
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        "width": 120,
    }


def _told(metric: MetricDefinition, measured: str) -> str:
    """Return what a metric is, and under which condition its values were measured."""
    about = metric.description or metric.label
    return f"{about} Measured on: {measured}." if measured and metric.variant_of is None else about


def table_rows(snapshot: Snapshot, shown: Set[ModelId]) -> list[Row]:
    """Return a row per model that passes the filter; figures are sorted as numbers and shown as texts."""
    recipes, fields = recipes_of(snapshot.models), _fields(snapshot)
    return [
        _row(model, snapshot, recipes[model.id], fields) for model in snapshot.models if model.id in shown
    ]


def _row(model: Model, snapshot: Snapshot, recipe: Sequence[Step], fields: Sequence[str]) -> Row:
    lines = parameter_lines(model, snapshot.specs)
    metrics = snapshot.project.leading_metrics
    values = _values(recipe, snapshot.specs)
    return {
        "id": str(model.id),
        "name": model.name,
        "lineage": snapshot.lineages[model.id],
        "operation": technique_label(model.step.technique if model.step else None, snapshot.specs),
        "parameters": ", ".join(f"{label} {value}" for label, value in lines),
        "state": state_text(model) or "made",
        "tags": ", ".join(model.tags),
        "note": model.note,
        "author": model.author,
        "experiment": snapshot.experiments.get(model.experiment_id, "") if model.experiment_id else "",
        "seed": model.seed,
        "values": [_plain(values.get(field)) for field in fields],
        "figures": [finite(model.metrics, metric) for metric in metrics],
        "texts": [format_value(metric, model.metrics.get(metric.name)) for metric in metrics],
    }


def _values(recipe: Sequence[Step], specs: Specs) -> dict[str, Value]:
    """Return the last value that each parameter has in a recipe, by field."""
    return {
        parameter_field(step.technique, name): value_of(raw, parameter_spec(step.technique, name, specs))
        for step in recipe
        for name, raw in step.parameters.items()
    }


def _plain(value: Value | None) -> float | str | None:
    return None if value is None else value.text if value.number is None else value.number
