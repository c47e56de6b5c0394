"""The frame around every page: header, navigation, appearance, notifications and routing."""

from __future__ import annotations

from core.services.application import Application
from dashboard import training_curves
from dashboard.shell import appearance, boot, first_project, palette, pulse, routing, share_panel, undoing
from dashboard.shell.page import layout
from dashboard.static_files import LastingAssets

__all__ = ["layout", "register"]


def register(app: LastingAssets, product: Application) -> None:
    """Wire the shell."""
    boot.register(app)
    appearance.register(app)
    routing.register(app, product)
    first_project.register(app, product)
    pulse.register(app)
    share_panel.register(app)
    training_curves.register(app)
    undoing.register(app, product)
    palette.register(app.server, product)
