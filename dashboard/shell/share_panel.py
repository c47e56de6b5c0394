"""The panel behind the button "Share": links, which `dashboard.access.sharing` makes, and frozen copies."""

from __future__ import annotations

from importlib.metadata import version

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.ids import ShellIds

_DAYS = ("7", "30", "90", "365")


def share_panel() -> Component:
    """Return the button with its panel; links are hidden where nobody signs in or the role forbids them."""
    return html.Div(
        dmc.Popover(
            [
                dmc.PopoverTarget(dmc.Button("Share", id=ShellIds.SHARE, variant="default")),
                dmc.PopoverDropdown(
                    [
                        html.Div(dmc.Stack(_link(), gap="xs"), className="shell-share-link"),
                        dmc.Stack(_frozen_copy(), gap="xs"),
                    ]
                ),
            ],
            width=320,
            position="bottom-end",
        ),
        className="shell-sharing",
    )


def register(app: Dash) -> None:
    """Have the browser write the frozen copy."""
    app.clientside_callback(
        ClientsideFunction("frozen", "download"),
        Output(ShellIds.FREEZE_TOLD, "children"),
        Input(ShellIds.FREEZE, "n_clicks"),
        State(ShellIds.FREEZE_PICTURES, "checked"),
        State(ShellIds.VERSION, "data"),
        prevent_initial_call=True,
    )


def _link() -> list[Component]:
    return [
        dmc.Text("A read-only link to exactly this view. Whoever has it sees this project and nothing else."),
        dmc.Select(
            label="Works for",
            id=ShellIds.SHARE_DAYS,
            data=[{"value": days, "label": f"{days} days"} for days in _DAYS],
            value="30",
            allowDeselect=False,
            comboboxProps={"withinPortal": False},
        ),
        dmc.Button("Make a link and copy it", id=ShellIds.SHARE_MAKE),
        dmc.TextInput(id=ShellIds.SHARE_LINK, readOnly=True, **{"aria-label": "Share link"}),
        dmc.Text(id=ShellIds.SHARE_TOLD, c="dimmed"),
    ]


def _frozen_copy() -> list[Component]:
    return [
        dmc.Text("A frozen copy: this page as it is now, in one file that opens without a server."),
        dmc.Checkbox(
            label="With thumbnails of instances", id=ShellIds.FREEZE_PICTURES, checked=False, size="xs"
        ),
        dmc.Button("Download a frozen copy", id=ShellIds.FREEZE, variant="default"),
        dmc.Text(id=ShellIds.FREEZE_TOLD, c="dimmed"),
        dcc.Store(id=ShellIds.VERSION, data=version("compress-and-compare")),
    ]
