"""What compression did to one tensor, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.inspection.tensors.changes import CLASSES, weight_change
from core.inspection.tensors.distinct import MOST, distinct_values
from core.inspection.tensors.moments import tally


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    before = torch.randn(300, 250, generator=generator)
    now = before.clone()
    now[:100] *= 1.05
    now[100:150] = 0
    before[140:160] = 0
    return now, before


def test_figures_are_numpys() -> None:
    now, before = pair()
    found = weight_change(now, before, -3, 3)
    after, old = now.double().numpy(), before.double().numpy()
    assert found.zeros_both == ((after == 0) & (old == 0)).sum() > 0
    assert found.zeros_gained == ((after == 0) & (old != 0)).sum() > 0
    assert found.zeros_lost == ((after != 0) & (old == 0)).sum() > 0
    assert found.mean_abs == pytest.approx(np.abs(after - old).mean())
    assert found.relative_l2 == pytest.approx(np.linalg.norm(after - old) / np.linalg.norm(old))
    expected = (after * old).sum() / np.linalg.norm(after) / np.linalg.norm(old)
    assert found.cosine == pytest.approx(expected)


def test_the_stacked_histogram_sums_to_the_plain_one() -> None:
    now, before = pair()
    found = weight_change(now, before, -1, 1).histogram
    np.testing.assert_array_equal(found.sum(axis=0), tally(now, -1, 1).histogram)
    assert found[:, 0].sum() > 0
    assert found[:, -1].sum() > 0


def test_values_are_stacked_by_how_much_they_changed() -> None:
    before = torch.ones(CLASSES + 2)
    now = torch.tensor([1.0, 1.005, 1.05, 1.3, 1.9, 3.0, 0.0, 1.0])
    before[7] = 0  # from nothing to something is more than any percentage
    found = weight_change(now, before, 0, 4).histogram
    assert found.sum(axis=1).tolist() == [1, 1, 1, 1, 2, 2]


def test_nothing_changed() -> None:
    values = torch.randn(1000)
    found = weight_change(values, values.clone(), -1, 1)
    assert found.relative_l2 == found.mean_abs == 0
    assert found.histogram[1:].sum() == 0


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_odd_weights_have_no_distance_but_keep_their_place(odd: float) -> None:
    now, before = torch.tensor([1.0, odd, 2.0]), torch.ones(3)
    found = weight_change(now, before, 0, 2)
    assert np.isnan(found.relative_l2)
    assert np.isnan(found.cosine)
    assert found.histogram.sum() == (2 if np.isnan(odd) else 3)


def test_half_precision_does_not_overflow() -> None:
    before = torch.full((70_000,), 200.0, dtype=torch.float16)
    assert weight_change(before / 2, before, 0, 200).relative_l2 == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (torch.tensor([]), 0),
        (torch.tensor([float("nan"), float("nan")]), 0),
        (torch.tensor([0.0, -0.0, 1.0, float("nan")]), 2),
        (torch.arange(200_000) % 256 / 7, 256),
        (torch.arange(200_000) // 50_000 / 3, 4),
        (torch.arange(MOST) / 7, MOST),
        (torch.arange(MOST + 1) / 7, MOST + 1),
        (torch.arange(50_000) / 7, MOST + 1),
        ((torch.arange(70_000) % 16).half(), 16),
    ],
    ids=["none", "only NaN", "zeros", "256", "late ones", "most", "more", "many", "half"],
)
def test_distinct_values(values: torch.Tensor, expected: int) -> None:
    assert distinct_values(values) == expected
