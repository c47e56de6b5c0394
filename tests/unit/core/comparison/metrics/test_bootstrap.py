"""The paired bootstrap against SciPy and simulated coverage."""

import math

import numpy as np
import pytest
from scipy.stats import bootstrap, ttest_rel

from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.bootstrap import paired_bootstrap
from core.comparison.metrics.measures import Measure, calibration_measure, macro_f1_measure, mean_measure


def pair(instances: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    before = random.gamma(1.0, 1.0, instances)
    return before, before + 0.3 + random.normal(0, 0.8, instances)


@pytest.mark.parametrize("instances", [200, 5000])
def test_the_interval_is_that_of_scipy(instances):
    before, after = pair(instances)
    found = paired_bootstrap(mean_measure(before), [mean_measure(after)])[0].change
    theirs = bootstrap(
        (after - before,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.08 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.08 * width)


@pytest.mark.parametrize("instances", [20, 200, 5000])
def test_the_p_value_is_close_to_that_of_the_t_test(instances):
    before, after = pair(instances)
    after = (
        before + (after - before - (after - before).mean()) + 2.2 * (after - before).std() / instances**0.5
    )
    found = paired_bootstrap(mean_measure(before), [mean_measure(after)])[0].change
    assert found.p_value == pytest.approx(ttest_rel(after, before).pvalue, rel=0.35)


@pytest.mark.parametrize("instances", [20, 200])
def test_intervals_of_means_contain_the_truth(instances):
    found = [paired_bootstrap(*_measures(*pair(instances, seed=seed)))[0].change for seed in range(1000)]
    assert 0.90 <= np.mean([one.low <= 0.3 <= one.high for one in found]) <= 0.98


def test_intervals_of_macro_f1_contain_the_truth():
    truth = _f1_change(*_classes(200_000, 0))
    found = [_f1_interval(*_classes(200, seed)) for seed in range(1, 401)]
    assert 0.90 <= np.mean([low <= truth <= high for low, high in found]) <= 0.99


def test_swapping_the_models_turns_the_difference_round():
    before, after = map(mean_measure, pair(100))
    there, back = paired_bootstrap(before, [after])[0].change, paired_bootstrap(after, [before])[0].change
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_a_model_does_not_differ_from_itself():
    before, _ = map(mean_measure, pair(100))
    found = paired_bootstrap(before, [before])[0]
    assert (found.change.value, found.change.low, found.change.high, found.change.p_value) == (0, 0, 0, 1)
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == (1, 1, 1)


def test_one_instance_has_a_difference_and_no_interval():
    found = paired_bootstrap(mean_measure(np.array([1.0])), [mean_measure(np.array([3.0]))])[0].change
    assert found.value == 2
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)


def test_nan_outcomes_have_no_interval():
    found = paired_bootstrap(mean_measure(np.ones(30)), [mean_measure(np.array([np.nan] + [1.0] * 29))])[0]
    assert math.isnan(found.change.value)
    assert math.isnan(found.change.low)


def test_models_on_other_instances_are_refused():
    with pytest.raises(ValueError, match=r"\[3, 4\]"):
        paired_bootstrap(mean_measure(np.ones(3)), [mean_measure(np.ones(4))])


def _measures(before, after):
    return mean_measure(before), [mean_measure(after)]


def _classes(instances, seed):
    random = np.random.default_rng(seed)
    labels = random.choice(3, instances, p=[0.6, 0.3, 0.1])
    other = (labels + 1) % 3
    before = np.where(random.random(instances) < 0.9, labels, other)
    after = np.where(random.random(instances) < np.array([0.9, 0.8, 0.5])[labels], before, other)
    return macro_f1_measure(labels, before, 3), macro_f1_measure(labels, after, 3)


def _f1_change(before, after):
    return after.total() - before.total()


def _f1_interval(before, after):
    change = paired_bootstrap(before, [after])[0].change
    return change.low, change.high


def answered(random: np.random.Generator, confidences: np.ndarray, lack: float = 0.0) -> Measure:
    """Return the calibration error of a model that is right less often than it is sure, by `lack`."""
    return calibration_measure(confidences, random.random(len(confidences)) < confidences - lack)


def calibration_change(seed: int, lack: float, instances: int = 600) -> Difference:
    random = np.random.default_rng(seed)
    sharp = np.where(random.random(instances) < 0.9, 0.985, 0.6 + 0.3 * random.random(instances))
    wide = 0.3 + 0.7 * random.random(instances)
    return paired_bootstrap(answered(random, sharp), [answered(random, wide, lack)])[0].change


def test_a_calibrated_model_with_wider_confidences_is_not_told_as_worse():
    found = [calibration_change(seed, 0.0) for seed in range(100)]
    assert np.mean([one.value > 0.015 for one in found]) > 0.9  # by chance alone
    assert np.mean([one.p_value < 0.05 for one in found]) <= 0.05
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= 0.95


def test_a_model_that_is_too_sure_is_told_as_worse():
    found = [calibration_change(seed, 0.15) for seed in range(40)]
    assert np.mean([one.p_value < 0.05 for one in found]) >= 0.95
    assert np.mean([one.low <= 0.15 <= one.high for one in found]) >= 0.85
