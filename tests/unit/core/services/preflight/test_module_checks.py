"""Steps that would change nothing are told from those that may, by the modules of the model alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.module_table import ModuleTable, Units
from core.domain.parameter.spec import Kind
from core.domain.parameter.traits import CountedUnits, Takes
from core.domain.queue.run import RunStatus
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.services.preflight.module_checks import PlacedStep, module_problems
from core.testing.parameters import parameter

MODEL = Model(ModelId(1), ProjectId(1), "net", "net", RunStatus.SUCCEEDED, datetime(2026, 1, 1, tzinfo=UTC))
TABLE = ModuleTable(
    types={"": "Net", "stem": "Linear", "block.conv": "Conv2d", "norm": "LayerNorm", "head": "Linear"},
    weighted=("stem", "block.conv", "norm", "head"),
    layers=(("stem", "head"), ("block.conv",)),
    units={
        "heads": (Units(("stem",), 4), Units(("block.conv",), 2)),
        "fewer": (Units((), 3), Units((), 2)),
        "rank": (Units(("stem", "head"), 8), Units(("block.conv",), 20)),
        "channels": (),
    },
)


def spec(name: str, takes: Takes = Takes.ANY, **more: Any) -> TechniqueSpec:
    used = {"student": ("fewer",)} if takes is Takes.KEPT else {}
    value = parameter(
        "value", Kind.NUMBER, used_with=used, counts=CountedUnits("parts", "Leave it out.", takes)
    )
    return TechniqueSpec(name, name.title(), "", "", "1", (value,), Storage.STORED, **more)


SPECS = {
    "heads": spec("heads", Takes.REMOVED),
    "fewer": spec("fewer", Takes.KEPT, keeps_modules=False),
    "rank": spec("rank", Takes.AT_MOST),
    "channels": spec("channels"),
    "unknown": spec("unknown", Takes.REMOVED),
    "halve": TechniqueSpec("halve", "Halve", "", "", "1", (), Storage.STORED, needs_layers=True),
}
NORM = LayerRules(include=("norm",))
TIED = LayerRules(include=("head",), exclude=("stem", "conv"))


def step(technique: str, *values: float, student: str = "fewer", **rules: Any) -> SweepStep:
    return SweepStep(technique, {"student": (student,), "value": values}, LayerRules(**rules))


def told(chosen: SweepStep, *earlier: str) -> dict[str, str]:
    """Return what is wrong with a step by field."""
    before = tuple((SweepStep(name), SPECS[name]) for name in earlier)
    place = PlacedStep("at", chosen, SPECS[chosen.technique], before)
    return {problem.field: problem.message for problem in module_problems(place, [(MODEL, TABLE)])}


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        (step("heads", 0, 0.5, 0.1), "parameters.value.2", "With 0.1 nothing changes in net: no layer has"),
        (step("heads", 0.2, include=("conv",)), "parameters.value.0", "no layer has more than 2 parts."),
        (step("heads", 0.5, exclude=("stem", "conv")), "technique", "no parts in net within the layer rules"),
        (step("fewer", 0.5, 0.9), "parameters.value.1", "no layer has more than 3 parts."),
        (step("rank", 20, 21), "parameters.value.1", "no layer has more than 20 parts."),
        (step("channels", 0.5), "technique", "Channels finds no parts in net."),
        (replace(step("halve"), rules=NORM), "technique", "The layer rules leave halve no layer to work on"),
        (replace(step("halve"), rules=TIED), "technique", "The layer rules leave halve no layer to work on"),
    ],
    ids=["too-few", "too-few-in-reach", "ruled-out", "all-kept", "too-large", "none", "no-weight", "tied"],
)
def test_a_step_that_would_change_nothing_is_refused(chosen: SweepStep, field: str, words: str) -> None:
    ((where, said),) = told(chosen).items()
    assert where == f"at.{field}"
    assert words in said


@pytest.mark.parametrize(
    ("chosen", "earlier"),
    [
        (step("heads", 0, 0.5), ()),
        (step("heads", 0.1, overrides=(("stem", {"value": 0.5}),)), ()),
        (step("fewer", 1.0, student="itself"), ()),
        (step("heads", 0.1), ("heads",)),
        (step("channels", 0.5), ("fewer",)),
        (step("halve", include=("head", "norm")), ()),
        (step("unknown", 0.1), ()),
    ],
    ids=["control", "override", "no-effect", "fewer-by-then", "others-by-then", "some-layer", "unknown"],
)
def test_a_step_that_may_change_something_is_accepted(chosen: SweepStep, earlier: tuple[str, ...]) -> None:
    assert told(chosen, *earlier) == {}


@pytest.mark.parametrize("kind", ["include", "exclude"])
@pytest.mark.parametrize("technique", ["halve", "heads", "rank"])
def test_a_malformed_layer_rule_is_left_to_the_message_about_itself(technique: str, kind: str) -> None:
    assert told(step(technique, 0.5, **{kind: ("(",)})) == {}
