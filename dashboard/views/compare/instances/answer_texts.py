"""Written answers in a cell: what they add to the right one and what they miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.answers import Fault, difference, first_divergence
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.instance_list import Answer, Counts
from dashboard.views.compare.state import Names, State

FAULT_LABELS: Mapping[Fault, tuple[str, str]] = {
    Fault.EMPTY: ("empty", "Nothing but space"),
    Fault.REPEATED: ("repeated", "The same words at least three times in a row"),
    Fault.CUT: ("cut", "The beginning of the right answer, and no more"),
}
EMPTY = "empty answer"


def answer_text(answer: Answer, wanted: str) -> Component:
    """Return an answer with its differences from the wanted one: the right one, or else the baseline's."""
    if answer.correct or answer.prediction == wanted:
        return html.Span(answer.prediction, className="instance-answer")
    if not answer.prediction.strip():
        return html.Span(EMPTY, className="instance-answer wrong")
    pieces = [
        html.Span(f"{piece.text} ", className=f"answer-{piece.change.value}")
        for piece in difference(wanted, answer.prediction)
    ]
    return html.Span(pieces, className="instance-answer")


def parting(answers: Sequence[Answer]) -> list[str]:
    """Return per answer where it parts from the baseline's, which is the first of them."""
    found = []
    for answer in answers:
        place = first_divergence(answers[0].prediction, answer.prediction)
        found.append(
            "as the baseline's" if place is None else f"parts from the baseline's at word {place + 1}"
        )
    return found


def fault_counts(state: State, found: Behaviour, names: Names, counts: Counts) -> list[Component]:
    """Return how many answers broke down, per model; nothing where predictions are classes."""
    if found.split.class_names:
        return []
    rows = [
        html.Tr(
            [
                html.Th(html.Span(names[model.id], className="compare-name"), scope="row"),
                *[
                    _count(
                        state, counts, InstanceFilter(FilterKind.ANSWER, (str(model.id), kind.value)), *words
                    )
                    for kind, words in FAULT_LABELS.items()
                    if found.split.labelled or kind is not Fault.CUT
                ],
            ]
        )
        for model in (found.baseline, *found.models)
    ]
    return [html.Table(html.Tbody(rows), className="flip-counts fault-counts")]


def _count(state: State, counts: Counts, one: InstanceFilter, label: str, about: str) -> Component:
    number = counts.get(one)
    text = f"{number or 0:,} {label}"
    link = dcc.Link(text, href=state.filtered(one).href, className="compare-filtering")
    return html.Td(link if number else text, title=about, className="" if number else "compare-dim")
