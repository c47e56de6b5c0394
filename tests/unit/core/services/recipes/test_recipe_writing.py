"""Files that are written say what the request said."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.domain.search.selection import Sample, Search, Selection
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.services.application import Application
from core.services.recipes.recipe_files import read_recipe_file, read_recipes
from core.services.recipes.recipe_writing import write_recipe_file, write_recipes
from core.services.workers.workers import catalogue

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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(recipes=recipes, note=texts, seeds=st.lists(st.integers(0, 99), min_size=1).map(tuple))
def test_a_request_survives_the_file(
    app: Application,
    base: Model,
    recipes: tuple[tuple[SweepStep, ...], ...],
    note: str,
    seeds: tuple[int, ...],
) -> None:
    request = ExperimentRequest(base.project_id, (base.id,), recipes, "name", note, seeds, priority=3)
    again = read_recipe_file(app, write_recipe_file(request, "digits"))
    assert all(isinstance(step.values, Mapping) for recipe in again.recipes for step in recipe)
    assert again == request
    alone = write_recipes(recipes)
    assert write_recipes(read_recipes(catalogue(app), alone).recipes) == alone


@pytest.mark.parametrize(
    "selection",
    [
        Selection(sample=Sample(3, seed=4)),
        Selection(combinations=({"sparsity": 0.5}, {"1.sparsity": 0.7, "recipe": 1})),
        Selection(search=Search(("file_bytes",), ("top1",), {"top1": 0.9}, {"latency_ms": 5.0}, 9, 3, 0, 7)),
        Selection(search=Search(minimize=("file_bytes",))),
    ],
)
def test_which_combinations_are_made_survives_the_file(
    app: Application, base: Model, selection: Selection
) -> None:
    recipe = (SweepStep("prune", {"sparsity": (0.5, 0.7)}),)
    request = ExperimentRequest(base.project_id, (base.id,), (recipe,), selection=selection)
    assert read_recipe_file(app, write_recipe_file(request, "digits")) == request


def test_what_is_wrong_with_a_search_is_said_at_its_field(app: Application, base: Model) -> None:
    text = write_recipe_file(
        ExperimentRequest(base.project_id, (base.id,), ((SweepStep("prune"),),)), "digits"
    )
    wrong = "search: {minimise: [size], at_least: {top1: high}, models: 2.5}\nsample: {seed: 1}\n"
    with pytest.raises(InvalidInput) as refused:
        read_recipe_file(app, text + wrong)
    assert {problem.field for problem in refused.value.problems} == {
        "search.minimise",
        "search.at_least.top1",
        "search.models",
        "sample.count",
    }


def test_unusual_line_breaks_survive_the_file(app: Application, base: Model) -> None:
    recipes = ((SweepStep("prune", {"odd\x85name": ("a\u2028b\u2029",)}),),)
    request = ExperimentRequest(base.project_id, (base.id,), recipes, note="one\x85two")
    assert read_recipe_file(app, write_recipe_file(request, "digits")) == request
