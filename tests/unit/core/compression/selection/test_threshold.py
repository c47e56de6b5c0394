"""The smallest weights: exactly as many as asked for, and the right ones."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from core.compression.selection.threshold import smallest

magnitudes = st.floats(0, 2.0**100, width=32) | st.sampled_from([0.0, 0.5, 1.0])


@given(
    scores=st.lists(st.lists(magnitudes, min_size=1, max_size=20), min_size=1, max_size=4),
    share=st.floats(0, 1),
)
def test_exactly_the_smallest_are_chosen(scores: list[list[float]], share: float) -> None:
    tensors = [torch.tensor(values) for values in scores]
    joined = torch.cat(tensors)
    count = round(share * len(joined))
    chosen = torch.cat(smallest(tensors, count))
    assert int(chosen.sum()) == count
    expected = joined.sort().values[:count]
    torch.testing.assert_close(joined[chosen].sort().values, expected, rtol=0, atol=0)


def test_ties_are_taken_in_order() -> None:
    first, second = smallest([torch.ones(3), torch.ones(3)], 4)
    assert first.tolist() == [True, True, True]
    assert second.tolist() == [True, False, False]


def test_ties_across_chunks_are_taken_in_order() -> None:
    (chosen,) = smallest([torch.ones(100_000)], 70_000)
    assert bool(chosen[:70_000].all())
    assert not bool(chosen[70_000:].any())


def test_signs_do_not_matter() -> None:
    (chosen,) = smallest([torch.tensor([-3.0, 2.0, -1.0])], 2)
    assert chosen.tolist() == [False, True, True]


def test_half_precision_scores_are_compared_exactly() -> None:
    scores = torch.tensor([1.0, 1.001, 0.999], dtype=torch.float16)
    (chosen,) = smallest([scores], 1)
    assert chosen.tolist() == [False, False, True]


def test_nothing_and_everything() -> None:
    assert not bool(smallest([torch.rand(5)], 0)[0].any())
    assert bool(smallest([torch.rand(5)], 5)[0].all())
