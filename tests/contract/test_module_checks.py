"""What is known of a model's modules before queuing is what a worker finds when it carries a step out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.compression.base import Ancestor, Context, apply_step, techniques
from core.compression.checkpoints.modules import module_table
from core.compression.layers import compressible_layers, parameterised_modules
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.parameters import completed_step
from core.domain.queue.run import RunStatus
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import Problem, UnusableInput
from core.registry import discover
from core.services.preflight.module_checks import PlacedStep, module_problems
from core.testing.contracts.families import FAMILIES, Examples, LastLogits, small_model, small_networks

discover("core.compression.techniques")
discover("core.models.sources")

OWN = [name for name, technique in techniques if type(technique).__module__.startswith("core.")]
NEEDY = [name for name in OWN if techniques.get(name).needs_layers]
COUNTING = {
    "heads": ("head-pruning", {"criterion": "magnitude"}),
    "few-heads": ("head-pruning", {"criterion": "magnitude", "ratio": 0.05}),
    "neurons": ("ffn-pruning", {"criterion": "magnitude"}),
    "few-neurons": ("ffn-pruning", {"criterion": "magnitude", "ratio": 0.001}),
    "channels": ("channel-pruning", {}),
    "rank": ("low-rank", {"criterion": "rank", "rank": 4}),
    "high-rank": ("low-rank", {"criterion": "rank", "rank": 4000}),
    "fewer-layers": ("distillation", {"epochs": 1, "learning_rate": 1e-4}),
    "biases": ("bias-correction", {"samples": 4}),
    "all-layers": ("distillation", {"epochs": 1, "layers_kept": 1.0}),
}


@pytest.fixture(scope="module", autouse=True)
def networks() -> Iterator[None]:
    with small_networks():
        yield


def stored(family: str) -> ModuleTable:
    """The table of a family's model, as it comes back out of arrays."""
    return ModuleTable.from_arrays(module_table(small_model(family).module).to_arrays())


def foreseen(family: str, name: str, parameters: dict[str, object], rules: LayerRules) -> list[Problem]:
    spec = techniques.get(name).spec()
    step, problems = completed_step(
        SweepStep(name, {key: (value,) for key, value in parameters.items()}, rules), spec, field="step"
    )
    assert not problems
    made = datetime(2026, 1, 1, tzinfo=UTC)
    model = Model(ModelId(1), ProjectId(1), family, family, RunStatus.SUCCEEDED, made)
    return module_problems(PlacedStep("step", step, spec), [(model, stored(family))])


def refusal(family: str, name: str, parameters: dict[str, object], rules: LayerRules) -> str:
    """What a worker says of the step, empty if it carries it out."""
    ancestors = (Ancestor("base", small_model(family).copy),)
    context = Context(seed=1, data=Examples(family), task=LastLogits(), ancestors=ancestors)
    try:
        apply_step(name, parameters, rules, small_model(family), context)
    except UnusableInput as error:
        return error.message
    return ""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_table_survives_being_stored(family: str) -> None:
    assert stored(family) == module_table(small_model(family).module)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_module_that_rules_may_name_is_known(family: str) -> None:
    for name in parameterised_modules(small_model(family).module):
        assert stored(family).matches(f"^{re.escape(name)}$"), name


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", COUNTING)
def test_steps_that_count_units_are_refused_where_they_fail_and_only_there(family: str, step: str) -> None:
    name, parameters = COUNTING[step]
    said = refusal(family, name, parameters, LayerRules())
    assert bool(foreseen(family, name, parameters, LayerRules())) == bool(said), said


@pytest.mark.parametrize("family", FAMILIES)
def test_layers_within_rules_are_those_that_a_technique_gets(family: str) -> None:
    module = small_model(family).module
    names = parameterised_modules(module)
    rules = LayerRules(include=(f"^{re.escape(names[0])}$", "attention|conv|0"), exclude=("norm|bn|wte",))
    found = {name for layer in compressible_layers(module, rules) for name in layer.names}
    assert stored(family).touched(rules) == found


@pytest.mark.parametrize("name", OWN)
def test_techniques_that_need_layers_say_so(name: str) -> None:
    family = "vit" if name in {"head-pruning", "ffn-pruning", "distillation"} else "resnet"
    norms = LayerRules(include=("norm|bn",))
    quick = {"epochs": 1} if "epochs" in techniques.get(name).Params.model_fields else {}
    said = refusal(family, name, quick, norms)
    assert ("finds no layer to work on" in said) == (name in NEEDY)
    assert any("leave" in problem.message for problem in foreseen(family, name, quick, norms)) == (
        name in NEEDY
    )


def test_norms_to_calibrate_are_known() -> None:
    for family in FAMILIES:
        norms = any("BatchNorm" in type(child).__name__ for child in small_model(family).module.modules())
        assert (foreseen(family, "calibrate-batch-norm", {}, LayerRules()) == []) == norms


@pytest.mark.parametrize("family", FAMILIES)
def test_the_numbers_of_all_modules_are_those_of_the_model(family: str) -> None:
    module = small_model(family).module
    assert stored(family).size(dict(module.named_modules())) == sum(
        each.numel() for each in module.parameters()
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["magnitude-pruning", "palettization"])
def test_what_a_step_is_said_to_work_on_is_what_it_changes(family: str, name: str) -> None:
    """A technique that changes every weight it may changes the modules in the table, and no other."""
    rules = LayerRules(exclude=("0",))
    model = small_model(family)
    told = stored(family).worked_on(techniques.get(name).spec(), rules)
    if not told:
        pytest.skip("every layer of this family has a 0 in its name")
    parameters = {"magnitude-pruning": {"sparsity": 0.5, "scope": "layer"}, "palettization": {"bits": 1}}[
        name
    ]
    changed = apply_step(name, parameters, rules, model, Context(seed=1))
    before = {key: value.clone() for key, value in model.module.state_dict().items()}
    different = {
        key.rpartition(".")[0]
        for key, value in changed.module.state_dict().items()
        if key in before and not value.equal(before[key])
    }
    assert different == told


@pytest.mark.parametrize("family", FAMILIES)
def test_norms_alone_can_be_touched_where_everything_is_asked_for(family: str) -> None:
    """What is foreseen of a rule that names only modules without matrices is what a worker says."""
    table = stored(family)
    names = sorted(set(table.weighted) - table.touched(LayerRules(), raw=True))
    rules = LayerRules(include=tuple(f"^{re.escape(name)}$" for name in names[:3]))
    for weights in ("matrices", "everything"):
        values: dict[str, object] = {"scope": "layer", "weights": weights}
        told = bool(foreseen(family, "magnitude-pruning", values, rules))
        assert told == bool(refusal(family, "magnitude-pruning", values, rules))
        assert told == (weights == "matrices" and bool(names))
