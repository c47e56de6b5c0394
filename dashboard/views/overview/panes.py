"""The layout of the Overview: toolbar, map, scatterplot, details."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.map_columns import Arrangement
from core.domain.metric import Group, MetricDefinition
from core.domain.project import Project
from dashboard.components.markup import labelled
from dashboard.views.overview.filter_pane import filter_pane
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.map_pane import map_pane, search_box
from dashboard.views.overview.state import PLAIN, State

BUSY_MS = 1_500
IDLE_MS = 10_000


def overview(project: Project, state: State) -> list[Component]:
    """Return the whole view of one project, its controls showing `state`."""
    return [
        dcc.Store(id=Ids.SELECTION, data=list(state.selected)),
        dcc.Store(id=Ids.REVISION),
        dcc.Store(id=Ids.SCENE),
        dcc.Store(id=Ids.DRAWINGS),
        dcc.Store(id=Ids.FILTER, data=state.filter),
        dcc.Store(id=Ids.FILTER_FIELDS),
        dcc.Store(id=Ids.HIDDEN),
        dcc.Store(id=Ids.ADDRESS),
        dcc.Store(id=Ids.SCRIPT),
        dcc.Interval(id=Ids.TICK, interval=BUSY_MS),
        _toolbar(project, state),
        html.Div(
            [
                map_pane(),
                html.Div([_scatter_pane(project, state), _details_pane(state)], className="ov-side"),
            ],
            className="ov-panes",
        ),
    ]


def metric_options(metrics: tuple[MetricDefinition, ...]) -> list[dict[str, object]]:
    """Return metrics grouped as a Select shows them."""
    return [
        {
            "group": group.value.capitalize(),
            "items": [{"value": m.name, "label": m.label} for m in metrics if m.group is group],
        }
        for group in Group
        if any(m.group is group for m in metrics)
    ]


def _select(identity: Ids, label: str, project: Project, value: str, *, plain: str = "") -> Component:
    options = metric_options(project.metrics)
    if plain:
        options.append({"value": PLAIN, "label": plain})
    select = dmc.Select(
        id=identity,
        data=options,
        value=value,
        allowDeselect=False,
        searchable=len(project.metrics) > 8,
        w=170,
        comboboxProps={"width": 230, "position": "bottom-start"},
        className="ov-select",
        **{"aria-label": label},
    )
    return html.Label([html.Span(label, className="ov-label"), select], className="ov-control")


def _toolbar(project: Project, state: State) -> Component:
    arrangement = dmc.SegmentedControl(
        id=Ids.ARRANGEMENT,
        value=state.arrangement.value,
        data=[
            {"value": Arrangement.BY_OPERATION.value, "label": "By operation"},
            {"value": Arrangement.BY_STEP.value, "label": "By step"},
        ],
    )
    return html.Div(
        [
            _select(Ids.COLOUR, "Colour", project, state.colour, plain="One colour"),
            _select(Ids.SIZE, "Size", project, state.size, plain="One size"),
            arrangement,
            _filters(),
            html.Div(className="shell-space"),
            search_box(),
            html.Div(id=Ids.COUNT, className="ov-label", role="status"),
        ],
        className="ov-toolbar",
    )


def _filters() -> Component:
    add = dmc.Button("+ Add filter", id=Ids.FILTER_OPEN, variant="default")
    shown = html.Div(id=Ids.FILTER_CHIPS, className="ov-filter-chips")
    return html.Div([html.Span("Filter", className="ov-label"), shown, add], className="ov-filters")


def _scatter_pane(project: Project, state: State) -> Component:
    switches = dmc.ChipGroup(
        [*_chips(_SWITCHES), _more_switches()],
        id=Ids.LOGS,
        multiple=True,
        value=list(state.logs),
    )
    graph = dcc.Graph(
        id=Ids.SCATTER,
        responsive=True,
        className="ov-graph",
        config={
            "displaylogo": False,
            "doubleClick": "reset",
            "modeBarButtons": [["zoom2d", "pan2d", "select2d", "lasso2d"], ["resetScale2d", "toImage"]],
        },
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H2(id=Ids.SCATTER_TITLE, className="ov-title"),
                    dmc.Button("Select front", id=Ids.FRONT, variant="subtle", size="compact-xs"),
                ],
                className="ov-row",
            ),
            html.Div(
                [
                    _select(Ids.X, "x", project, state.x),
                    _select(Ids.Y, "y", project, state.y),
                    html.Div(switches, className="ov-chips"),
                ],
                className="ov-row ov-axes",
            ),
            graph,
            html.Div(id=Ids.SCATTER_NOTE, className="ov-note"),
        ],
        className="ov-card ov-scatter",
    )


_SWITCHES = (("x", "log x"), ("y", "log y"))
_MORE = (
    ("front", "Pareto front"),
    ("names", "names on the front"),
    ("dim", "dim the rest"),
    ("seeds", "range over seeds"),
)


def _chips(switches: Sequence[tuple[str, str]]) -> list[Component]:
    return [dmc.Chip(text, value=value, size="xs", variant="light") for value, text in switches]


def _more_switches() -> Component:
    button = html.Button("\N{HORIZONTAL ELLIPSIS}", type="button", className="ov-button")
    target = dmc.PopoverTarget(labelled(button, "Show more in the plot"))
    dropdown = dmc.PopoverDropdown(html.Div(_chips(_MORE), className="ov-chips ov-more"))
    return dmc.Popover([target, dropdown], position="bottom-end", withinPortal=True)


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
        labelled(html.Div(id=Ids.DETAILS, className="ov-details", role="tabpanel"), "Selection"),
        labelled(html.Div(filter_pane(), id=Ids.FILTERS, className="ov-filter", role="tabpanel"), "Filter"),
        labelled(html.Div(id=Ids.TABLE, className="ov-table", role="tabpanel"), "Table"),
    ]
    shown = html.Div(panels, id=Ids.PANELS, className=f"ov-panels {state.tab}")
    return html.Section([tabs, shown], className="ov-card ov-selection")
