"""The layout of the Overview: toolbar, map, scatterplot, details."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.map.map_columns import Arrangement
from core.comparison.put_away import asks_for_away
from core.domain.project import Project
from dashboard.components.markup import labelled
from dashboard.views.overview.controls import metric_select
from dashboard.views.overview.filter.filter_pane import filter_pane
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.map.map_pane import map_pane, search_box
from dashboard.views.overview.measure_dialog import dialog
from dashboard.views.overview.plot.plot_pane import plot_pane
from dashboard.views.overview.saved_views import views_menu
from dashboard.views.overview.state import KINDS, State


def overview(project: Project, state: State) -> list[Component]:
    """Return the whole view of one project, its controls showing `state`."""
    return [
        dcc.Store(id=Ids.SELECTION, data=list(state.selected)),
        dcc.Store(id=Ids.REVISION, data=project.revision),
        *(dcc.Store(id=part) for part in Ids if part.startswith("overview-live-")),
        dcc.Store(id=Ids.SCENE),
        dcc.Store(id=Ids.SCATTER_DRAWING),
        dcc.Store(id=Ids.DRAWINGS),
        dcc.Store(id=Ids.FILTER, data=state.filter),
        dcc.Store(id=Ids.FILTER_FIELDS),
        dcc.Store(id=Ids.HIDDEN),
        dcc.Store(id=Ids.EVERYTHING_SHOWN, data=state.everything or asks_for_away(state.filter)),
        dcc.Store(id=Ids.PARALLEL_SCENE),
        dcc.Store(id=Ids.TABLE_STATE, data=_table_state(state)),
        dcc.Store(id=Ids.STARRED),
        dcc.Store(id=Ids.ARCHIVED),
        dcc.Store(id=Ids.ONNX),
        dcc.Store(id=Ids.MEASUREMENT),
        dcc.Store(id=Ids.ADDRESS),
        dcc.Store(id=Ids.ASKED),
        dcc.Store(id=Ids.SCRIPT),
        dialog(),
        _toolbar(project, state),
        html.Div(
            [
                map_pane(),
                html.Div([plot_pane(project, state), _details_pane(state)], className="ov-side"),
            ],
            className="ov-panes",
        ),
    ]


def _table_state(state: State) -> dict[str, Any]:
    columns = None if state.columns is None else list(state.columns)
    return {"columns": columns, "differing": state.differing}


def _toolbar(project: Project, state: State) -> Component:
    arrangement = dmc.SegmentedControl(
        id=Ids.ARRANGEMENT,
        value=state.arrangement.value,
        data=[
            {"value": Arrangement.BY_OPERATION.value, "label": "By operation"},
            {"value": Arrangement.BY_STEP.value, "label": "By step"},
        ],
    )
    count = html.Div(id=Ids.COUNT, className="ov-label", role="status")
    return html.Div(
        [
            metric_select(Ids.COLOUR, "Colour", project, state.colour, plain="One colour", kinds=KINDS),
            metric_select(Ids.SIZE, "Size", project, state.size, plain="One size"),
            arrangement,
            _filters(),
            html.Div([views_menu(), search_box(), _everything(state), count], className="ov-toolbar-end"),
        ],
        className="ov-toolbar",
    )


def _everything(state: State) -> Component:
    """Return the switch for models that are left out at first; it is there only if there are any."""
    chip = dmc.Chip(html.Span(id=Ids.AWAY_LABEL), value="all", size="xs")
    chosen = ["all"] if state.everything else []
    group = dmc.ChipGroup(chip, id=Ids.EVERYTHING, multiple=True, value=chosen)
    title = "Show models that failed, were cancelled or are archived, too"
    return html.Div(group, id=Ids.AWAY, title=title, hidden=True)


def _filters() -> Component:
    add = dmc.Button("+ Add filter", id=Ids.FILTER_OPEN, variant="default")
    shown = html.Div(id=Ids.FILTER_CHIPS, className="ov-filter-chips")
    return html.Div([html.Span("Filter", className="ov-label"), shown, add], className="ov-filters")


def _details_pane(state: State) -> Component:
    """Return the tabs. Both panels stay in the page: Mantine's own would lose updates while hidden."""
    tabs = dmc.Tabs(
        dmc.TabsList(
            [
                dmc.TabsTab(html.Span("Selection", id=Ids.TAB_LABEL), value="details"),
                dmc.TabsTab(html.Span("Filter", id=Ids.FILTER_LABEL), value="filter"),
                dmc.TabsTab("Table", value="table"),
            ]
        ),
        id=Ids.TAB,
        value=state.tab,
    )
    panels = [
        _panel("details", "Selection", _content(Ids.DETAILS)),
        _panel("filter", "Filter", _content(Ids.FILTERS, filter_pane())),
        _panel("table", "Table", _content(Ids.TABLE)),
    ]
    shown = html.Div(panels, id=Ids.PANELS, className=f"ov-panels {state.tab}")
    return html.Section([tabs, shown], className="ov-card ov-selection")


def _content(content_id: Ids, children: list[Component] | None = None) -> Component:
    return html.Div(children, id=content_id, className="ov-panel-content")


def _panel(tab: str, label: str, content: Component) -> Component:
    """Return the panel of a tab, under the id that Mantine's tabs say they control."""
    place = html.Div(content, id=f"{Ids.TAB}-panel-{tab}", className=f"ov-{tab}", role="tabpanel")
    return labelled(place, label)
