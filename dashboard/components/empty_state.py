"""What a view shows when it has nothing to show yet: why, and what to do next."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash.development.base_component import Component


def empty_state(title: str, what_next: str, *actions: Component) -> Component:
    """Return a calm panel with a title, one sentence of advice and any number of actions."""
    return dmc.Center(
        dmc.Stack(
            [dmc.Text(title, fw=600, size="lg"), dmc.Text(what_next, c="dimmed", maw=460), *actions],
            align="center",
            gap="xs",
            ta="center",
        ),
        className="empty-state",
        p="xl",
    )
