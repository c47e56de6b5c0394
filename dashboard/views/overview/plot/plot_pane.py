"""The pane of the plots: scatterplot and parallel coordinates with their controls."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.project import Project
from dashboard.components.markup import labelled
from dashboard.views.overview.controls import metric_select
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.state import State

_SWITCHES = (("x", "log x"), ("y", "log y"))
_MORE = (
    ("front", "Pareto front"),
    ("names", "names on the front"),
    ("dim", "dim the rest"),
    ("seeds", "range over seeds"),
)


def plot_pane(project: Project, state: State) -> Component:
    """Return the pane; a class of its frame says which of the two plots is shown."""
    kinds = dmc.SegmentedControl(
        id=Ids.PLOT,
        value=state.plot,
        data=[{"value": "scatter", "label": "Scatter"}, {"value": "parallel", "label": "Parallel"}],
        size="xs",
    )
    front = dmc.Button("Select front", id=Ids.FRONT, variant="subtle", size="compact-xs", disabled=True)
    head = [
        html.H2(id=Ids.SCATTER_TITLE, className="ov-title"),
        html.H2("Drag along an axis to select", className="ov-title ov-title-parallel"),
        html.Div([kinds, front], className="ov-kinds"),
    ]
    return html.Section(
        [
            html.Div(head, className="ov-row"),
            _scatter_controls(project, state),
            _axes(state),
            _graph(),
            labelled(
                html.Div(id=Ids.PARALLEL, className="ov-lines", role="img"),
                "Parallel coordinates: a line per model; the table tab holds the same figures",
            ),
            html.Div(id=Ids.SCATTER_NOTE, className="ov-note"),
        ],
        id=Ids.PLOT_FRAME,
        className=f"ov-card ov-scatter {state.plot}",
    )


def _scatter_controls(project: Project, state: State) -> Component:
    switches = dmc.ChipGroup(
        [*_chips(_SWITCHES), _more_switches()], id=Ids.LOGS, multiple=True, value=list(state.logs)
    )
    return html.Div(
        [
            metric_select(Ids.X, "x", project, state.x),
            metric_select(Ids.Y, "y", project, state.y),
            html.Div(switches, className="ov-chips"),
        ],
        className="ov-row ov-axes",
    )


def _axes(state: State) -> Component:
    """Return the choice of the parallel axes; the server offers what the project has."""
    return html.Div(
        dmc.MultiSelect(
            id=Ids.AXES,
            data=[{"value": field, "label": field} for field in state.axes],
            value=list(state.axes),
            placeholder="Add an axis",
            searchable=True,
            maxValues=9,
            comboboxProps={"width": 290, "position": "bottom-start"},
            **{"aria-label": "Axes"},
        ),
        className="ov-parallel-axes",
    )


def _graph() -> Component:
    """Return the place where `scatter_frame.js` draws; a `dcc.Graph` has the whole page wait for Plotly."""
    text = "Scatterplot: a mark per model; the table tab holds the same figures"
    return labelled(html.Div(id=Ids.SCATTER, className="ov-graph", role="group"), text)


def _chips(switches: Sequence[tuple[str, str]]) -> list[Component]:
    return [dmc.Chip(text, value=value, size="xs", variant="light") for value, text in switches]


def _more_switches() -> Component:
    button = html.Button("\N{HORIZONTAL ELLIPSIS}", type="button", className="ov-button")
    target = dmc.PopoverTarget(labelled(button, "Show more in the plot"))
    dropdown = dmc.PopoverDropdown(html.Div(_chips(_MORE), className="ov-chips ov-more"))
    return dmc.Popover(
        [target, dropdown], position="bottom-end", withinPortal=True, trapFocus=True, returnFocus=True
    )
