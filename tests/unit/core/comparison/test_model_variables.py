"""Parameters, seeds and the number of steps as numbers to draw."""

from __future__ import annotations

from core.comparison.model_variables import ModelVariables
from core.domain.metric import Direction, Group
from core.domain.recipe import Step
from core.domain.technique import Storage, TechniqueSpec
from core.testing.parameters import parameter
from core.testing.projects.forests import model

PRUNE = TechniqueSpec(
    "prune", "Magnitude pruning", "", "", "1",
    (parameter("sparsity", unit="fraction"), parameter("scope")),
    Storage.STORED,
)  # fmt: skip
BITS = TechniqueSpec(
    "quantize", "Quantization", "", "", "1", (parameter("bits", unit="bit"),),
    Storage.STORED,
)  # fmt: skip
SPECS = {"prune": PRUNE, "quantize": BITS}
BASE = model(1)
HALF = model(2, BASE, Step("prune", {"sparsity": 0.5, "scope": "global"}))
MORE = model(3, HALF, Step("prune", {"sparsity": 0.8, "scope": "layer"}), seed=4)
SMALL = model(4, HALF, Step("quantize", {"bits": 4, "symmetric": True}))


def test_the_last_value_of_a_recipe_counts_and_models_without_the_step_have_none() -> None:
    found = ModelVariables.over([BASE, HALF, MORE, SMALL], SPECS).values
    sparsity = "parameter:prune:sparsity"
    assert [found[number].get(sparsity) for number in (1, 2, 3, 4)] == [None, 0.5, 0.8, 0.5]
    assert [found[number]["model:steps"] for number in (1, 2, 3, 4)] == [0, 1, 2, 2]
    assert [found[number]["model:seed"] for number in (1, 2, 3, 4)] == [0, 0, 4, 0]


def test_only_numbers_that_differ_are_offered_and_read_as_in_forms() -> None:
    offered = ModelVariables.over([BASE, HALF, MORE, SMALL], SPECS).varied
    assert [one.name for one in offered] == ["model:seed", "model:steps", "parameter:prune:sparsity"]
    assert [one.label for one in offered] == ["Seed", "Steps", "Sparsity (Magnitude pruning)"]
    assert {(one.direction, one.group) for one in offered} == {(Direction.NEITHER, Group.PARAMETER)}


def test_a_unit_is_kept_and_a_technique_that_is_gone_keeps_its_names() -> None:
    other = model(5, HALF, Step("quantize", {"bits": 8}))
    strange = [model(6, BASE, Step("gone", {"alpha": 1})), model(7, BASE, Step("gone", {"alpha": 2}))]
    offered = ModelVariables.over([BASE, HALF, SMALL, other, *strange], SPECS).definitions
    by_name = {one.name: one for one in offered}
    assert by_name["parameter:quantize:bits"].unit == "bit"
    assert by_name["parameter:gone:alpha"].label == "alpha (gone)"
