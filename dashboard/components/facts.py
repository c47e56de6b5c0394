"""A list of facts: a label and a value per line."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component


def facts(rows: Iterable[tuple[str, str | Component]]) -> Component:
    """Return a definition list."""
    entries = [entry for label, value in rows for entry in (html.Dt(label), html.Dd(value))]
    return html.Dl(entries, className="facts")
