"""Recipe files say what a request says, and name everything that is wrong."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import plan
from core.services.files.recipe_files import read_recipe_file, write_recipe_file

FILE = r"""
project: digits
name: Prune and quantize
base: [residual CNN]
recipes:
  - - technique: prune
      parameters: {sparsity: [0.5, 0.9]}
      exclude: ['^stem\.']
    - technique: quantize
      overrides: {'layer1': {bits: 4}}
"""

scalars = st.booleans() | st.integers(-1000, 1000) | st.text(max_size=8) | st.none()
values = st.lists(scalars | st.floats(0, 1), min_size=1, max_size=4).map(tuple)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)  # as requests allow them
names = st.text("abc_", min_size=1, max_size=6)
rules = st.builds(
    LayerRules,
    st.lists(names, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
    st.dictionaries(names, st.dictionaries(names, scalars, min_size=1, max_size=2), max_size=2).map(
        lambda chosen: tuple(chosen.items())
    ),
)
techniques = st.sampled_from(["prune", "quantize", "fine-tune"])
steps = st.builds(SweepStep, techniques, st.dictionaries(names, values), rules)
recipes = st.lists(st.lists(steps, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)


def test_a_file_is_read(app: Application, base: Model) -> None:
    request = read_recipe_file(app, FILE)
    prune, quantize = request.recipes[0]
    assert request.base_ids == (base.id,)
    assert prune == SweepStep("prune", {"sparsity": (0.5, 0.9)}, LayerRules(exclude=(r"^stem\.",)))
    assert quantize.rules.overrides == (("layer1", {"bits": 4}),)
    assert plan(app, request).new_models == 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(recipes=recipes, note=texts, seeds=st.lists(st.integers(0, 99), min_size=1).map(tuple))
def test_a_request_survives_the_file(
    app: Application,
    base: Model,
    recipes: tuple[tuple[SweepStep, ...], ...],
    note: str,
    seeds: tuple[int, ...],
) -> None:
    request = ExperimentRequest(base.project_id, (base.id,), recipes, "name", note, seeds, priority=3)
    assert plain(read_recipe_file(app, write_recipe_file(request, "digits"))) == plain(request)


def plain(request: ExperimentRequest) -> ExperimentRequest:
    """Mappings compare equal whatever their type."""
    assert all(isinstance(step.values, Mapping) for recipe in request.recipes for step in recipe)
    return replace(request, note=request.note)


def test_unusual_line_breaks_survive_the_file(app: Application, base: Model) -> None:
    recipes = ((SweepStep("prune", {"odd\x85name": ("a\u2028b\u2029",)}),),)
    request = ExperimentRequest(base.project_id, (base.id,), recipes, note="one\x85two")
    assert plain(read_recipe_file(app, write_recipe_file(request, "digits"))) == plain(request)


def test_a_list_for_a_parameter_that_is_a_list_is_one_value(app: Application, base: Model) -> None:
    from core.services.files.recipe_reading import RecipeReader

    reader = RecipeReader(frozenset({("distil", "layers")}))
    content = {"recipes": [[{"technique": "distil", "parameters": {"layers": [1, 2]}}]]}
    assert reader.recipes(content)[0][0].values == {"layers": ([1, 2],)}
    content = {"recipes": [[{"technique": "distil", "parameters": {"layers": [[1], [2]]}}]]}
    assert reader.recipes(content)[0][0].values == {"layers": ([1], [2])}


def test_every_mistake_is_named(app: Application, base: Model) -> None:
    file = """
    project: digts
    bse: 3
    seeds: [one]
    priority: high
    recipes:
      - - technque: prune
        - technique: prune
          parameters: 3
          include: [7]
      - technique: prune
    """
    with pytest.raises(InvalidInput) as caught:
        read_recipe_file(app, file)
    assert {problem.field for problem in caught.value.problems} == {
        *("project", "bse", "base", "seeds.0", "priority", "recipes.1"),
        *("recipes.0.steps.0", "recipes.0.steps.1.parameters", "recipes.0.steps.1.include.0"),
    }


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "just text"])
def test_what_is_no_recipe_file_is_refused(app: Application, text: str) -> None:
    with pytest.raises(InvalidInput):
        read_recipe_file(app, text)


def test_a_name_that_several_models_have_is_refused(app: Application, base: Model) -> None:
    from core.services.models.models import BaseModelRequest, add_base_model

    add_base_model(app, BaseModelRequest(base.project_id, base.name, "residual-cnn", seed=7))
    with pytest.raises(InvalidInput, match="2 models are named"):
        read_recipe_file(app, FILE)
    with pytest.raises(InvalidInput, match="no model named 'residual'"):
        read_recipe_file(app, FILE.replace("residual CNN", "residual"))


def nested(depth: int) -> str:
    """Return a file whose aliases stand for 9 ** depth texts."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, depth)]
    return "\n".join(lines) + f"\nproject: digits\nname: *a{depth - 1}\nbase: *a{depth - 1}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "too deeply"),
        ("seeds: [" + "9" * 5000 + "]", "not YAML that can be read"),
        ("name: 2026-13-45", "not YAML that can be read"),
        (nested(12), "more than 1,000,000 values"),
    ],
    ids=["deep", "huge number", "impossible date", "aliases of aliases"],
)
def test_a_hostile_file_gets_a_short_answer(app: Application, base: Model, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        read_recipe_file(app, text)
    assert len(str(caught.value)) < 5000


@pytest.mark.parametrize("model_id", [0, -1, 2**31, 10**30])
def test_an_id_that_no_model_can_have_is_named(app: Application, base: Model, model_id: int) -> None:
    request = read_recipe_file(app, FILE.replace("[residual CNN]", str(model_id)))
    with pytest.raises(InvalidInput, match=f"no model with id {model_id}"):
        plan(app, request)
