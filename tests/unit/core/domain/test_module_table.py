"""What a technique works on among the modules of a model, and how many numbers that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.module_table import ModuleTable, Units
from core.domain.technique import LayerRules, Storage, TechniqueSpec

TABLE = ModuleTable(
    types={"": "Net", "embed": "Embedding", "conv": "Conv2d", "norm": "BatchNorm2d", "head": "Linear"},
    weighted=("embed", "conv", "norm", "head"),
    layers=(("embed", "head"), ("conv",)),
    units={"thin": (Units(("conv",), 8), Units(("embed", "head"), 2)), "biases": (Units((), 1),)},
    parameters={"": 0, "embed": 100, "conv": 36, "norm": 8, "head": 105},
)


def spec(name: str = "any", *, needs_layers: bool = False, works_on: str = "") -> TechniqueSpec:
    return TechniqueSpec(
        *(name, name, "", "", "1", (), Storage.STORED), needs_layers=needs_layers, works_on=works_on
    )


@pytest.mark.parametrize(
    ("technique", "rules", "worked_on"),
    [
        pytest.param(spec(), LayerRules(), {"embed", "conv", "norm", "head"}, id="training"),
        pytest.param(
            spec(), LayerRules(exclude=("norm",)), {"embed", "conv", "head"}, id="training but norms"
        ),
        pytest.param(spec(needs_layers=True), LayerRules(), {"embed", "conv", "head"}, id="weights"),
        pytest.param(
            spec(needs_layers=True), LayerRules(include=("head",)), {"embed", "head"}, id="one shared weight"
        ),
        pytest.param(
            spec(needs_layers=True), LayerRules(exclude=("head",)), {"conv"}, id="without the shared weight"
        ),
        pytest.param(spec(works_on=": .*BatchNorm"), LayerRules(), {"norm"}, id="norms"),
        pytest.param(
            spec("thin", needs_layers=True), LayerRules(exclude=("^embed",)), {"conv"}, id="units of layers"
        ),
        pytest.param(
            spec("biases"), LayerRules(include=("conv", "norm")), {"conv", "norm"}, id="units without layers"
        ),
    ],
)
def test_a_technique_works_on_what_it_can_within_the_rules(
    technique: TechniqueSpec, rules: LayerRules, worked_on: set[str]
) -> None:
    assert TABLE.worked_on(technique, rules) == worked_on


def test_a_technique_that_is_asked_for_everything_works_on_all_with_parameters() -> None:
    assert TABLE.worked_on(spec(needs_layers=True), everything=True) == set(TABLE.weighted)
    norms = LayerRules(include=("norm",))
    assert TABLE.worked_on(spec(needs_layers=True), norms) == set()
    assert TABLE.worked_on(spec(needs_layers=True), norms, everything=True) == {"norm"}


def test_shared_weights_are_counted_once() -> None:
    assert TABLE.size({"embed", "head"}) == 100
    assert TABLE.size({"head", "conv"}) == 105 + 36
    assert TABLE.size(TABLE.types) == 100 + 36 + 8


def test_the_numbers_of_models_made_before_are_unknown() -> None:
    arrays = {name: values for name, values in TABLE.to_arrays().items() if name != "parameters"}
    old = ModuleTable.from_arrays(arrays)
    assert old.size({"conv"}) is None
    assert old.worked_on(spec(needs_layers=True)) == {"embed", "conv", "head"}
    assert ModuleTable.from_arrays(TABLE.to_arrays()) == TABLE


def test_raw_weights_are_reached_by_techniques_for_them_only() -> None:
    """As the experts of a mixture in one tensor beside linear layers."""
    table = ModuleTable(
        types={"router": "Linear", "experts": "Experts"},
        weighted=("router", "experts"),
        layers=(("router",), ("experts",)),
        raw=frozenset({"experts"}),
    )
    pruning = replace(spec(needs_layers=True), raw_weights=True)
    assert table.worked_on(pruning) == {"router", "experts"}
    assert table.worked_on(spec(needs_layers=True)) == {"router"}
    assert table.touched(LayerRules(include=("experts",))) == set()
    assert ModuleTable.from_arrays(table.to_arrays()) == table
    old = {name: values for name, values in TABLE.to_arrays().items() if name != "raw"}
    assert ModuleTable.from_arrays(old) == TABLE
