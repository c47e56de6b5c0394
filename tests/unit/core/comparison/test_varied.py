"""Which parameters are worth a label."""

from core.comparison.varied import value_order, varied_parameters
from core.domain.recipe import Step
from core.testing.forests import model


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
