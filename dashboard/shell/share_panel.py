"""The panel behind the button "Share"; `dashboard.access.sharing` makes its link."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.ids import ShellIds

_DAYS = ("7", "30", "90", "365")


def share_panel() -> Component:
    """Return the button with its panel; hidden where nobody signs in, or the role does not allow it."""
    return html.Div(
        dmc.Popover(
            [
                dmc.PopoverTarget(dmc.Button("Share", id=ShellIds.SHARE, variant="default")),
                dmc.PopoverDropdown(dmc.Stack(_content(), gap="xs")),
            ],
            width=320,
            position="bottom-end",
        ),
        className="shell-sharing",
    )


def _content() -> list[Component]:
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
