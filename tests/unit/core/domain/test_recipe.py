"""Sweeps unfold into trees with shared prefixes; equal steps have equal identities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.parameter.spec import Kind
from core.domain.parameter.traits import Teacher
from core.domain.recipe import (
    Step,
    SweepStep,
    base_identity,
    count_models,
    model_identity,
    step_label,
    unfold,
)
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.testing.parameters import parameter

sweep_steps = st.builds(
    SweepStep,
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from("xy"), st.lists(st.integers(0, 3), min_size=1, unique=True).map(tuple)),
)
recipes = st.lists(st.lists(sweep_steps, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)


@given(recipes)
def test_parents_come_first_and_no_child_twice(recipes: tuple[tuple[SweepStep, ...], ...]) -> None:
    planned = unfold(recipes)
    assert all(node.parent is None or node.parent < index for index, node in enumerate(planned))
    places = [(node.parent, node.step.canonical()) for node in planned]
    assert len(set(places)) == len(places) <= count_models(recipes)


@given(recipes)
def test_unfolding_twice_the_same_changes_nothing(recipes: tuple[tuple[SweepStep, ...], ...]) -> None:
    assert unfold(recipes + recipes) == unfold(recipes)


def test_a_shared_prefix_is_made_once() -> None:
    prune = SweepStep("prune", {"sparsity": (0.5, 0.9)})
    tune, quantize = SweepStep("tune"), SweepStep("quantize", {"bits": (8, 4)})
    planned = unfold([(prune, tune), (prune, quantize)])
    assert [node.step.technique for node in planned].count("prune") == 2
    assert len(planned) == 2 + 2 + 4
    assert count_models([(prune, tune), (prune, quantize)]) == 4 + 6


def test_a_huge_sweep_is_counted_without_unfolding_it() -> None:
    wide = SweepStep("prune", {"x": tuple(range(1000)), "y": tuple(range(1000))})
    assert count_models([(wide, wide)]) == 10**6 + 10**12


@pytest.mark.parametrize(
    ("one", "other"),
    [({"x": 0.5}, {"x": 0.50}), ({"x": 3}, {"x": 3.0}), ({"x": 1, "y": 2}, {"y": 2, "x": 1})],
)
def test_equal_steps_are_one_model(one: dict[str, float], other: dict[str, float]) -> None:
    assert model_identity(["p"], Step("t", one), 0, "1") == model_identity(["p"], Step("t", other), 0, "1")


def test_whatever_changes_the_weights_changes_the_identity() -> None:
    step = Step("t", {"x": 1})
    ruled = Step("t", {"x": 1}, LayerRules(("conv",)))
    identities = {
        model_identity(["p"], step, 0, "1"),
        model_identity(["q"], step, 0, "1"),
        model_identity(["p"], ruled, 0, "1"),
        model_identity(["p"], step, 1, "1"),
        model_identity(["p"], step, 0, "2"),
        model_identity(["p"], Step("t", {"x": True}), 0, "1"),
        base_identity(1, "s", {}, 0),
        base_identity(2, "s", {}, 0),
    }
    assert len(identities) == 8


def test_labels_show_what_matters() -> None:
    spec = TechniqueSpec("prune", "Magnitude pruning", "", "", "1", (), Storage.STORED, ("sparsity",))
    step = Step("prune", {"scope": "global", "sparsity": 0.50})
    assert step_label(step, spec) == "magnitude pruning 0.5"
    assert step_label(step, None) == "prune global 0.5"


def test_labels_name_units_except_of_fractions() -> None:
    bits = (parameter("bits", unit="bit"), parameter("share", unit="fraction"))
    spec = TechniqueSpec("palette", "Palettization", "", "", "1", bits, Storage.STORED, ("bits", "share"))
    assert step_label(Step("palette", {"bits": 3, "share": 0.5}), spec) == "palettization 3 bit 0.5"


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (LayerRules(), "prune 0.5"),
        (LayerRules(exclude=("attn", "wte")), "prune 0.5 without attn, wte"),
        (
            LayerRules(include=("mlp",), overrides=(("head", {"sparsity": 0.1}),)),
            "prune 0.5 only mlp with exceptions",
        ),
    ],
    ids=["everything", "excluded", "included and overridden"],
)
def test_a_step_is_named_with_its_layer_rules(rules: LayerRules, name: str) -> None:
    assert step_label(Step("prune", {"sparsity": 0.5}, rules), None) == name


@pytest.mark.parametrize(
    ("parameters", "label"),
    [
        ({"student": "fewer", "kept": 0.5, "teacher": "parent"}, "distillation fewer 0.5"),
        ({"student": "itself", "kept": 0.5, "teacher": "base"}, "distillation itself from base"),
        ({"student": "itself", "kept": 0.5, "teacher": "12"}, "distillation itself from 12"),
    ],
    ids=["all", "unused", "teacher"],
)
def test_the_short_name_leaves_out_what_has_no_effect(parameters: dict[str, object], label: str) -> None:
    known = (
        parameter("student"),
        parameter("kept", Kind.NUMBER, used_with={"student": ("fewer",)}),
        parameter("teacher", teacher=Teacher()),
    )
    headline = ("student", "kept", "teacher")
    spec = TechniqueSpec("d", "Distillation", "", "", "1", known, Storage.STORED, headline=headline)
    assert step_label(Step("d", parameters), spec) == label
