"""Choices in the bar: a label and links, one of which is current."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.markup import labelled

_NOTHING: Mapping[str, str] = MappingProxyType({})


def links(
    label: str, choices: Iterable[tuple[str, str, bool]], *, about: Mapping[str, str] = _NOTHING
) -> Component:
    """Return a choice of texts with their addresses and whether they are chosen; `about`: tooltips."""
    group = html.Div(switches(choices, about), className="compare-switches", role="group")
    named = html.Span(label, className="compare-label")
    return html.Div([named, labelled(group, label)], className="compare-choice")


def switches(
    choices: Iterable[tuple[str, str, bool]], about: Mapping[str, str] = _NOTHING
) -> list[Component]:
    """Return the links alone."""
    return [
        dcc.Link(
            text,
            href=href,
            className="compare-switch current" if current else "compare-switch",
            title=about.get(text, ""),
        )
        for text, href, current in choices
    ]
