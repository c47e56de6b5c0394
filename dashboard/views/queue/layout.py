"""What the Queue page looks like as it opens, with the filters and the open run of its address."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.queue.priorities import PRIORITIES
from dashboard.components.markup import decoration, labelled
from dashboard.views.queue.filters import Filters
from dashboard.views.queue.grid import grid
from dashboard.views.queue.ids import Ids, PatternIds
from dashboard.views.queue.words import KINDS, STATUSES

AGEING_MS = 1_500


def page(filters: Filters, open_run: str | None, *, experiments: bool = False) -> Component:
    """Return the page; everything that lives is filled in by callbacks."""
    return html.Div(
        [
            dcc.Interval(id=Ids.TICK, interval=AGEING_MS),
            dcc.Store(id=Ids.LIVE),
            dcc.Store(id=Ids.LIVE_RUN),
            dcc.Store(id=Ids.LIVE_LOG),
            dcc.Store(id=Ids.LIVE_EXPERIMENTS),
            dcc.Store(id=Ids.LIVE_EXPERIMENT),
            dcc.Store(id=Ids.ASKED),
            dcc.Store(id=Ids.CHANGES),
            dcc.Store(id=Ids.EVERY),
            dcc.Store(id=Ids.ACTED),
            dcc.Store(id=Ids.OPEN, data=open_run),
            dcc.Store(id=Ids.EXPERIMENT, data=filters.experiment),
            dcc.Store(id=Ids.DESCRIBE),
            dcc.Store(id=Ids.BULK),
            dcc.Store(id=Ids.BATCH, data=[]),
            html.Div(id=Ids.BANNER),
            html.Div(
                [
                    dmc.SegmentedControl(
                        id=Ids.SHOW,
                        value="experiments" if experiments else "runs",
                        data=[
                            {"value": "runs", "label": "Runs"},
                            {"value": "experiments", "label": "Experiments"},
                        ],
                    ),
                    html.Strong(id=Ids.SUMMARY, className="queue-headline", role="status"),
                    html.Div(id=Ids.WORKERS, className="workers"),
                    dmc.Button("Cancel", id=Ids.CANCEL, variant="default", disabled=True),
                    dmc.Button("Retry", id=Ids.RETRY, variant="default", disabled=True),
                    _priority_menu(),
                ],
                className="queue-summary",
            ),
            _toolbar(filters),
            _batch_bar(),
            html.Div(id=Ids.EXPERIMENT_BAR, className="experiment-bar"),
            html.Div(id=Ids.EXPERIMENTS, className="experiment-list"),
            html.Div(
                [_runs(filters), _panel()],
                id=Ids.RUNS,
                className="queue-body",
                style={"display": "none"} if experiments else {},
            ),
            html.Div(id=Ids.SHORT, className="queue-short"),
            _confirmation(),
            _description(),
        ],
        className="queue-page",
    )


def _toolbar(filters: Filters) -> Component:
    chips = [
        dmc.Chip(
            [label, html.Span(id={"type": PatternIds.COUNT, "status": status.value}, className="chip-count")],
            value=status.value,
            size="xs",
        )
        for status, label in STATUSES.items()
    ]
    statuses = [{"value": status.value, "label": label} for status, label in STATUSES.items()]
    kinds = [{"value": kind.value, "label": label} for kind, label in KINDS.items()]
    return html.Div(
        [
            html.Div(
                dmc.ChipGroup(chips, id=Ids.STATUSES, multiple=True, value=sorted(filters.statuses)),
                className="queue-chips",
            ),
            dmc.MultiSelect(
                id=Ids.KINDS, data=kinds, value=sorted(filters.kinds), placeholder="Any kind", clearable=True,
                w=125, **_named("Kind of run"),
            ),
            dmc.MultiSelect(
                id=Ids.HIDDEN,
                data=[
                    {"group": "States", "items": statuses},
                    {"group": "Kinds", "items": kinds},
                ],
                value=filters.hidden, placeholder="Hide", clearable=True, w=105,
                **_named("Hide states and kinds of runs"),
            ),
            dmc.Select(
                id=Ids.PROJECT, data=[], value=filters.project or None, placeholder="All projects",
                clearable=True, w=125, **_named("Project"),
            ),
            dmc.TextInput(
                id=Ids.TEXT, value=filters.text, placeholder="Search", w=115,
                **_named("Search"),
            ),
        ],
        className="queue-toolbar",
    )  # fmt: skip


def _batch_bar() -> Component:
    close = labelled(
        dmc.Button("\N{MULTIPLICATION SIGN}", id=Ids.BATCH_CLOSE, variant="default", size="compact-sm"),
        "Show all runs again",
    )
    return html.Div(
        [html.Span(id=Ids.BATCH_TEXT), close], id=Ids.BATCH_BAR, className="batch-bar", hidden=True
    )


def _runs(filters: Filters) -> Component:
    nothing = html.Div(id=Ids.NOTHING, className="queue-nothing", role="status")
    return html.Div([grid(filters.text), nothing], className="queue-grid-frame")


def _priority_menu() -> Component:
    items = [
        dmc.MenuItem(label, id={"type": PatternIds.PRIORITY, "priority": priority})
        for priority, label in PRIORITIES.items()
    ]
    target = dmc.Button(
        "Priority", id=Ids.PRIORITY, variant="default", disabled=True, rightSection=decoration("▾")
    )
    return dmc.Menu([dmc.MenuTarget(target), dmc.MenuDropdown(items)], position="bottom-end")


def _panel() -> Component:
    close = dmc.ActionIcon(
        decoration("\N{MULTIPLICATION SIGN}"), id=Ids.PANEL_CLOSE, variant="subtle", color="gray"
    )
    return html.Aside(
        [
            html.Div(
                [
                    dmc.Button("Cancel", id=Ids.PANEL_CANCEL, variant="default", style={"display": "none"}),
                    dmc.Button("Retry", id=Ids.PANEL_RETRY, variant="default", style={"display": "none"}),
                    html.Div(className="shell-space"),
                    labelled(close, "Close the panel"),
                ],
                className="panel-head",
            ),
            html.Div(id=Ids.PANEL_BODY, className="panel-body"),
            html.H3("Log", className="panel-log-title"),
            labelled(html.Pre(id=Ids.LOG, className="panel-log", tabIndex=0, role="region"), "Log"),
        ],
        id=Ids.PANEL,
        className="queue-panel",
        hidden=True,
    )


def _confirmation() -> Component:
    buttons = dmc.Group(
        [
            dmc.Button("Keep them", id=Ids.CONFIRM_NO, variant="default"),
            dmc.Button("Cancel the runs", id=Ids.CONFIRM_YES, color="red.9"),
        ],
        justify="flex-end",
    )
    return dmc.Modal(
        id=Ids.CONFIRM,
        title="Cancel these runs?",
        centered=True,
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack([dmc.Text(id=Ids.CONFIRM_TEXT, size="sm"), buttons]),
    )


def _description() -> Component:
    fields = [
        dmc.TextInput(id=Ids.DESCRIPTION_NAME, label="Name"),
        dmc.Textarea(id=Ids.DESCRIPTION_NOTE, label="Note", autosize=True, minRows=2, maxRows=10),
        dmc.Group(dmc.Button("Save", id=Ids.DESCRIPTION_SAVE), justify="flex-end"),
    ]
    return dmc.Modal(
        id=Ids.DESCRIPTION,
        title="Name and note of the experiment",
        centered=True,
        closeButtonProps={"aria-label": "Close"},
        children=dmc.Stack(fields),
    )


def _named(label: str) -> dict[str, str]:
    return {"aria-label": label}
