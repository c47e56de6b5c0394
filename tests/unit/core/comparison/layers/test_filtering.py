"""Regular expressions over names: what is wrong is told, and nothing takes for ever."""

from __future__ import annotations

import pytest

from core.comparison.layers import filtering
from core.comparison.layers.filtering import matching
from core.errors import InvalidInput

NAMES = ["layer1.0.conv1.weight", "layer1.0.bn1.weight", "head.bias"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("", [0, 1, 2]), ("conv", [0]), (r"^layer\d", [0, 1]), ("(conv|bn)+1", [0, 1]), ("nothing", [])],
)
def test_an_expression_finds_names(pattern: str, found: list[int]):
    assert matching(pattern, NAMES) == found


def test_what_is_no_expression_is_told():
    with pytest.raises(InvalidInput, match=r"layer\[34"):
        matching("layer[34", NAMES)


def test_an_expression_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(filtering, "LONGEST_S", 0.5)
    with pytest.raises(InvalidInput, match="longer than"):
        matching("(a+)+$", ["a" * 40 + "b"])
