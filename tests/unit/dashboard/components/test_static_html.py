"""Parts of a page without callbacks become HTML with the same elements, attributes and texts."""

from __future__ import annotations

import dash_mantine_components as dmc
import pytest
from dash import dcc, html

from dashboard.components.markup import attributed, labelled
from dashboard.components.static_html import LEAST, StaticHtml, condensed, written

CELLS = [html.Span(str(number)) for number in range(LEAST)]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (html.Span("a < b & c"), "<span>a &lt; b &amp; c</span>"),
        (html.Td(3, colSpan=2), '<td colspan="2">3</td>'),
        (html.Td(3, className="wide"), '<td class="wide">3</td>'),
        (html.P(["one ", None, html.B("two")]), "<p>one <b>two</b></p>"),
        (html.I(style={"height": "50%", "marginLeft": "1px"}), '<i style="height:50%;margin-left:1px"></i>'),
        (html.Img(alt='"quoted"'), '<img alt="&quot;quoted&quot;">'),
        (html.P("", hidden=True), "<p hidden></p>"),
        (html.P("", hidden=False), "<p></p>"),
        (labelled(html.B("x"), "cross"), '<b aria-label="cross">x</b>'),
        (attributed(html.B("x"), {"data-place": "3"}), '<b data-place="3">x</b>'),
        (dcc.Link("more", href="/p?a=1&b=2"), '<a href="/p?a=1&amp;b=2" data-route="true">more</a>'),
    ],
)
def test_elements_are_written_as_a_browser_reads_them(component: html.Span, expected: str):
    assert written(component) == expected


def test_a_large_part_without_callbacks_is_one_component():
    (part,) = condensed([html.Table(html.Tbody(html.Tr(CELLS)), className="numbers")])
    assert isinstance(part, StaticHtml)
    assert (part.tag, part.attributes) == ("table", {"className": "numbers"})
    assert part.html == written(html.Tbody(html.Tr(CELLS)))


def test_what_callbacks_need_stays_a_component():
    field, button = dmc.TextInput(id="search"), html.Button("Keep", id="keep")
    (part,) = condensed([html.Section([html.Ul(CELLS), html.Div([field, button]), html.P("few")])])
    assert isinstance(part, html.Section)
    listed, controls, few = part.children
    assert isinstance(listed, StaticHtml)
    assert controls.children == [field, button]
    assert isinstance(few, html.P)
