"""Which parameters are worth a label."""

from collections import defaultdict

import pytest

from core.comparison.map.varied import value_order, varied_parameters
from core.comparison.variables.variables import Kind, what_differs
from core.domain.recipe import Step
from core.testing.projects.forests import forest, model


def step(number, technique, **parameters):
    return model(number, model(1), Step(technique, parameters))


def test_only_parameters_with_several_values_are_varied():
    models = [
        model(1),
        step(2, "prune", sparsity=0.3, scope="all"),
        step(3, "prune", sparsity=0.5, scope="all"),
    ]
    assert varied_parameters(models) == {"prune": ("sparsity",)}


def test_a_parameter_that_some_steps_lack_is_varied():
    models = [step(2, "prune", sparsity=0.3), step(3, "prune", sparsity=0.3, scope="all")]
    assert varied_parameters(models) == {"prune": ("scope",)}


def test_techniques_do_not_mix():
    models = [step(2, "quantize", bits=4), step(3, "palettize", bits=2)]
    assert varied_parameters(models) == {"quantize": (), "palettize": ()}


def test_values_are_ordered_as_numbers_then_as_text():
    given = [{"bits": 16}, {"bits": "auto"}, {"bits": 2}, {"bits": None}]
    ordered = sorted(given, key=value_order)
    assert [entry["bits"] for entry in ordered] == [2, 16, "auto", None]


def test_values_that_people_call_the_same_are_no_variation():
    assert varied_parameters([step(2, "quantize", bits=4), step(3, "quantize", bits=4.0)]) == {"quantize": ()}


@pytest.mark.parametrize("seed", range(5))
def test_what_siblings_differ_in_is_varied(seed):
    models = forest(200, seed=seed)
    varied = varied_parameters(models)
    families = defaultdict(list)
    for one in models:
        if one.step:
            families[one.parent_id, one.step.technique].append(one.id)
    for (_, technique), ids in families.items():
        differing = what_differs(models, ids).varying if len(ids) > 1 else ()
        named = {one.variable.parameter for one in differing if one.variable.kind is Kind.PARAMETER}
        assert named <= set(varied[technique])
