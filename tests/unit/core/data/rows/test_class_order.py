"""The order of classes, and matching them by name."""

from __future__ import annotations

import pytest

from core.data.rows.class_order import positions


@pytest.mark.parametrize(
    ("names", "among", "found"),
    [
        (["cat", "dog", "owl"], ["owl", "cat", "dog"], [1, 2, 0]),
        (["sea_lion", "tench"], ["Tench, Tinca tinca", "sea-lion"], [1, 0]),
        (["0", "1", "10"], ["10", "0", "1"], [1, 2, 0]),
        (["cat", "dog"], ["cat", "fish"], None),
        (["cat", "dog"], ["cat", "dog", "owl"], None),
        (["cat", "Cat"], ["cat", "CAT"], None),
    ],
)
def test_names_find_their_places(names: list[str], among: list[str], found: list[int] | None) -> None:
    assert positions(names, among) == found
