"""Colours of nodes follow the figure."""

from __future__ import annotations

import math

from core.comparison.layers.node_colours import node_colours, node_data


def test_the_largest_value_is_darkest_and_unknown_ones_have_no_colour():
    found = node_colours(["body.0", "body.1", "head", "stem"], [1.0, 3.0, math.nan, math.inf])
    assert found == {
        "body/0": {"value": 1.0, "bgColor": "#edf2fa"},
        "body/1": {"value": 3.0, "bgColor": "#26397f"},
    }


def test_there_is_a_graph_per_model():
    found = node_data("SQNR", {"int8": node_colours(["a"], [1.0])})
    assert list(found) == ["SQNR: int8"]
