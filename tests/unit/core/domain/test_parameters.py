"""Parameters are completed, and each wrong one is named with what it must be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.parameter.spec import Kind, Shape
from core.domain.parameters import (
    completed_step,
    expectation,
    validated_parameters,
    without_later_defaults,
)
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.services.workers.built_in import built_in
from core.testing.parameters import parameter

PARAMETERS = (
    parameter("sparsity", Kind.NUMBER, 0.5, minimum=0, below=1),
    parameter("scope", default="global", choices=("global", "layer")),
    parameter("bits", Kind.INTEGER, 8, minimum=2, maximum=8),
    parameter("classes", Kind.LIST, [], items=Shape(kind=Kind.INTEGER)),
    parameter("limit", Kind.INTEGER, nullable=True, minimum=1),
    parameter("path", required=True, shortest=1),
)
SPEC = TechniqueSpec("prune", "Prune", "", "", "1", PARAMETERS, Storage.STORED)


def wrong(**values: object) -> dict[str, str]:
    _, problems = validated_parameters(PARAMETERS, {"path": "x", **values}, field="parameters")
    return {problem.field: problem.message for problem in problems}


def test_defaults_are_filled_in_in_their_order() -> None:
    complete, problems = validated_parameters(PARAMETERS, {"bits": 4.0, "path": "x"}, field="p")
    assert problems == []
    assert list(complete.items()) == [
        ("sparsity", 0.5),
        ("scope", "global"),
        ("bits", 4),
        ("classes", []),
        ("limit", None),
        ("path", "x"),
    ]
    assert isinstance(complete["bits"], int)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sparsity", 1.5, "Sparsity is 1.5; it must be a number from 0 to below 1."),
        ("sparsity", 1, "Sparsity is 1; it must be a number from 0 to below 1."),
        ("sparsity", math.nan, "Sparsity is nan; it must be a number from 0 to below 1."),
        ("sparsity", "much", "Sparsity is 'much'; it must be a number from 0 to below 1."),
        ("sparsity", True, "Sparsity is True; it must be a number from 0 to below 1."),
        ("scope", "all", "Scope is 'all'; it must be one of global, layer."),
        ("bits", 9, "Bits is 9; it must be a whole number from 2 to 8."),
        ("bits", 4.5, "Bits is 4.5; it must be a whole number from 2 to 8."),
        ("classes", [1, "x"], "Classes is [1, 'x']; it must be a list, each item a whole number."),
        ("limit", 0, "Limit is 0; it must be a whole number of at least 1 or nothing."),
        ("path", "", "Path is ''; it must be text of at least 1 character."),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: object, message: str) -> None:
    assert wrong(**{name: value}) == {f"parameters.{name}": message}


@pytest.mark.parametrize("value", ["x" * 100_000, [["y"] * 100] * 100], ids=["text", "list"])
def test_a_huge_value_is_quoted_in_short(value: object) -> None:
    (message,) = wrong(sparsity=value).values()
    assert len(message) < 200


@pytest.mark.parametrize("value", ["/data/\ud800", ["a", "\udfff"]], ids=["text", "list"])
def test_half_a_sign_is_refused_since_it_could_never_be_read_again(value: object) -> None:
    (message,) = wrong(path=value).values()
    assert "it contains an invalid Unicode character." in message
    assert message.encode()


def test_half_a_sign_in_a_rule_is_refused() -> None:
    step = SweepStep("prune", {"path": ("x",)}, LayerRules(("\ud800",), ("stem",)))
    _, (problem,) = completed_step(step, SPEC, field="s")
    assert problem.field == "s.rules.include.0"


def test_what_a_value_must_be_is_not_said_twice() -> None:
    described = parameter("a", Kind.INTEGER, help="Number of a.")
    _, (problem,) = validated_parameters([described], {"a": "x"}, field="p")
    assert problem.hint == ""


def test_every_problem_is_found_at_once() -> None:
    _, problems = validated_parameters(PARAMETERS, {"sparsty": 0.5, "bits": 1}, field="p")
    found = {problem.field: (problem.message, problem.hint) for problem in problems}
    assert found["p.sparsty"] == ("There is no parameter named 'sparsty'.", "Did you mean sparsity?")
    assert found["p.path"][0] == "Path is missing; it must be text of at least 1 character."
    assert set(found) == {"p.sparsty", "p.bits", "p.path"}


def test_a_sweep_names_the_value_and_the_rule() -> None:
    rules = LayerRules(("conv(",), (), (("stem", {"bits": 99, "x": 1}),))
    step = SweepStep("prune", {"sparsity": (0.1, 0.5, 7), "bits": (), "path": ("x",)}, rules)
    _, problems = completed_step(step, SPEC, field="s")
    assert {problem.field for problem in problems} == {
        "s.parameters.sparsity.2",
        "s.parameters.bits",
        "s.rules.include.0",
        "s.rules.overrides.0.bits",
        "s.rules.overrides.0.x",
    }


def test_a_complete_sweep_has_every_parameter() -> None:
    step, problems = completed_step(SweepStep("prune", {"path": ("a", "b")}), SPEC, field="s")
    assert problems == []
    assert step.values["path"] == ("a", "b")
    assert step.values["sparsity"] == (0.5,)


@given(st.floats() | st.integers() | st.text() | st.none() | st.booleans())
def test_what_is_accepted_is_within_the_bounds(value: object) -> None:
    accepted = not wrong(sparsity=value)
    in_bounds = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1
    assert accepted == in_bounds


def test_expectations_of_unusual_shapes_are_words() -> None:
    assert expectation(Shape()) == "any value"
    assert expectation(Shape(kind=Kind.NUMBER, above=0)) == "a number above 0"
    assert expectation(Shape(kind=Kind.NUMBER, maximum=10_000)) == "a number of at most 10,000"
    lists = Shape(kind=Kind.LIST, items=Shape(kind=Kind.NUMBER), shortest=1, longest=3)
    assert expectation(lists) == "a list, each item a number, of at least 1 item, at most 3 items"


JSON_OPTIONS = (parameter("options", json_object=True, default="{}"),)


@pytest.mark.parametrize("given_options", [{"classes": 10}, '{"classes": 10}'], ids=["mapping", "text"])
def test_named_values_are_written_as_the_json_that_a_parameter_holds(given_options: object) -> None:
    complete, problems = validated_parameters(JSON_OPTIONS, {"options": given_options}, field="parameters")
    assert (complete, problems) == ({"options": '{"classes": 10}'}, [])


@pytest.mark.parametrize("given_options", [{"a": math.nan}, {"a": {1, 2}}, [1]], ids=["nan", "set", "list"])
def test_named_values_that_json_cannot_hold_are_refused(given_options: object) -> None:
    _, (problem,) = validated_parameters(JSON_OPTIONS, {"options": given_options}, field="parameters")
    assert problem.field == "parameters.options"
    assert problem.message.endswith('it must be a JSON object, such as {"width": 8}.')


@pytest.mark.parametrize(
    "weights", [(), ("matrices",), ("matrices", "everything"), ("everything", "matrices")]
)
def test_a_step_is_the_same_as_before_its_technique_got_another_parameter(weights: tuple[str, ...]) -> None:
    spec = built_in().technique("magnitude-pruning")
    values = {"sparsity": (0.5,), **({"weights": weights} if weights else {})}
    complete, problems = completed_step(SweepStep("magnitude-pruning", values), spec, field="s")
    assert not problems
    written = [without_later_defaults(step, spec).canonical() for step in complete.steps()]
    as_before = (
        '{"parameters":{"scope":"global","sparsity":0.5},"rules":[[],[],[]],"technique":"magnitude-pruning"}'
    )
    assert as_before in written
    others = [text for text in written if text != as_before]
    assert len(others) == (1 if "everything" in weights else 0)
    assert all('"weights":"everything"' in text for text in others)
