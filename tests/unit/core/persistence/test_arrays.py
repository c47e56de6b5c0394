"""Arrays come back from their rows as they went in, texts of any length too; damage is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CorruptArtifact
from core.persistence.arrays import packed, unpacked
from core.persistence.tables.tables import OutcomeArrayRow


def texts(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=np.dtypes.StringDType())


def stored(array: np.ndarray) -> OutcomeArrayRow:
    return OutcomeArrayRow(evaluation_id=1, **packed("prediction", array))


@given(st.lists(st.text(st.characters(codec="utf-16"))))
def test_texts_come_back_whatever_is_in_them(values: list[str]) -> None:
    back = unpacked(stored(texts(values)))
    assert back.tolist() == values
    assert back.dtype.kind == "T"


@pytest.mark.parametrize(
    "values",
    [[], ["", "a\0b\0", "\N{GRINNING FACE}" * 1000, '"quoted"\n']],
    ids=["none", "zeros, wide characters, quotes"],
)
def test_texts_keep_zeros_and_lengths(values: list[str]) -> None:
    assert unpacked(stored(texts(values))).tolist() == values


def test_texts_are_compressed() -> None:
    row = stored(texts(["anna went to oslo by train"] * 1000))
    assert row.compression == "zstd"
    assert len(row.content) < 1000


def test_texts_can_be_compared_where_they_are_stored() -> None:
    one, other = unpacked(stored(texts(["anna", "bob"]))), unpacked(stored(texts(["anna", "carla"])))
    assert (one != other).tolist() == [False, True]


@pytest.mark.parametrize("content", [b"[1", b'["a"]', b'{"a": 1}'], ids=["cut off", "altered", "no list"])
def test_damaged_texts_are_noticed(content: bytes) -> None:
    row = stored(texts(["x", "y"]))
    row.compression, row.content = "none", content
    with pytest.raises(CorruptArtifact, match="prediction"):
        unpacked(row)
