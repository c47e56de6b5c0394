"""Recipe files say what a request says, and name everything that is wrong."""

from collections.abc import Callable

import pytest

from core.domain.model import Model
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import plan
from core.services.files.project_files import add_from_file, create_from_file
from core.services.recipes.recipe_files import Instead, read_recipe_file
from core.testing.laboratory import Laboratory

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


def test_a_file_is_read(app: Application, base: Model) -> None:
    request = read_recipe_file(app, FILE)
    prune, quantize = request.recipes[0]
    assert request.base_ids == (base.id,)
    assert prune == SweepStep("prune", {"sparsity": (0.5, 0.9)}, LayerRules(exclude=(r"^stem\.",)))
    assert quantize.rules.overrides == (("layer1", {"bits": 4}),)
    assert plan(app, request).new_models == 4


def test_a_list_for_a_parameter_that_is_a_list_is_one_value(app: Application, base: Model) -> None:
    from core.services.recipes.recipe_reading import RecipeReader

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


def merged(depth: int) -> str:
    """Return a file whose fields stand for 9 ** depth fields once they are merged."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, depth)]
    return "\n".join(lines)


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
        (merged(12), "more than 1,000,000 values"),
        ("name: &a [*a]", "more than 1,000,000 values"),
    ],
    ids=["deep", "huge number", "impossible date", "aliases of aliases", "merged aliases", "itself"],
)
@pytest.mark.parametrize("read", [read_recipe_file, create_from_file, add_from_file])
def test_a_hostile_file_gets_a_short_answer(
    app: Application, base: Model, read: Callable[[Application, str], object], text: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        read(app, text)
    assert len(str(caught.value)) < 5000


@pytest.mark.parametrize("model_id", [0, -1, 2**31, 10**30])
def test_an_id_that_no_model_can_have_is_named(app: Application, base: Model, model_id: int) -> None:
    request = read_recipe_file(app, FILE.replace("[residual CNN]", str(model_id)))
    with pytest.raises(InvalidInput, match=f"no model with id {model_id}"):
        plan(app, request)


def test_a_file_is_tried_on_another_project_with_a_model_of_it(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    other = laboratory.project("Other digits", "other")
    queued = laboratory.base(other)
    with pytest.raises(InvalidInput, match="No base model is named"):
        read_recipe_file(app, FILE, instead=Instead(other.slug))
    request = read_recipe_file(app, FILE, instead=Instead(other.slug, ("residual CNN",)))
    assert (request.project_id, request.base_ids) == (other.id, (queued.id,))
    assert request.recipes == read_recipe_file(app, FILE).recipes
    assert read_recipe_file(app, FILE, instead=Instead(bases=(str(base.id),))).base_ids == (base.id,)
