"""Names for screen readers are given where they are kept."""

import pytest
from dash import dcc, html

from dashboard.components.markup import labelled, named_link


def test_a_link_of_dash_cannot_be_labelled():
    with pytest.raises(TypeError, match="use named_link"):
        labelled(dcc.Link("x", href="/"), "Remove the filter")


def test_a_named_link_has_its_name_inside():
    link = named_link("x", "Remove the filter", href="/")
    assert link.children.to_plotly_json()["props"]["aria-label"] == "Remove the filter"
    assert isinstance(link.children, html.Span)
