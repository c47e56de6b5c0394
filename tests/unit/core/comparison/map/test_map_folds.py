"""The first folds of the map: readable, complete, and none where there is room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.map.map_columns import Arrangement
from core.comparison.map.map_folds import FEW, READABLE_ROWS, first_folds
from core.comparison.map.map_layout import lay_out
from core.domain.recipe import Step
from core.testing.projects.forests import OPERATIONS, forest, model

FORESTS = st.builds(forest, st.integers(60, 400), seed=st.integers(0, 1000), busiest=st.integers(0, 200))


def folded(models, rows=READABLE_ROWS):
    return first_folds(models, lay_out(models, Arrangement.BY_OPERATION), rows)


def shown_rows(models, folds):
    """Count the leaves of what is shown, each fold as one."""
    fold_of = {member: fold for fold in folds for member in fold}
    family = {}
    for one in models:
        family.setdefault(one.parent_id, []).append(one.id)
    rows, pending = 0, [None]
    while pending:
        below = family.get(pending.pop(), [])
        items = {fold_of.get(one, (one,)) for one in below}
        rows += not items
        rows += sum(item in folds for item in items)
        pending.extend(item[0] for item in items if item not in folds)
    return rows


@given(FORESTS)
def test_no_more_rows_are_shown_than_can_be_read(models):
    folds = folded(models)
    assert shown_rows(models, folds) <= READABLE_ROWS


@given(FORESTS)
def test_folds_are_siblings_and_share_no_model(models):
    parents = {one.id: one.parent_id for one in models}
    folds = folded(models)
    members = [member for fold in folds for member in fold]
    assert len(members) == len(set(members))
    assert all(len({parents[member] for member in fold}) == 1 for fold in folds)


@given(FORESTS, st.randoms(use_true_random=False))
def test_folds_do_not_depend_on_the_order_of_the_models(models, rng):
    shuffled = list(models)
    rng.shuffle(shuffled)
    assert sorted(folded(shuffled)) == sorted(folded(models))


def test_a_map_that_fits_has_no_folds():
    base = model(1)
    models = [base, *(model(n, base, Step("prune", {"sparsity": n / 100})) for n in range(2, 41))]
    assert folded(models) == ()


def test_many_siblings_become_a_few_folds_in_order_of_value():
    base = model(1)
    models = [base, *(model(n, base, Step("prune", {"sparsity": n / 1000})) for n in range(2, 302))]
    folds = folded(models)
    assert len(folds) == FEW
    assert [member for fold in folds for member in fold] == list(range(2, 302))
    assert max(map(len, folds)) - min(map(len, folds)) <= 1


def test_folds_of_many_siblings_do_not_mix_techniques():
    models = forest(500, busiest=250)
    step = {one.id: one.step and one.step.technique for one in models}
    visible = {one.id for one in models if one.parent_id == 1}
    for fold in folded(models):
        if fold[0] in visible:
            assert len({step[member] for member in fold}) == 1
    assert {step[one] for one in visible} == set(OPERATIONS)


def test_chains_are_never_folded_by_themselves():
    base = model(1)
    models = [base]
    for number in range(45):
        pruned = model(2 + 2 * number, base, Step("prune", {"sparsity": number / 100}))
        models += [pruned, model(3 + 2 * number, pruned, Step("tune"))]
    assert all(len(fold) > 1 for fold in folded(models))


@pytest.mark.parametrize("size", [1_000, 5_000])
def test_large_forests_have_a_first_view_that_can_be_read(size):
    models = forest(size)
    assert shown_rows(models, folded(models)) <= READABLE_ROWS
