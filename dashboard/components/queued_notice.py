"""The notification of new runs, with a link to the queue."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc

from core.presentation.counts import counted
from dashboard.address import Address
from dashboard.components.notification import Notification, notification


def queued(slug: str, runs: int = 1) -> Notification:
    """Return the notification of so many runs of a project."""
    link = dcc.Link("Open the queue", href=Address("queue", slug).href)
    return notification("") | {"message": dmc.Group([f"{counted(runs, 'run')} queued", link], gap="md")}
