"""Documents as JSON bytes; Dash components become what the browser renders."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component
from pydantic_core import from_json, to_json


def written(value: Any) -> bytes:
    """Return the value as JSON; numbers that are not finite become null."""
    return to_json(value, fallback=_plain, inf_nan_mode="null")


def plain(value: Any) -> Any:
    """Return a value that holds components as plain JSON, so that two versions can be compared."""
    return from_json(written(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return value.to_plotly_json()
    raise TypeError(f"{type(value).__name__} cannot be sent to the browser")
