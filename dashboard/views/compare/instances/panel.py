"""Single instances below the groups: pictures or texts, with the answer of every model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.behaviour.selecting import Order
from core.domain.data.instance_group import InstanceGroup
from core.presentation.counts import counted
from core.presentation.numbers import whole_percent
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.instance_list import Answer, InstancePage, ShownInstance, possible_order
from dashboard.components.markup import attributed, labelled, named_link
from dashboard.files.instance_pictures import source
from dashboard.views.compare.amounts import percent, signed
from dashboard.views.compare.ids import Ids
from dashboard.views.compare.instances.answer_columns import AnswerColumns, answer_columns, values_line
from dashboard.views.compare.instances.answer_texts import answer_text, fault_counts, parting
from dashboard.views.compare.instances.chips import words
from dashboard.views.compare.instances.flip_links import flip_links
from dashboard.views.compare.instances.groups import saved, saving
from dashboard.views.compare.instances.histograms import histograms
from dashboard.views.compare.state import Names, State

ORDER_LABELS: Mapping[Order, str] = {
    Order.REGRESSION: "Largest regression",
    Order.DISAGREEMENT: "Disagreement",
    Order.CONFIDENCE: "Confidence change",
    Order.DATA: "As in the data",
}
PICTURES, TEXTS = 24, 20
"""Instances on a page."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What the panel draws."""

    state: State
    found: Behaviour
    names: Names
    page: InstancePage
    groups: tuple[InstanceGroup, ...] = ()
    columns: AnswerColumns = field(default_factory=AnswerColumns)


def panel(shown: Shown) -> Component:
    """Return the panel: how many passed, order and search, the instances, and the way to other pages."""
    page = shown.page
    pictured = any(one.picture for one in page.shown)
    return html.Section(
        [
            html.Div([html.H2(_title(shown)), *_ignored(shown)], className="compare-instances-head"),
            flip_links(shown.state, shown.found, shown.names, page.counts),
            *fault_counts(shown.state, shown.found, shown.names, page.counts),
            histograms(shown.state, page.histograms, shown.names, judged=shown.found.split.labelled),
            *answer_columns(shown.state, shown.found, shown.names, shown.columns, page.positions),
            html.Div([_orders(shown), _search(), html.Div(className="shell-space"), _pager(shown)]),
            *_not_kept(page),
            html.Div([saving(page.total)]),
            *saved(shown.state, shown.groups),
            *([_grid(shown) if pictured else _table(shown)] if page.shown else [_nothing(shown)]),
        ],
        className="compare-card compare-instances",
    )


def _title(shown: Shown) -> str:
    total, everything = shown.page.total, shown.found.comparison.instances
    every = counted(everything, "instance")
    return every if total == everything else f"{total:,} of {every}"


def _ignored(shown: Shown) -> list[Component]:
    texts = [words(one, shown.names) for one in shown.page.ignored]
    if not texts:
        return []
    return [html.P(f"Not applied, for it means nothing here: {'; '.join(texts)}.", className="compare-note")]


def _orders(shown: Shown) -> Component:
    state, current = shown.state, possible_order(shown.found, shown.state.order)
    links = [
        dcc.Link(
            label,
            href=replace(state, order=order, page=0).href,
            className="compare-switch current" if order is current else "compare-switch",
        )
        for order, label in ORDER_LABELS.items()
        if possible_order(shown.found, order) is order
    ]
    switches = labelled(html.Div(links, className="compare-switches", role="group"), "Order")
    return html.Div([html.Span("Order", className="compare-label"), switches], className="compare-choice")


def _search() -> Component:
    return dmc.TextInput(
        id=Ids.SEARCH,
        value="",
        placeholder="Search text or id",
        debounce=True,
        w=190,
        size="xs",
        **{"aria-label": "Search text or id"},
    )


def _pager(shown: Shown) -> Component:
    state, page = shown.state, shown.page
    last = page.pages - 1
    ends = [
        ("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "Previous page", page.page - 1, page.page > 0),
        ("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", "Next page", page.page + 1, page.page < last),
    ]
    previous, following = (
        named_link(sign, label, href=replace(state, page=number).href, class_name="compare-page-link")
        if possible
        else html.Span(sign, className="compare-page-link off")
        for sign, label, number, possible in ends
    )
    count = html.Span(f"page {page.page + 1:,} of {page.pages:,}", className="compare-label")
    return html.Div([previous, count, following], className="compare-pager")


def _not_kept(page: InstancePage) -> list[Component]:
    """Return the offer to keep what is shown; hidden until something turns out missing."""
    missing = page.kept is None
    text = (
        "Pictures and texts of these instances were not kept yet."
        if missing
        else "Pictures of these instances were deleted."
    )
    button = html.Button("Keep them now", id=Ids.KEEP, className="compare-button", type="button")
    parts = [html.Span(f"{text} A worker reads the data once and keeps them. "), button]
    return [
        html.P(
            parts, className="compare-note" if missing else "compare-note compare-gone", hidden=not missing
        )
    ]


def _nothing(shown: Shown) -> Component:
    clear = dcc.Link("Remove all filters", href=replace(shown.state, chips=(), page=0).href)
    return html.P(["No instance passes all filters. ", clear], className="compare-empty")


def _grid(shown: Shown) -> Component:
    return html.Ul([html.Li(_card(shown, one)) for one in shown.page.shown], className="instance-grid")


def _card(shown: Shown, one: ShownInstance) -> Component:
    href = replace(shown.state, instance=one.position).href
    enlarge = named_link(picture(one), f"Enlarge {one.id}", href=href)
    rows = [_answer_row(shown.names, answer) for answer in one.answers]
    return html.Figure(
        [
            enlarge,
            html.Figcaption(
                [
                    _tick(one),
                    html.Strong(one.label if one.label is not None else one.id, className="compare-name"),
                    html.Table(html.Tbody(rows)),
                ]
            ),
        ],
        title=one.id,
    )


def _tick(one: ShownInstance) -> Component:
    """Return the button that ticks an instance for a group; the browser keeps what is ticked."""
    shown = {"data-place": str(one.position), "aria-pressed": "false"}
    button = html.Button(type="button", className="instance-pick")
    return labelled(attributed(button, shown), f"Pick {one.id}")


def picture(one: ShownInstance) -> Component:
    """Return the picture of an instance, or a frame that says there is none."""
    if one.picture is None:
        return html.Span("no picture", className="instance-no-picture")
    return html.Img(src=source(one.picture), alt=one.label or one.id, className="instance-picture")


def _answer_row(names: Names, answer: Answer) -> Component:
    name = names[answer.model_id]
    return html.Tr(
        [
            html.Td(html.Span(html.Bdi(name), className="compare-name"), title=name),
            html.Td(html.Span(answer.prediction, className="compare-name"), className=tone(answer)),
            html.Td(confidence(answer)),
        ],
        title=about(name, answer),
    )


def tone(answer: Answer) -> str:
    """Return the class of a prediction: wrong ones are marked."""
    return "instance-answer wrong" if answer.correct is False else "instance-answer"


def confidence(answer: Answer) -> str:
    """Return the confidence in a prediction, e.g. `81 %`; empty where it is not kept."""
    return "" if answer.confidence is None else whole_percent(answer.confidence)


def about(name: str, answer: Answer) -> str:
    """Return one answer in words."""
    known = [] if answer.confidence is None else [f"confidence {percent(answer.confidence)}"]
    if answer.confidence_change is not None and answer.changed:
        known.append(f"{signed(answer.confidence_change)} points from the baseline's")
    known += [] if answer.loss is None else [f"loss {answer.loss:.3g}"]
    if answer.correct is not None:
        known.insert(0, "right" if answer.correct else "wrong")
    return f"{name}: {answer.prediction} ({', '.join(known)})" if known else f"{name}: {answer.prediction}"


def _table(shown: Shown) -> Component:
    names = [shown.names[answer.model_id] for answer in shown.page.shown[0].answers]
    heads = [
        "Instance",
        *(["Right"] if any(one.label is not None for one in shown.page.shown) else []),
        *names,
    ]
    rows = [_text_row(shown, one, labelled_=len(heads) > len(names) + 1) for one in shown.page.shown]
    head = html.Tr([html.Th(name, scope="col", title=name) for name in heads])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="instance-texts")
    return html.Div(table, className="compare-scroll")


def _text_row(shown: Shown, one: ShownInstance, *, labelled_: bool) -> Component:
    text = one.id if one.text is None else one.text
    link = dcc.Link(text, href=replace(shown.state, instance=one.position).href, className="instance-text")
    answers = [_answer_cell(shown, one, at) for at in range(len(one.answers))]
    return html.Tr(
        [html.Td([_tick(one), link], title=one.id), *([html.Td(one.label)] if labelled_ else []), *answers]
    )


def _answer_cell(shown: Shown, one: ShownInstance, at: int) -> Component:
    answer = one.answers[at]
    name = about(shown.names[answer.model_id], answer)
    if shown.found.split.class_names:
        said = html.Span(answer.prediction, className=tone(answer))
        return html.Td([said, html.Span(confidence(answer))], title=name)
    values = values_line(shown.found, shown.columns, answer.model_id, one.position)
    told = f"{name}; {parting(one.answers)[at]}"
    return html.Td([answer_text(answer, wanted_answer(one)), *values], title=told)


def wanted_answer(one: ShownInstance) -> str:
    """Return the answer that others are compared with: the right one, or else the baseline's."""
    return one.answers[0].prediction if one.label is None else one.label
