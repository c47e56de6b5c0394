"""A list of names with counts, each with a bar: what there is much of and what is rare, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component


def counted_bars(counts: Sequence[tuple[str, int]], *, total: int, label: str) -> Component:
    """Return the list; bars end at the largest count, percentages are shares of `total`."""
    largest = max((count for _, count in counts), default=0)
    return html.Ul(
        [html.Li(_row(name, count, largest, total)) for name, count in counts],
        className="counted-bars",
        **_aria(label=label),
    )


def share(count: int, total: int) -> str:
    """Return e.g. `12.4 %`; what is there but rounds to nothing is `< 0.1 %`."""
    percent = 100 * count / total if total else 0.0
    return "< 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def _row(name: str, count: int, largest: int, total: int) -> list[Component]:
    width = 100 * count / largest if largest else 0
    return [
        html.Span(name or "(empty)", className="counted-name", title=name),
        html.Span(
            html.Span(style={"width": f"{width:.2f}%"}), className="counted-bar", **_aria(hidden="true")
        ),
        html.Span(f"{count:,}", className="counted-count"),
        html.Span(share(count, total), className="counted-share"),
    ]


def _aria(**attributes: str) -> dict[str, Any]:
    return {f"aria-{name}": value for name, value in attributes.items()}
