"""From entries to a request, and from problems back to inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, ProjectId
from core.domain.parameter.spec import Kind
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.errors import Problem
from core.testing.parameters import parameter
from dashboard.views.new_experiment.entries.draft import Draft, RecipeDraft, StepDraft, in_use, of_steps
from dashboard.views.new_experiment.entries.prefill import prefilled
from dashboard.views.new_experiment.entries.request import Entries, place, read

PARAMETERS = (
    parameter("sparsity", Kind.NUMBER, 0.5),
    parameter("scope", default="global", choices=("global", "layer")),
)
CATALOGUE = Catalogue(
    techniques=(TechniqueSpec("prune", "Pruning", "Prunes.", "", "1", PARAMETERS, Storage.STORED),)
)
ENTRIES = Entries(ProjectId(1), (ModelId(7),), " sweep ", "", "0, 1", "cpu", confirmed=False)


def drafted(*steps: StepDraft) -> Draft:
    return Draft((RecipeDraft(1, steps),), last_uid=99)


def test_entries_become_a_sweep() -> None:
    step = StepDraft(
        2, "prune", {"sparsity": "0.3, 0.5", "scope": ['"layer"']}, include="conv\n\n fc ", exclude=""
    )
    outcome = read(ENTRIES, drafted(step), CATALOGUE)
    rules = LayerRules(include=("conv", "fc"))
    expected = SweepStep("prune", {"sparsity": (0.3, 0.5), "scope": ("layer",)}, rules)
    assert outcome.problems == ()
    assert outcome.request.recipes == ((expected,),)
    assert (outcome.request.name, outcome.request.seeds, outcome.request.base_ids) == ("sweep", (0, 1), (7,))


def test_empty_inputs_leave_the_default_to_the_technique() -> None:
    outcome = read(ENTRIES, drafted(StepDraft(2, "prune", {"sparsity": "", "scope": []})), CATALOGUE)
    assert outcome.request.recipes[0][0].values == {}


def test_everything_unreadable_is_told_at_once_at_its_field() -> None:
    steps = (StepDraft(2, "prune", {"sparsity": "half"}), StepDraft(3))
    outcome = read(replace(ENTRIES, seeds="x"), drafted(*steps), CATALOGUE)
    assert [problem.field for problem in outcome.problems] == [
        "recipes.0.steps.0.parameters.sparsity",
        "recipes.0.steps.1.technique",
        "seeds",
    ]


@pytest.mark.parametrize(
    ("criterion", "rank", "values", "wrong"),
    [
        (['"size"'], "many", {"criterion": ("size",)}, []),
        ([], "many", {}, []),
        (['"rank"'], "many", {"criterion": ("rank",)}, ["recipes.0.steps.0.parameters.rank"]),
        (['"size"', '"rank"'], "8", {"criterion": ("size", "rank"), "rank": (8,)}, []),
    ],
    ids=["hidden", "hidden by default", "shown", "one of two"],
)
def test_what_is_not_asked_for_is_neither_used_nor_wrong(
    criterion: list[str], rank: str, values: dict[str, object], wrong: list[str]
) -> None:
    parameters = (
        parameter("criterion", default="size", choices=("size", "rank")),
        parameter("rank", Kind.INTEGER, 16, used_with={"criterion": ("rank",)}),
    )
    spec = TechniqueSpec("thin", "Thin", "", "", "1", parameters, Storage.STORED)
    draft = drafted(StepDraft(2, "thin", {"criterion": criterion, "rank": rank}))
    found = read(ENTRIES, draft, Catalogue(techniques=(spec,)))
    assert found.request.recipes == ((SweepStep("thin", values),),)
    assert [problem.field for problem in found.problems] == wrong


def test_a_recipe_without_steps_is_a_problem() -> None:
    (problem,) = read(ENTRIES, drafted(), CATALOGUE).problems
    assert problem.field == "recipes.0"


def test_problems_find_their_inputs() -> None:
    draft = drafted(StepDraft(2, "prune", {"sparsity": "2"}), StepDraft(5, "prune", {"sparsity": "0.5"}))
    problems = [
        Problem("recipes.0.steps.1.parameters.sparsity.2", "Sparsity is 2.", "Give less than 1."),
        Problem("recipes.0.steps.1.parameters.sparsity.3", "Sparsity is 3.", "Give less than 1."),
        Problem("recipes.0.steps.0.technique", "There is no technique 'x'."),
        Problem("recipes.0.steps.0.rules.include.0", "'(' is no regular expression."),
        Problem("base_ids.0", "The model is deleted.", "Restore it."),
        Problem("recipes.7.steps.0.technique", "Nowhere to be shown."),
        Problem("", "Too many models."),
    ]
    placed = place(problems, draft)
    assert placed.values == {
        (5, "sparsity"): "Sparsity is 2. Give less than 1. Sparsity is 3. Give less than 1."
    }
    assert placed.techniques == {2: "There is no technique 'x'."}
    assert placed.rules == {(2, "include"): "'(' is no regular expression."}
    assert placed.inputs == {"base_ids": "The model is deleted. Restore it."}
    assert [problem.message for problem in placed.rest] == ["Nowhere to be shown.", "Too many models."]


def test_a_parameter_that_the_form_does_not_show_is_not_lost() -> None:
    placed = place(
        [Problem("recipes.0.steps.0.parameters.colour", "No such parameter.")], drafted(StepDraft(2, "prune"))
    )
    assert [problem.message for problem in placed.rest] == ["No such parameter."]


def test_recipes_fill_the_drawer_and_are_read_back() -> None:
    rules = LayerRules(("conv",), ("stem",), (("^layer1", {"sparsity": 0.1}),))
    recipes = (
        (SweepStep("prune", {"sparsity": (0.3, 0.5), "scope": ("layer",)}, rules),),
        (SweepStep("prune", {"sparsity": (0.9,), "scope": ("global",)}), SweepStep("melt", {})),
    )
    filled = prefilled(recipes, CATALOGUE)
    assert filled.left_out == ("melt",)
    outcome = read(ENTRIES, of_steps(filled.recipes), CATALOGUE)
    assert outcome.problems == ()
    assert outcome.request.recipes == (recipes[0], recipes[1][:1])


def test_steps_that_are_switched_off_are_neither_read_nor_wrong() -> None:
    on, off = StepDraft(2, "prune", {"sparsity": "0.5"}), StepDraft(3, "prune", {"sparsity": "?"}, off=True)
    draft = Draft((RecipeDraft(1, (off, on)), RecipeDraft(4, (replace(off, uid=5),))), last_uid=5)
    outcome = read(ENTRIES, in_use(draft), CATALOGUE)
    assert outcome.problems == ()
    assert outcome.request.recipes == ((SweepStep("prune", {"sparsity": (0.5,)}),),)
