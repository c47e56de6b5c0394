"""How many predictions of a model changed in which way; each count is a link to those instances."""

from __future__ import annotations

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.selecting import Flip
from core.presentation.counts import counted as in_words
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.instance_list import Counts
from dashboard.views.compare.state import Names, State

FLIP_LABELS: Mapping[Flip, tuple[str, str]] = {
    Flip.REGRESSION: ("regression", "Right before, wrong now"),
    Flip.FIX: ("fix", "Wrong before, right now"),
    Flip.BOTH_WRONG: ("both wrong", "Wrong before and now"),
    Flip.ONE_WRONG: ("only one wrong", "Regressions and fixes together"),
    Flip.BOTH_RIGHT: ("both right", "Right before and now"),
    Flip.CHANGED: ("changed", "Another prediction than the baseline's"),
}
_PLURALS = frozenset({"regression", "fix"})
_EXEMPLARS = (
    "Compression-identified exemplars: the most frequent prediction of the compressed models is not that of "
    "the baseline (Hooker et al. 2019)"
)


def flip_links(state: State, found: Behaviour, names: Names, counts: Counts) -> Component:
    """Return a line of counts per model, and the exemplars where at least three models are compared."""
    rows = [
        html.Tr(
            [
                html.Th(
                    html.Span(names[model.id], className="compare-name"), scope="row", title=names[model.id]
                ),
                *[
                    _count(
                        state, InstanceFilter(FilterKind.FLIP, (str(model.id), kind.value)), counts, *words
                    )
                    for kind, words in FLIP_LABELS.items()
                    if found.split.labelled or kind is Flip.CHANGED
                ],
            ]
        )
        for model in found.models
    ]
    return html.Div(
        [html.Table(html.Tbody(rows), className="flip-counts"), *_exemplars(state, found, counts)],
        className="compare-scroll",
    )


def _count(state: State, one: InstanceFilter, counts: Counts, label: str, about: str) -> Component:
    number = counts.get(one)
    text = in_words(number or 0, label) if label in _PLURALS else f"{number or 0:,} {label}"
    link = dcc.Link(text, href=state.filtered(one).href, className="compare-filtering")
    return html.Td(link if number else text, title=about, className="" if number else "compare-dim")


def _exemplars(state: State, found: Behaviour, counts: Counts) -> list[Component]:
    one = InstanceFilter(FilterKind.EXEMPLARS)
    number = counts.get(one)
    if number is None:
        return []
    text = f"{in_words(number, 'exemplar')} of all {len(found.models)} models"
    link = dcc.Link(text, href=state.filtered(one).href, className="compare-filtering") if number else text
    return [html.P(link, title=_EXEMPLARS, className="flip-exemplars")]
