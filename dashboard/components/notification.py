"""Short messages in the corner of the page."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

Notification = dict[str, Any]


def notification(message: str, hint: str = "", *, failure: bool = False) -> Notification:
    """Return an entry for `sendNotifications`: what happened, and what to do about it."""
    return {
        "action": "show",
        "id": uuid4().hex,
        "title": message,
        "message": hint,
        "color": "red" if failure else "indigo",
        "autoClose": 12_000 if failure else 6_000,
        "closeButtonProps": {"aria-label": "Close"},
    }
