"""Parts of data sets are spread evenly and keep each instance whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from core.data.base import load_data
from core.data.dataset import Dataset
from core.data.part import part
from core.registry import discover

discover("core.data.sources")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", {}, "test")


def test_instances_are_spread_over_the_whole(digits: Dataset) -> None:
    few = part(digits, 10)
    assert len(few) == len(few.ids) == 10
    assert (few.ids[0], few.ids[-1]) == (digits.ids[0], digits.ids[-1])
    assert len(set(few.ids)) == 10
    places = [digits.ids.index(name) for name in few.ids]
    gaps = [b - a for a, b in pairwise(places)]
    assert max(gaps) - min(gaps) <= 1
    inputs = few.batch(slice(0, 10)).inputs
    assert torch.equal(inputs, digits.batch(torch.tensor(places)).inputs)
    assert few.labels.tolist() == [int(digits.labels[place]) for place in places]
    assert torch.equal(few.batch(torch.tensor([3])).inputs, inputs[3:4])
    assert few.class_names == digits.class_names


@pytest.mark.parametrize("most", [None, 10**6])
def test_all_is_the_data_set_itself(digits: Dataset, most: int | None) -> None:
    assert part(digits, most) is digits
