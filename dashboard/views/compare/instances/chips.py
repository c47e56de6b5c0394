"""The active conditions on instances as chips; each is a link to the page without it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from dashboard.components.markup import named_link
from dashboard.views.compare.instances.histograms import between
from dashboard.views.compare.state import Names, State, called

_ARROW = " \N{RIGHTWARDS ARROW} "
_FLIPS = {
    "regression": "right before, wrong now",
    "fix": "wrong before, right now",
    "changed": "another prediction",
    "same": "the same prediction",
    "both-right": "right before and now",
    "both-wrong": "wrong before and now",
    "one-wrong": "only one of both wrong",
}


def chips(state: State, names: Names) -> list[Component]:
    """Return the row of chips; nothing without conditions."""
    if not state.chips:
        return []
    parts = [
        html.Span("Instances with", className="compare-label"),
        *[_chip(state, one, words(one, names)) for one in state.chips],
    ]
    return [html.Div(parts, className="compare-filters")]


def words(one: InstanceFilter, names: Names) -> str:
    """Return a condition for people, with models under their names."""
    parts = one.parts
    named = called(names, parts[0]) if one.kind in _OF_MODEL else ""
    match one.kind:
        case FilterKind.GROUP:
            text = f"{parts[0]} {parts[1]}"
        case FilterKind.FLIP:
            text = f"{named}: {_FLIPS.get(parts[1], parts[1])}"
        case FilterKind.MOVE:
            text = f"{named}: {parts[1]}{_ARROW}{parts[2]}"
        case FilterKind.CELL:
            text = f"{named}: {parts[1]} taken for {parts[2]}"
        case FilterKind.RANGE:
            text = f"{named}: {parts[1].replace('-', ' ')} {_range(parts[2], parts[3])}"
        case FilterKind.ANSWER:
            text = f"{named}: {parts[1]} answers"
        case FilterKind.TEXT:
            text = f"text \N{LEFT DOUBLE QUOTATION MARK}{parts[0]}\N{RIGHT DOUBLE QUOTATION MARK}"
        case FilterKind.IDS:
            text = f"id {', '.join(parts[:3])}{' ...' if len(parts) > 3 else ''}"
        case FilterKind.EXEMPLARS:
            text = "exemplars"
    return text


def _range(low: str, high: str) -> str:
    """Return a range in words; as it is written where its ends are no numbers."""
    try:
        return between(float(low), float(high))
    except ValueError:
        return f"{low} to {high}"


_OF_MODEL = {FilterKind.FLIP, FilterKind.MOVE, FilterKind.CELL, FilterKind.RANGE, FilterKind.ANSWER}


def _chip(state: State, one: InstanceFilter, text: str) -> Component:
    href = state.unfiltered(one).href
    remove = named_link("\N{MULTIPLICATION SIGN}", f"Remove the filter {text}", href=href)
    return html.Span(
        [html.Span(text, className="compare-chip-name"), remove],
        className="compare-chip compare-filter",
        title=text,
    )
