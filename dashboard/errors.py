"""What a person sees when a handler fails: message and hint, never a traceback."""

from __future__ import annotations

import logging

from dash import ctx, set_props
from dash.exceptions import MissingCallbackContextException

from core.errors import CompressCompareError
from dashboard.components.notification import Notification, notification
from dashboard.ids import ShellIds

_log = logging.getLogger(__name__)


def notify(error: Exception) -> None:
    """Show the error of a callback as a notification; the callback's outputs stay as they are."""
    set_props(ShellIds.NOTIFICATIONS, {"sendNotifications": [describe(error)]})


def describe(error: Exception) -> Notification:
    """Return what to tell about an error; unexpected ones are logged with their traceback."""
    if isinstance(error, CompressCompareError):
        return notification(error.message, error.hint, failure=True)
    _log.error("A handler failed", exc_info=error, extra={"action": "callback", "trigger": _trigger()})
    return notification(
        "Something went wrong on the server, and this action had no effect.",
        "Try again. If it happens again, the server's log has the details.",
        failure=True,
    )


def _trigger() -> str:
    try:
        return str(ctx.triggered_id)
    except (MissingCallbackContextException, LookupError):  # not within a callback
        return "live"
