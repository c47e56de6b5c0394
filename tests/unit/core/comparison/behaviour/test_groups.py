"""Groups, harm, moves, divergence and confusion against counting by hand, SciPy and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr
from sklearn.metrics import confusion_matrix

from core.comparison.behaviour.confusion import confusion, confusion_change
from core.comparison.behaviour.divergence import divergence, kl_divergences
from core.comparison.behaviour.flips import Move, flips, moves
from core.comparison.behaviour.groups import compare_groups
from core.comparison.behaviour.harm import larger, largest_harm, worded
from core.comparison.behaviour.paired import Pairs, corrected, share_difference
from core.comparison.behaviour.predictions import Grouping, Predictions


def right(*shares):
    """Return predictions of which, per group of 100 instances, so many are right."""
    correct = np.concatenate([np.arange(100) < share for share in shares])
    return Predictions(np.where(correct, 1, 0), correct)


GROUPS = Grouping("class", ("common", "rare"), np.repeat([0, 1], 100))


def test_rows_count_each_group_on_its_own():
    rows = compare_groups(right(98, 90), [right(97, 41)], GROUPS)
    common, rare = rows
    assert (common.baseline, common.cells[0].share) == (0.98, 0.97)
    assert rare.cells[0].change.value == pytest.approx(-0.49)
    assert rare.cells[0].errors.value == pytest.approx(59 / 10 - 1)
    assert rare.cells[0].change.significant
    assert not common.cells[0].change.significant


def test_groups_that_divide_add_up_to_all():
    baseline, model = right(98, 90), right(97, 41)
    rows = compare_groups(baseline, [model], GROUPS)
    weighted = sum(row.instances * row.cells[0].change.value for row in rows) / 200
    assert weighted == pytest.approx(model.correct.mean() - baseline.correct.mean())


def test_the_order_of_the_instances_changes_nothing():
    baseline, model = right(98, 90), right(97, 41)
    places = np.random.default_rng(3).permutation(200)
    mixed = Grouping(GROUPS.name, GROUPS.values, GROUPS.codes[places])
    before, after = (Predictions(one.prediction[places], one.correct[places]) for one in (baseline, model))
    assert compare_groups(before, [after], mixed) == compare_groups(baseline, [model], GROUPS)
    assert moves(before, after) == moves(baseline, model)


def test_the_harm_is_named_with_its_interval():
    baseline, model = right(98, 90), right(97, 41)
    overall = corrected([share_difference(Pairs.of(baseline.correct, model.correct))])
    harm = largest_harm({"class": compare_groups(baseline, [model], GROUPS)}, overall)
    assert harm is not None
    text = worded(harm, "pruned")
    assert text.startswith("pruned loses 49 points on class rare (n = 100, 95 % interval ")
    assert text.endswith("while the share of right answers over all instances falls by 25.")


def test_the_larger_harm_is_that_beyond_the_overall_change():
    baseline, model = right(98, 90), right(97, 41)
    overall = corrected([share_difference(Pairs.of(baseline.correct, model.correct))])
    one = largest_harm({"class": compare_groups(baseline, [model], GROUPS)}, overall)
    other = largest_harm({"half": compare_groups(baseline, [right(97, 1)], GROUPS)}, overall)
    assert larger(one, other) is larger(other, one) is other
    assert larger(one, None) is one
    assert larger(None, None) is None


def test_a_loss_shared_by_all_groups_is_no_hidden_harm():
    baseline, model = right(98, 98), right(50, 48)
    overall = corrected([share_difference(Pairs.of(baseline.correct, model.correct))])
    assert largest_harm({"class": compare_groups(baseline, [model], GROUPS)}, overall) is None


def test_moves_are_counted_and_named():
    before, after = np.array([0, 0, 1, 2, 2]), np.array([1, 1, 1, 0, 2])
    baseline, model = (Predictions(each, each == np.array([0, 0, 1, 2, 2])) for each in (before, after))
    assert moves(baseline, model, ("a", "b", "c")) == [Move("a", "b", 2), Move("c", "a", 1)]
    found = flips(baseline, model)
    assert (found.changed, found.regressions, found.fixes, found.agreement) == (3, 3, 0, 0.4)


def test_moves_of_texts_are_named_by_themselves():
    before, after = (np.array(each, dtype=np.dtypes.StringDType()) for each in (["rome"], ["oslo"]))
    none = np.zeros(1, bool)
    assert moves(Predictions(before, none), Predictions(after, none)) == [Move("rome", "oslo", 1)]


def test_divergence_agrees_with_scipy():
    random = np.random.default_rng(0)
    p, q = random.dirichlet(np.ones(10), size=(2, 300))
    found = kl_divergences(np.log(p), np.log(q))
    np.testing.assert_allclose(found, rel_entr(p, q).sum(axis=1), rtol=1e-9)
    summary = divergence(np.log(p), np.log(q))
    assert summary.median == pytest.approx(np.median(found))
    assert summary.q999 == pytest.approx(np.quantile(found, 0.999))


def test_divergence_from_itself_is_nothing_in_half_precision():
    stored = np.log(np.random.default_rng(1).dirichlet(np.ones(10), size=50)).astype(np.float16)
    assert kl_divergences(stored, stored).max() == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_confusion_agrees_with_scikit_learn(rows):
    labels, before, after = (np.array(column) for column in zip(*rows, strict=True))
    expected = confusion_matrix(labels, after, labels=range(5))
    np.testing.assert_array_equal(confusion(labels, after, 5), expected)
    assert (confusion_change(labels, before, after, 5).sum(axis=1) == 0).all()
