"""The reliability diagram and the divergence against other implementations."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, rel_entr
from torchmetrics.functional.classification import binary_calibration_error

from core.comparison.behaviour.calibration import calibration
from core.comparison.behaviour.divergence import divergence


def test_the_error_is_that_of_torchmetrics():
    random = np.random.default_rng(0)
    confidences = random.uniform(0.001, 0.999, 4000)
    correct = random.random(4000) < confidences**2
    theirs = binary_calibration_error(torch.tensor(confidences), torch.tensor(correct.astype(int)), n_bins=15)
    found = calibration(confidences, correct)
    assert found is not None
    assert found.error == pytest.approx(float(theirs), abs=1e-6)
    assert sum(each.instances for each in found.bins) == 4000
    assert all(each.interval[0] <= each.right <= each.interval[1] for each in found.bins)


def test_without_instances_or_with_nan_there_is_no_diagram():
    assert calibration(np.array([]), np.array([], bool)) is None
    assert calibration(np.array([0.5, np.nan]), np.array([True, False])) is None


def test_divergence_is_that_of_scipy_also_in_half_precision():
    random = np.random.default_rng(1)
    p, q = (log_softmax(random.normal(0, 2, (3000, 7)), axis=1) for _ in range(2))
    theirs = rel_entr(np.exp(p), np.exp(q)).sum(axis=1)
    exact, half = divergence(p, q), divergence(p.astype(np.float16), q.astype(np.float16))
    assert exact.mean == pytest.approx(theirs.mean())
    assert exact.q999 == pytest.approx(np.quantile(theirs, 0.999))
    assert exact.squared == pytest.approx(((p - q) ** 2).mean())
    assert half.mean == pytest.approx(theirs.mean(), rel=2e-3)
    assert half.squared == pytest.approx(((p - q) ** 2).mean(), rel=2e-3)


def test_divergence_leaves_out_instances_without_an_answer():
    random = np.random.default_rng(2)
    p, q = (log_softmax(random.normal(0, 2, (50, 4)), axis=1) for _ in range(2))
    broken = np.vstack([q, np.full((2, 4), np.nan)])
    whole, found = divergence(p, q), divergence(np.vstack([p, p[:2]]), broken)
    assert (found.unknown, whole.unknown) == (2, 0)
    for name in ("mean", "median", "q99", "squared", "snr_db"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name))
    assert np.isnan(divergence(p[:2], broken[50:]).mean)


def test_a_model_does_not_diverge_from_itself():
    p = np.log(np.full((5, 4), 0.25)).astype(np.float16)
    found = divergence(p, p)
    assert (found.mean, found.q999, found.squared) == (0, 0, 0)
