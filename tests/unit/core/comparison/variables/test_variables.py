import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.variables.variables import Differences, Kind, what_differs
from core.domain.model import Model
from core.domain.recipe import Step
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.errors import NotFound
from core.testing.parameters import parameter
from core.testing.projects.forests import chain, forest, model

PRUNE = TechniqueSpec(
    "prune",
    "Magnitude pruning",
    "",
    "",
    "1",
    (parameter("sparsity"),),
    Storage.STORED,
)
BASE = model(1)


def prune(sparsity: float, number: int, parent: Model = BASE, **more: object) -> Model:
    return model(number, parent, Step("prune", {"sparsity": sparsity, **more}))


def labels(differences: Differences) -> list[str]:
    return [varying.label for varying in differences.chosen]


def texts(differences: Differences) -> list[list[str]]:
    return [[value.text for value in varying.values] for varying in differences.chosen]


def test_one_parameter_tells_a_sweep_apart() -> None:
    models = [BASE, prune(0.9, 2), prune(0.5, 3)]
    found = what_differs(models, [3, 2], {"prune": PRUNE})
    assert found.model_ids == (2, 3)
    assert labels(found) == ["sparsity (magnitude pruning)"]
    assert texts(found) == [["0.9", "0.5"]]
    assert [level.text for level in found.chosen[0].levels()] == ["0.5", "0.9"]
    assert found.chosen[0].numeric
    assert found.chosen[0].variable.key == "parameter:prune:1:sparsity"


def test_the_base_beside_a_sweep_has_no_value() -> None:
    found = what_differs([BASE, prune(0.9, 2), prune(0.5, 3)], [1, 2, 3])
    assert texts(found) == [["—", "0.9", "0.5"]]
    assert found.chosen[0].numeric


def test_with_and_without_a_step_is_its_presence_and_not_its_parameters() -> None:
    pruned = prune(0.5, 2)
    found = what_differs([BASE, pruned, model(3, pruned, Step("tune", {"epochs": 2}))], [2, 3])
    assert labels(found) == ["tune"]
    assert texts(found) == [["without", "with"]]


def test_the_second_use_of_a_technique_is_a_variable_of_its_own() -> None:
    first = prune(0.5, 2)
    found = what_differs([BASE, first, prune(0.2, 3, first), prune(0.4, 4, first)], [3, 4])
    assert labels(found) == ["sparsity (2nd prune)"]


def test_order_is_what_differs_where_the_same_steps_were_done() -> None:
    pruned, tuned = prune(0.5, 2), model(3, BASE, Step("tune"))
    models = [BASE, pruned, tuned, model(4, pruned, Step("tune")), prune(0.5, 5, tuned)]
    found = what_differs(models, [4, 5])
    assert labels(found) == ["order of prune and tune"]
    assert texts(found) == [["prune first", "tune first"]]


def test_bases_differ_by_name() -> None:
    other = model(2, name="wide")
    found = what_differs([BASE, other, prune(0.5, 3), prune(0.5, 4, other)], [3, 4])
    assert labels(found) == ["base model"]
    assert texts(found) == [["model 1", "wide"]]


def test_layer_rules_differ() -> None:
    models = [
        BASE,
        *(
            model(number, BASE, Step("prune", {}, LayerRules(exclude=excluded)))
            for number, excluded in ((2, ()), (3, ("head",)))
        ),
    ]
    found = what_differs(models, [2, 3])
    assert labels(found) == ["layer rules (prune)"]
    assert texts(found) == [["all layers", "not head"]]


def test_teachers_differ() -> None:
    models = [BASE, *(model(n, BASE, Step("distill"), teacher_id=t) for n, t in ((2, 1), (3, 2)))]
    assert labels(what_differs(models, [2, 3])) == ["teacher"]


def test_seeds_differ_where_recipes_do_not() -> None:
    models = [BASE, *(model(number, BASE, Step("tune"), seed=seed) for number, seed in ((2, 0), (3, 7)))]
    found = what_differs(models, [2, 3])
    assert [varying.variable.kind for varying in found.chosen] == [Kind.SEED]
    assert texts(found) == [["0", "7"]]


def test_a_seed_explains_nothing_where_recipes_differ() -> None:
    first = model(2, BASE, Step("tune", {"epochs": 1, "rate": 0.1}))
    models = [BASE, first]
    for number, epochs, rate in ((3, 1, 0.2), (4, 2, 0.1)):
        models.append(model(number, BASE, Step("tune", {"epochs": epochs, "rate": rate}), seed=number))
    assert labels(what_differs(models, [2, 3, 4])) == ["epochs (tune)", "rate (tune)"]


def test_the_seed_of_a_technique_that_uses_none_does_not_count() -> None:
    models = [BASE, *(model(number, BASE, Step("prune"), seed=number) for number in (2, 3))]
    found = what_differs(models, [2, 3], {"prune": PRUNE})
    assert found.chosen == ()
    assert found.alike == ((2, 3),)


def test_models_that_nothing_tells_apart_are_named() -> None:
    found = what_differs([BASE, prune(0.5, 2), prune(0.5, 3), prune(0.7, 4)], [2, 3, 4])
    assert labels(found) == ["sparsity (prune)"]
    assert found.alike == ((2, 3),)


def test_equal_values_are_equal_however_they_are_written() -> None:
    models = [BASE, prune(1, 2, shape=[1, 2.0]), prune(1.0, 3, shape=[1.0, 2])]
    assert what_differs(models, [2, 3]).varying == ()
    different = [BASE, prune(1, 2), prune(True, 3)]
    assert labels(what_differs(different, [2, 3])) == ["sparsity (prune)"]


def test_parameters_that_vary_are_preferred_to_bases() -> None:
    other = model(2)
    found = what_differs([BASE, other, prune(0.5, 3), prune(0.7, 4, other)], [3, 4])
    assert labels(found) == ["sparsity (prune)"]
    assert [varying.variable.kind for varying in found.varying] == [Kind.PARAMETER, Kind.BASE]


def test_the_table_leaves_out_presence_that_a_parameter_shows() -> None:
    found = what_differs([BASE, prune(0.5, 2), prune(0.7, 3)], [1, 2, 3])
    assert [varying.variable.kind for varying in found.varying] == [Kind.PARAMETER]


def test_one_model_does_not_differ() -> None:
    found = what_differs([BASE], [1])
    assert (found.chosen, found.alike, found.proven) == ((), (), True)


def test_unknown_models_are_named_all_at_once() -> None:
    with pytest.raises(NotFound, match="id 8, 9"):
        what_differs([BASE], [9, 1, 8])


FOREST = forest(300, seed=3)


@given(
    st.lists(st.sampled_from([one.id for one in FOREST]), min_size=1, max_size=10, unique=True), st.randoms()
)
def test_the_choice_separates_the_models_and_nothing_smaller_does(ids: list[int], rng: random.Random) -> None:
    found = what_differs(FOREST, ids)
    rows = range(len(found.model_ids))

    def separated(variables: tuple[int, ...], pool: tuple[object, ...]) -> int:
        return len({tuple(pool[one].values[row] for one in variables) for row in rows})  # type: ignore[attr-defined]

    everything = {varying.variable: varying for varying in (*found.varying, *found.chosen)}
    pool = tuple(varying for varying in everything.values() if varying.variable.kind is not Kind.SEED)
    chosen = [varying for varying in found.chosen if varying.variable.kind is not Kind.SEED]
    whole = separated(tuple(range(len(pool))), pool)
    assert len({tuple(varying.values[row] for varying in chosen) for row in rows}) == whole
    smaller = itertools.combinations(range(len(pool)), max(len(chosen) - 1, 0))
    assert not chosen or all(separated(subset, pool) < whole for subset in itertools.islice(smaller, 3000))
    told_apart = len({tuple(varying.values[row] for varying in found.chosen) for row in rows})
    assert told_apart == len(rows) - sum(len(group) - 1 for group in found.alike)
    shuffled = rng.sample(ids, len(ids))
    assert what_differs(FOREST, shuffled) == found


@pytest.mark.parametrize("size", [2, 8, 64])
def test_any_selection_of_a_large_project_gets_an_answer(size: int) -> None:
    models = forest(1000)
    picked = random.Random(size).sample([one.id for one in models], size)
    found = what_differs(models, picked)
    assert len(found.model_ids) == size
    assert found.proven
    assert found.chosen


def test_every_step_of_a_chain_is_needed_and_that_is_proven() -> None:
    models = chain(150)
    found = what_differs(models, [one.id for one in models])
    assert found.proven
    assert len(found.chosen) == 149
    assert not found.alike
