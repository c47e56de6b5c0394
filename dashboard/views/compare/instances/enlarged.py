"""One instance large, over the page: picture or text, and what every model thinks of it side by side."""

from __future__ import annotations

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.distribution import ClassRow, Distribution
from core.comparison.behaviour.token_probabilities import token_lines
from core.presentation.numbers import percent
from core.services.behaviour.instance_list import Answer, ShownInstance
from dashboard.components.markup import labelled, named_link
from dashboard.views.compare.instances.answer_texts import answer_text, parting
from dashboard.views.compare.instances.panel import (
    Shown,
    about,
    confidence,
    picture,
    tone,
    wanted_answer,
)
from dashboard.views.compare.instances.token_line import token_row


def enlarged(shown: Shown, one: ShownInstance, spread: Distribution | None) -> Component:
    """Return the dialog; its links lead to the neighbours in the list and back to the page."""
    place = _place(shown, one.position)
    back = replace(shown.state, instance=None).href
    close = named_link("\N{MULTIPLICATION SIGN}", "Close", href=back, class_name="instance-close")
    head = html.Div([html.H2(one.label or one.id), *_steps(shown, place), close], className="instance-head")
    body = [html.Div([_what(one), _facts(one)], className="instance-what"), _answers(shown, one, spread)]
    dialog = html.Div(
        [head, html.Div(body, className="instance-body")],
        className="instance-dialog",
        role="dialog",
        tabIndex="-1",
    )
    setattr(dialog, "aria-modal", "true")
    return html.Div(labelled(dialog, f"Instance {one.id}"), className="instance-cover")


def _place(shown: Shown, position: int) -> int | None:
    found = (shown.page.positions == position).nonzero()[0]
    return int(found[0]) if len(found) else None


def _steps(shown: Shown, place: int | None) -> list[Component]:
    """Return the links to the neighbours, and where in the list the instance is."""
    total = len(shown.page.positions)
    if place is None:
        return [html.Span("not among the filtered instances", className="compare-label")]
    steps = [
        ("\N{LEFTWARDS ARROW}", "Previous instance", place - 1, "instance-previous"),
        ("\N{RIGHTWARDS ARROW}", "Next instance", place + 1, "instance-next"),
    ]
    links = [
        named_link(
            sign,
            label,
            href=replace(shown.state, instance=int(shown.page.positions[at])).href,
            class_name=name,
        )
        for sign, label, at, name in steps
        if 0 <= at < total
    ]
    return [html.Span(f"{place + 1:,} of {total:,}", className="compare-label"), *links]


def _what(one: ShownInstance) -> Component:
    if one.text is not None:
        return html.Blockquote(one.text, className="instance-whole-text")
    return picture(one)


def _facts(one: ShownInstance) -> Component:
    facts = [("id", one.id), *one.columns]
    return html.Dl([part for name, value in facts for part in (html.Dt(name), html.Dd(value))])


def _answers(shown: Shown, one: ShownInstance, spread: Distribution | None) -> Component:
    names = [shown.names[answer.model_id] for answer in one.answers]
    head = [html.Th(""), *[html.Th(html.Span(name), scope="col", title=name) for name in names]]
    models = [shown.found.predictions[answer.model_id] for answer in one.answers]
    tokens = token_row(token_lines(models, one.position), names, judged=shown.found.split.labelled)
    rows = [
        _predicted(shown, one),
        *([] if shown.found.split.class_names else [_parting(one)]),
        *tokens,
        *([] if spread is None else map(_class_row, spread.rows)),
    ]
    left = (
        [] if spread is None or not spread.left else [f"{spread.left:,} less probable classes are not shown."]
    )
    return html.Div(
        [
            html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="instance-distribution"),
            *[html.P(text, className="compare-caption") for text in left],
        ],
        className="compare-scroll",
    )


def _predicted(shown: Shown, one: ShownInstance) -> Component:
    cells = [
        html.Td(
            [_said(shown, one, answer), html.Span(confidence(answer))],
            title=about(shown.names[answer.model_id], answer),
        )
        for answer in one.answers
    ]
    return html.Tr([html.Th("Prediction", scope="row"), *cells], className="instance-predicted")


def _said(shown: Shown, one: ShownInstance, answer: Answer) -> Component:
    if shown.found.split.class_names:
        return html.Strong(answer.prediction, className=tone(answer))
    return html.Div(answer_text(answer, wanted_answer(one)))


def _parting(one: ShownInstance) -> Component:
    """Return where the answer of each model parts from the baseline's."""
    cells = [html.Td(html.Span(text, className="compare-dim")) for text in ("", *parting(one.answers)[1:])]
    return html.Tr([html.Th("Along the answer", scope="row"), *cells])


def _class_row(row: ClassRow) -> Component:
    name = html.Th(
        html.Span(row.name, className="compare-name"), scope="row", className="right" if row.right else ""
    )
    return html.Tr([name, *[html.Td(_bar(each, right=row.right)) for each in row.probabilities]])


def _bar(probability: float | None, *, right: bool) -> Component:
    if probability is None:
        return html.Span("\N{EM DASH}", title="no answer")
    bar = html.Span(style={"width": f"{probability * 100:.1f}%"}, className="right" if right else "")
    return html.Div(
        [html.Span(bar, className="instance-bar"), html.Span(percent(probability))],
        className="instance-probability",
    )
