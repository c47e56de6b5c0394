"""The smallest of each row, and weights laid out as rows of inputs."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.compression.selection import rowwise
from core.compression.selection.patterns import Pattern
from core.compression.selection.rowwise import (
    from_input_rows,
    input_rows,
    ranks_in_rows,
    shared_out,
    smallest_in_rows,
)


@given(
    scores=arrays("float32", st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.integers(0, 3)),
    seed=st.integers(0, 1000),
)
def test_each_row_loses_its_count_and_never_a_larger_entry_first(scores, seed: int) -> None:
    matrix = torch.from_numpy(scores)
    counts = torch.randint(matrix.shape[1] + 1, (len(matrix),), generator=torch.Generator().manual_seed(seed))
    mask = smallest_in_rows(matrix, counts)
    assert torch.equal(mask.sum(1), counts)
    for row, chosen in zip(matrix, mask, strict=True):
        if chosen.any() and not chosen.all():
            assert row[chosen].max() <= row[~chosen].min()


def test_rows_are_sorted_a_few_at_a_time_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = torch.rand(7, 5, generator=torch.Generator().manual_seed(0))
    counts = torch.tensor([0, 1, 2, 3, 4, 5, 2])
    whole = smallest_in_rows(scores, counts)
    monkeypatch.setattr(rowwise, "ENTRIES_AT_ONCE", 12)
    assert torch.equal(smallest_in_rows(scores, counts), whole)


@given(count=st.integers(0, 500), rows=st.integers(1, 50))
def test_counts_are_shared_out_evenly(count: int, rows: int) -> None:
    counts = shared_out(count, rows)
    assert counts.sum() == count
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((5, 7), 0), ((5, 7), 1), ((4, 3, 2, 2), 0), ((4, 3, 2, 2), 1), ((4, 3, 5), 0)],
    ids=["linear", "Conv1D", "conv", "transposed conv", "conv1d"],
)
def test_input_rows_are_undone_exactly(shape: tuple[int, ...], axis: int) -> None:
    weight = torch.arange(torch.Size(shape).numel()).view(shape)
    matrix = input_rows(weight, axis)
    assert matrix.shape == (shape[axis], weight.numel() // shape[axis])
    assert torch.equal(from_input_rows(matrix, weight, axis), weight)


def test_inputs_of_a_convolution_run_over_channels_first() -> None:
    weight = torch.arange(2 * 3 * 4).view(2, 3, 2, 2)
    assert input_rows(weight, 0)[0].tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]


@pytest.mark.parametrize("pattern", ["1:4", "2:4", "4:8", "2:8"])
@pytest.mark.parametrize("inputs", [8, 27, 5, 1, 64])
def test_no_group_keeps_more_than_the_pattern_allows(pattern: str, inputs: int) -> None:
    scores = torch.rand(6, inputs, generator=torch.Generator().manual_seed(inputs))
    chosen = Pattern.parse(pattern)
    kept = ~chosen.mask(scores, 0)
    for start in range(0, inputs, chosen.group):
        width = min(chosen.group, inputs - start)
        part = slice(start, start + width)
        assert bool((kept[:, part].sum(1) == min(chosen.kept, width)).all())
        best = scores[:, part].topk(min(chosen.kept, width)).values.sum(1)
        torch.testing.assert_close((scores[:, part] * kept[:, part]).sum(1), best)


def test_ranks_make_rows_of_any_size_lose_alike() -> None:
    scores = torch.tensor([[0.1, 0.4, 0.2, 0.3], [30.0, 10.0, 20.0, 10.0]])
    assert ranks_in_rows(scores).tolist() == [[0.25, 1.0, 0.5, 0.75], [1.0, 0.25, 0.75, 0.5]]
