"""The row of an enlarged text that shows the tokens of the right answer."""

from core.comparison.behaviour.token_probabilities import TokenLine
from dashboard.views.compare.instances.token_line import token_row


def test_bars_are_as_high_as_tokens_are_probable():
    (row,) = token_row([TokenLine((0.0, -6.0, -99.0), 3.0), None], ["base", "small"])
    plot, told = row.children[1].children
    assert [mark.children.style["height"] for mark in plot.children] == ["100.0%", "50.0%", "4.0%"]
    assert [mark.children.className for mark in plot.children] == ["", "", "lowest"]
    assert told.children == "perplexity 3"
    assert row.children[2].children == "\N{EM DASH}"


def test_without_tokens_there_is_no_row():
    assert token_row([None, None], ["base", "small"]) == []
