"""The web dashboard: a Dash application over the services of the core. It never imports torch."""

from dashboard.factory import create

__all__ = ["create"]
