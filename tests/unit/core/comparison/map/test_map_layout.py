"""The layout of the map: reading order, room for everybody, and no jumping when models are added."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.map.map_columns import Arrangement
from core.comparison.map.map_layout import lay_out, parents_first
from core.domain.recipe import Step
from core.testing.projects.forests import forest, model

ARRANGEMENTS = st.sampled_from(list(Arrangement))
FORESTS = st.builds(forest, st.integers(1, 60), seed=st.integers(0, 1000), depth=st.integers(1, 6))


def child(number, parent, technique, **parameters):
    return model(number, parent, Step(technique, parameters))


def labels(layout):
    return [(column.key.technique, column.key.occurrence) for column in layout.columns]


@given(FORESTS, ARRANGEMENTS)
def test_every_model_is_right_of_its_parent(models, arrangement):
    layout = lay_out(models, arrangement)
    for one in models:
        if one.parent_id is not None:
            assert layout.places[one.id].column > layout.places[one.parent_id].column


@given(FORESTS, ARRANGEMENTS)
def test_models_of_a_column_stand_at_least_a_row_apart(models, arrangement):
    layout = lay_out(models, arrangement)
    for column in layout.columns:
        rows = [layout.places[model_id].row for model_id in column.model_ids]
        assert all(below - above >= 1 for above, below in itertools.pairwise(rows))


@given(FORESTS, ARRANGEMENTS, st.randoms(use_true_random=False))
def test_layout_depends_on_the_models_not_on_their_order(models, arrangement, rng):
    shuffled = list(models)
    rng.shuffle(shuffled)
    assert lay_out(shuffled, arrangement) == lay_out(models, arrangement)


@given(FORESTS, st.integers(0, 1000))
def test_adding_a_model_keeps_the_order_of_the_others(models, choice):
    before = lay_out(models, Arrangement.BY_STEP)
    parent = models[choice % len(models)]
    after = lay_out([*models, child(10_000, parent, "prune", sparsity=0.123)], Arrangement.BY_STEP)
    for column in before.columns:
        rows = [after.places[model_id].row for model_id in column.model_ids]
        assert rows == sorted(rows)


def test_siblings_are_sorted_by_value_as_a_number():
    base = model(1)
    sparsities = (0.9, 0.05, 0.5, 0.1)
    models = [base, *(child(n, base, "prune", sparsity=s) for n, s in enumerate(sparsities, start=2))]
    (_, column) = lay_out(models, Arrangement.BY_OPERATION).columns
    by_id = {one.id: one for one in models}
    assert [by_id[i].step.parameters["sparsity"] for i in column.model_ids] == [0.05, 0.1, 0.5, 0.9]


def test_bits_are_sorted_as_numbers_not_as_text():
    base = model(1)
    models = [base, *(child(n, base, "quantize", bits=bits) for n, bits in enumerate((16, 8, 2), start=2))]
    assert lay_out(models, Arrangement.BY_OPERATION).columns[1].model_ids == (4, 3, 2)


def test_columns_follow_the_recipe_also_where_steps_are_left_out():
    base = model(1)
    pruned = child(2, base, "prune")
    tuned = child(3, pruned, "tune")
    models = [base, pruned, tuned, child(4, tuned, "quantize"), child(5, base, "quantize")]
    layout = lay_out(models, Arrangement.BY_OPERATION)
    assert [name for name, _ in labels(layout)] == [None, "prune", "tune", "quantize"]
    assert layout.places[4].column == layout.places[5].column


def test_columns_change_places_only_where_a_recipe_asks_for_it():
    base = model(1)
    pruned = child(2, base, "prune")
    known = [
        base,
        pruned,
        child(3, base, "palettize"),
        child(4, pruned, "fine-tune"),
        child(5, pruned, "restore"),
    ]
    below = [child(number, known[3], "palettize", bits=number) for number in (6, 7, 8)]
    order = [technique for technique, _ in labels(lay_out([*known, *below], Arrangement.BY_OPERATION))]
    assert order == [None, "prune", "fine-tune", "palettize", "restore"]


def test_a_repeated_operation_gets_a_later_column_of_its_own():
    base = model(1)
    pruned = child(2, base, "prune", sparsity=0.3)
    tuned = child(3, pruned, "tune")
    again = child(4, tuned, "prune", sparsity=0.6)
    layout = lay_out([base, pruned, tuned, again], Arrangement.BY_OPERATION)
    assert labels(layout) == [(None, 0), ("prune", 1), ("tune", 1), ("prune", 2)]


def test_recipes_that_contradict_each_other_still_run_from_left_to_right():
    base = model(1)
    first = [child(2, base, "prune"), child(3, base, "prune", sparsity=0.5)]
    second = [child(4, first[0], "quantize"), child(5, first[1], "quantize")]
    odd = child(6, base, "quantize", bits=2)
    layout = lay_out([base, *first, *second, odd, child(7, odd, "prune")], Arrangement.BY_OPERATION)
    assert [name for name, _ in labels(layout)] == [None, "prune", "quantize", "prune"]
    assert [column.key.lap for column in layout.columns] == [0, 0, 0, 1]


def test_a_parent_stands_in_the_middle_of_its_children():
    base = model(1)
    models = [base, *(child(n, base, "prune", sparsity=n / 10) for n in (2, 3, 4))]
    layout = lay_out(models, Arrangement.BY_STEP)
    assert layout.places[1].row == layout.places[3].row == 1.0
    assert layout.rows == 3


def test_a_model_whose_parent_was_deleted_is_placed_as_a_base():
    orphan = child(5, model(4), "prune")
    layout = lay_out([model(1), orphan], Arrangement.BY_STEP)
    assert layout.places[5].column == 0


def test_nothing_is_laid_out_as_nothing():
    layout = lay_out([], Arrangement.BY_OPERATION)
    assert (layout.columns, layout.places, layout.rows) == ((), {}, 0)


def test_parents_come_first_also_if_they_are_younger():
    young_parent = model(9)
    old_child = child(2, young_parent, "prune")
    assert [one.id for one in parents_first([old_child, young_parent])] == [9, 2]


@pytest.mark.parametrize("arrangement", list(Arrangement))
def test_a_chain_of_a_thousand_steps_is_no_problem(arrangement):
    models = [model(1)]
    for number in range(2, 1001):
        models.append(child(number, models[-1], random.Random(number).choice("abc")))
    layout = lay_out(models, arrangement)
    assert layout.rows == 1
    assert len(layout.columns) == 1000
