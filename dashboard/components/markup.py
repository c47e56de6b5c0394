"""Attributes for assistive technology, which dash types only as wildcards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from dash import dcc, html
from dash.development.base_component import Component

C = TypeVar("C", bound=Component)


def labelled(component: C, label: str) -> C:
    """Give a component the name that a screen reader says.

    Raises:
        TypeError: it is a `dcc.Link`, which drops such attributes.
    """
    if isinstance(component, dcc.Link):
        raise TypeError(f"dcc.Link drops the name {label!r}: use named_link().")
    setattr(component, "aria-label", label)
    return component


def named_link(content: Any, label: str, *, href: str, class_name: str = "") -> Component:
    """Return a link within the page that is a sign or picture; the content has its name: `Link` cannot."""
    return dcc.Link(labelled(html.Span(content, role="img"), label), href=href, className=class_name)


def attributed(component: C, attributes: Mapping[str, str]) -> C:
    """Give a component attributes such as `data-place`, which scripts of the page read."""
    for name, value in attributes.items():
        setattr(component, name, value)
    return component


def decoration(sign: str) -> Component:
    """Return a sign that a screen reader leaves out."""
    span = html.Span(sign)
    setattr(span, "aria-hidden", "true")
    return span
