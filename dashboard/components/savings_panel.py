"""Why a model is not smaller or faster: the sentences, its bytes by use, and its slowest layers."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.comparison.savings.tables import KindBytes, LayerTime
from core.comparison.savings.words import paragraph, size
from core.presentation.numbers import whole_percent as percent
from core.services.layers.savings import Savings

MOST_LAYERS = 8
QUESTION = "Why is it not smaller? Why is it not faster?"


def savings_panel(found: Savings, *, opened: bool = False) -> Component:
    """Return a folded section; everything in it follows from what is stored."""
    title = "Where bytes and time go" if found.baseline is None else QUESTION
    return html.Details([html.Summary(title), *savings_content(found)], className="savings", open=opened)


def savings_content(found: Savings) -> list[Component]:
    """Return what is in the section: the sentences, what was not measured, bytes by use, slowest layers."""
    return [
        *[html.P(paragraph(each), className="savings-told") for each in (found.size, found.speed) if each],
        *[html.P(text, className="savings-missing") for text in found.missing],
        *([_bytes(found.kinds)] if found.kinds else []),
        *([_times(found.layers)] if found.layers else []),
    ]


def _bytes(kinds: Sequence[KindBytes]) -> Component:
    compared = all(each.before is not None for each in kinds)
    largest = max(max(each.after, each.before or 0) for each in kinds)
    total, before = sum(each.after for each in kinds), sum(each.before or 0 for each in kinds)
    rows = [
        _row(
            each.kind.value.capitalize(),
            size(each.after),
            size(each.before or 0) if compared else "",
            each.after / largest,
        )
        for each in kinds
    ]
    rows.append(_row("File", size(total), size(before) if compared else "", None))
    return _table("Bytes by use", ("Use", "Now", "Before" if compared else ""), rows)


def _times(layers: Sequence[LayerTime]) -> Component:
    slowest = sorted(layers, key=lambda layer: -layer.share)[:MOST_LAYERS]
    compared = any(layer.share_before is not None for layer in slowest)
    rows = [
        _row(
            layer.module or "the whole model",
            percent(layer.share),
            "" if layer.share_before is None else percent(layer.share_before),
            layer.share / (slowest[0].share or 1.0),
            layer.arithmetic or layer.module_type,
        )
        for layer in slowest
    ]
    title = "Slowest layers, share of all layers' time" if len(layers) > len(slowest) else "Time by layer"
    return _table(title, ("Layer", "Now", "Before" if compared else ""), rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Component]) -> Component:
    head = html.Thead(html.Tr([html.Th(columns[0]), html.Th(""), *[html.Th(name) for name in columns[1:]]]))
    return html.Table([html.Caption(title), head, html.Tbody(list(rows))], className="savings-table")


def _row(name: str, now: str, before: str, share: float | None, note: str = "") -> Component:
    bar = (
        [] if share is None else [html.Span(style={"width": f"{100 * share:.1f}%"}, className="savings-bar")]
    )
    label = [html.Span(name, className="savings-name", title=name)]
    if note:
        label.append(html.Span(note, className="savings-note"))
    return html.Tr([html.Th(label, scope="row"), html.Td(bar), html.Td(now), html.Td(before)])
