"""Histograms of confidence, loss and divergence per model; a bar or a range of bars filters the instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.histograms import Histogram, Histograms
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.quantities import Quantity
from core.presentation.counts import counted
from dashboard.components.markup import attributed, labelled, named_link
from dashboard.views.compare.amounts import MINUS
from dashboard.views.compare.downloads.pictures import pictures
from dashboard.views.compare.state import Names, State, called

QUANTITY_LABELS: Mapping[Quantity, str] = {
    Quantity.CONFIDENCE_CHANGE: "Confidence change",
    Quantity.CONFIDENCE: "Confidence",
    Quantity.LOSS: "Loss",
    Quantity.LOSS_CHANGE: "Loss change",
    Quantity.KL: "KL divergence",
}


AXIS_TITLES: Mapping[Quantity, str] = {
    Quantity.CONFIDENCE_CHANGE: "change of the confidence (probability)",
    Quantity.CONFIDENCE: "confidence (probability)",
    Quantity.LOSS: "loss (nats)",
    Quantity.LOSS_CHANGE: "change of the loss (nats)",
    Quantity.KL: "KL divergence from the baseline (nats)",
}
_OF_ANSWERS = frozenset({Quantity.LOSS, Quantity.LOSS_CHANGE})


def histograms(state: State, found: Histograms | None, names: Names, *, judged: bool = True) -> Component:
    """Return the histograms of the state's quantity, one per model, and the way to other quantities.

    judged: whether right answers are known, without which there is no loss.
    """
    return html.Div(
        [
            pictures(QUANTITY_LABELS[state.quantity]),
            _quantities(state, judged=judged),
            *([_missing(state)] if found is None else [_row(state, found, names)]),
        ],
        className="histograms",
    )


def limit(value: float) -> str:
    """Return the end of a range as people read it, with a real minus sign."""
    return f"{value:.3g}".replace("-", MINUS)


def ranged(state: State, one: InstanceFilter) -> State:
    """Return the state with a range in place of another one of the same model and quantity."""
    others = tuple(
        chip
        for chip in state.chips
        if not (chip.kind is FilterKind.RANGE and chip.parts[:2] == one.parts[:2])
    )
    return replace(state, chips=others, page=0, instance=None).filtered(one)


def _quantities(state: State, *, judged: bool) -> Component:
    links = [
        dcc.Link(
            label,
            href=replace(state, quantity=which).href,
            className="compare-switch current" if which is state.quantity else "compare-switch",
        )
        for which, label in QUANTITY_LABELS.items()
        if judged or which not in _OF_ANSWERS
    ]
    switches = labelled(html.Div(links, className="compare-switches", role="group"), "Histogram of")
    return html.Div(
        [html.Span("Drag to filter", className="compare-label"), switches], className="compare-choice"
    )


def _missing(state: State) -> Component:
    text = f"{QUANTITY_LABELS[state.quantity]} is not known: the outcomes of these models do not hold it."
    return html.P(text, className="compare-note")


def _row(state: State, found: Histograms, names: Names) -> Component:
    highest = max([1, *(count for one in found.models for count in one.counts)])
    return html.Div(
        [_plot(state, found, one, names, highest) for one in found.models], className="histogram-row"
    )


def _plot(state: State, found: Histograms, one: Histogram, names: Names, highest: int) -> Component:
    name = called(names, one.model_id)
    bars = [_bar(state, found, one, place, highest) for place in range(len(one.counts))]
    ends = [found.low, (found.low + found.high) / 2, found.high]
    parts = {"data-model": one.model_id, "data-quantity": found.quantity.value}
    plot = attributed(html.Div(bars, className="histogram", role="group"), parts)
    unknown = [f"{one.unknown:,} without an answer"] if one.unknown else []
    return html.Figure(
        [
            html.Figcaption(html.Span(name, className="compare-name", title=name)),
            labelled(plot, f"{QUANTITY_LABELS[found.quantity]} of {name}"),
            html.Div([html.Span(limit(end)) for end in ends], className="histogram-axis"),
            html.Div(AXIS_TITLES[found.quantity], className="histogram-title"),
            *[html.Div(text, className="compare-dim") for text in unknown],
        ]
    )


def _bar(state: State, found: Histograms, one: Histogram, place: int, highest: int) -> Component:
    low, high = found.edges[place], found.edges[place + 1]
    count, passed = one.counts[place], one.passed[place]
    fill = [html.Span(className="all", style={"height": _height(count, highest)})]
    fill += [html.Span(className="passed", style={"height": _height(passed, highest)})] if passed else []
    about = _about(low, high, count, passed)
    ends = {"data-low": repr(low), "data-high": repr(high)}
    if not count:
        return attributed(html.Span(className="histogram-bar", title=about), ends)
    parts = (one.model_id, found.quantity.value, repr(low), repr(high))
    link = named_link(fill, about, href=ranged(state, InstanceFilter(FilterKind.RANGE, parts)).href)
    return attributed(html.Span(link, className="histogram-bar", title=about), ends)


def _height(count: int, highest: int) -> str:
    """Return the height of a bar; what is not empty is seen."""
    return f"max({100 * count / highest:.2f}%, 1px)" if count else "0"


def _about(low: float, high: float, count: int, passed: int) -> str:
    return f"{between(low, high)}: {counted(count, 'instance')}, {passed:,} of them listed"


def between(low: float, high: float) -> str:
    """Return a range in words, e.g. `0.5 to 0.55`, `below 0.1`."""
    if low == float("-inf"):
        return f"below {limit(high)}"
    return f"at least {limit(low)}" if high == float("inf") else f"{limit(low)} to {limit(high)}"
