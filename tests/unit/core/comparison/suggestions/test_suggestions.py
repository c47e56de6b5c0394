import itertools
import random
from dataclasses import replace

import pytest

from core.comparison.suggestions.crossings import Groups, RecipeChange, crossed
from core.comparison.suggestions.recipe_index import RecipeIndex
from core.comparison.suggestions.suggestions import suggested
from core.comparison.variables.values import value_of
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.testing.projects.forests import forest, model

BASE, OTHER = model(1, name="narrow"), model(2, name="wide")


def step(technique: str, **parameters: object) -> Step:
    return Step(technique, parameters)


def found(models: list[Model], *ids: int) -> dict[str, tuple[int, ...]]:
    return {one.label: one.model_ids for one in suggested(models, [ModelId(one) for one in ids])}


HALF = model(3, BASE, step("prune", sparsity=0.5))
MOST = model(4, BASE, step("prune", sparsity=0.9))
TUNED = [model(5, HALF, step("tune", epochs=1)), model(6, MOST, step("tune", epochs=1))]


def test_the_same_step_at_another_value() -> None:
    assert found([BASE, HALF, MOST], 3)["same at sparsity 0.9"] == (4,)


def test_all_other_values_at_once_where_there_are_several() -> None:
    models = [BASE, HALF, MOST, model(5, BASE, step("prune", sparsity=0.7))]
    assert found(models, 3)["with other values of sparsity"] == (4, 5)


def test_with_a_step_after_matches_each_selected_model() -> None:
    offered = suggested([BASE, HALF, MOST, *TUNED], [HALF.id, MOST.id])
    assert (RecipeChange.STEP_ADDED, "with tune 1 after", (5, 6), 2) in [
        (one.change, one.label, one.model_ids, one.covered) for one in offered
    ]


def test_with_a_step_in_between() -> None:
    direct = model(7, BASE, step("quantize", bits=8))
    between = model(8, HALF, step("quantize", bits=8))
    assert found([BASE, HALF, direct, between], 7)["with prune 0.5 in between"] == (8,)


def test_without_a_step() -> None:
    assert found([BASE, HALF, MOST, *TUNED], 5, 6)["without tune"] == (3, 4)


def test_another_step_instead() -> None:
    calibrated = model(7, HALF, step("calibrate"))
    assert found([BASE, HALF, *TUNED[:1], calibrated], 5)["calibrate instead of tune"] == (7,)


def test_the_same_recipe_on_another_base() -> None:
    models = [BASE, OTHER, HALF, model(7, OTHER, step("prune", sparsity=0.5))]
    assert found(models, 3)["same on wide"] == (7,)
    assert found(models, 1) == {"same on wide": (2,), "with prune 0.5 after": (3,)}


def test_the_same_recipe_with_other_seeds() -> None:
    assert found([BASE, HALF, model(7, BASE, HALF.step, seed=1)], 3)["same with other seeds"] == (7,)


def test_two_parameters_at_once_are_not_one_variable() -> None:
    models = [
        BASE,
        model(3, BASE, step("prune", sparsity=0.5, method="l1")),
        model(4, BASE, step("prune", sparsity=0.9, method="l2")),
    ]
    assert "same at sparsity 0.9" not in found(models, 3)


def test_models_without_figures_are_offered_only_to_their_like() -> None:
    figures = {"accuracy": 0.9}
    measured = replace(HALF, metrics=figures)
    models = [BASE, measured, MOST, model(5, BASE, step("prune", sparsity=0.7), metrics=figures)]
    assert found(models, 3)["same at sparsity 0.7"] == (5,)
    assert "same at sparsity 0.9" not in found(models, 3)
    assert found(models, 4)["same at sparsity 0.7"] == (5,)


def test_unfinished_and_archived_models_are_not_offered() -> None:
    unfinished = model(5, BASE, step("prune", sparsity=0.7), status=RunStatus.RUNNING)
    archived = model(6, BASE, step("prune", sparsity=0.8), archived=True)
    assert set(found([BASE, HALF, unfinished, archived], 3)) == {"without prune"}


def test_selected_models_are_not_offered() -> None:
    assert all(not set(ids) & {3, 4} for ids in found([BASE, HALF, MOST, *TUNED], 3, 4).values())


def test_no_two_suggestions_stand_for_the_same_models_and_six_are_enough() -> None:
    models = forest(400, seed=2)
    offered = suggested(models, [one.id for one in models[5:15]])
    assert 0 < len(offered) <= 6
    assert len({one.model_ids for one in offered}) == len(offered)


def test_suggestions_that_match_more_of_the_selection_come_first() -> None:
    offered = suggested([BASE, HALF, MOST, *TUNED, model(7, HALF, step("calibrate"))], [HALF.id, MOST.id])
    assert [one.covered for one in offered] == sorted((one.covered for one in offered), reverse=True)


def _recipe(models: dict[ModelId, Model], one: Model) -> tuple[Model, list[Step]]:
    steps = []
    while one.parent_id is not None and one.step is not None:
        steps.append(one.step)
        one = models[one.parent_id]
    return one, steps[::-1]


def _changed_value(old: Step, new: Step) -> str | None:
    """Return the one parameter that has another value; None if anything else differs as well."""
    names = [
        name
        for name in {**old.parameters, **new.parameters}
        if old.parameters.get(name, "none") != new.parameters.get(name, "none")
    ]
    alike = old.technique == new.technique and old.rules == new.rules and len(names) == 1
    return names[0] if alike and names[0] in new.parameters else None


@pytest.mark.parametrize("seed", range(12))
def test_other_values_are_those_that_comparing_each_pair_finds(seed: int) -> None:
    rng = random.Random(seed)
    models = [
        replace(one, step=replace(one.step, parameters={**one.step.parameters, "kind": rng.choice("ab")}))
        if one.step and rng.random() < 0.6
        else one
        for one in forest(150, seed=seed)
    ]
    by_id, chosen = {one.id: one for one in models}, rng.sample(models, 12)
    expected: dict[str, set[ModelId]] = {}
    for one, other in itertools.product(chosen, models):
        if other in chosen or not other.ready or other.archived:
            continue
        (base, steps), (other_base, other_steps) = _recipe(by_id, one), _recipe(by_id, other)
        if base is not other_base or len(steps) != len(other_steps):
            continue
        apart = [pair for pair in zip(steps, other_steps, strict=True) if pair[0] != pair[1]]
        if len(apart) == 1 and (name := _changed_value(*apart[0])):
            value = value_of(apart[0][1].parameters[name]).text
            words = f"{name} {value}"
            if name in ("bits", "epochs", "batches"):
                words = {"epochs 1": "1 epoch"}.get(words, f"{value} {name}")
            expected.setdefault(f"same at {words}", set()).add(other.id)
    offered: dict[str, set[ModelId]] = {}
    index, groups = RecipeIndex.over(models), Groups()
    for crossing in index.around([one.id for one in chosen]).crossings:
        crossed(crossing, index, {}, groups)
    for (change, label, _), group in groups.items():
        if change is RecipeChange.VALUE and label.startswith("same at"):
            offered.setdefault(label, set()).update(group.counterparts)
    assert expected
    assert offered == expected
