"""The buttons of the recipe editor."""

from __future__ import annotations

import json

import pytest

from core.testing.laboratory import CATALOGUE
from dashboard.views.new_experiment.editor_callbacks import with_chosen
from dashboard.views.new_experiment.entries.draft import (
    Draft,
    Edit,
    EditClick,
    RecipeDraft,
    StepDraft,
    after_clicks,
    edited,
    fresh,
    from_json,
    with_entries,
    with_recipes,
    with_technique,
)


@pytest.fixture
def draft() -> Draft:
    """Recipe 1 with steps 11, 12 and 13; recipe 2 with step 21."""
    steps = tuple(StepDraft(uid, f"technique-{uid}", {"a": str(uid)}) for uid in (11, 12, 13))
    return Draft((RecipeDraft(1, steps), RecipeDraft(2, (StepDraft(21),))), last_uid=21)


def uids(draft: Draft) -> list[list[int]]:
    return [[step.uid for step in recipe.steps] for recipe in draft.recipes]


@pytest.mark.parametrize(
    ("edit", "uid", "expected"),
    [
        (Edit.ADD_STEP, 2, [[11, 12, 13], [21, 22]]),
        (Edit.REMOVE_STEP, 12, [[11, 13], [21]]),
        (Edit.COPY_STEP, 11, [[11, 22, 12, 13], [21]]),
        (Edit.EARLIER, 12, [[12, 11, 13], [21]]),
        (Edit.LATER, 12, [[11, 13, 12], [21]]),
        (Edit.EARLIER, 11, [[11, 12, 13], [21]]),
        (Edit.LATER, 13, [[11, 12, 13], [21]]),
        (Edit.ADD_RECIPE, 0, [[11, 12, 13], [21], [23]]),
        (Edit.COPY_RECIPE, 1, [[11, 12, 13], [23, 24, 25], [21]]),
        (Edit.REMOVE_RECIPE, 1, [[21]]),
        (Edit.REMOVE_STEP, 99, [[11, 12, 13], [21]]),
        (Edit.COPY_RECIPE, 99, [[11, 12, 13], [21]]),
    ],
    ids=lambda value: str(value) if isinstance(value, Edit | int) else "",
)
def test_buttons_change_the_shape(draft: Draft, edit: Edit, uid: int, expected: list[list[int]]) -> None:
    assert uids(edited(draft, edit, uid)) == expected


def test_copies_hold_what_the_original_holds_under_a_uid_of_their_own(draft: Draft) -> None:
    copied = edited(edited(draft, Edit.COPY_STEP, 11), Edit.COPY_RECIPE, 2)
    assert copied.recipes[0].steps[1].values == {"a": "11"}
    every = [recipe.uid for recipe in copied.recipes] + [step.uid for step in copied.steps()]
    assert len(set(every)) == len(every)
    assert max(every) == copied.last_uid


def test_removing_the_last_recipe_leaves_a_fresh_one(draft: Draft) -> None:
    bare = edited(edited(draft, Edit.REMOVE_RECIPE, 1), Edit.REMOVE_RECIPE, 2)
    assert bare == fresh()


def test_a_technique_replaces_the_inputs_of_its_step_only(draft: Draft) -> None:
    changed = with_technique(draft, 12, "prune", {"sparsity": "0.5"})
    assert changed.recipes[0].steps[1] == StepDraft(12, "prune", {"sparsity": "0.5"})
    assert changed.recipes[0].steps[0] == draft.recipes[0].steps[0]


def test_what_inputs_hold_is_taken_over(draft: Draft) -> None:
    filled = with_entries(draft, {(11, "a"): "0.3, 0.5"}, {(12, "exclude"): "^stem"})
    assert filled.recipes[0].steps[0].values == {"a": "0.3, 0.5"}
    assert filled.recipes[0].steps[1].exclude == "^stem"
    assert filled.recipes[0].steps[1].values == {"a": "12"}


def test_a_draft_survives_the_browser(draft: Draft) -> None:
    assert from_json(json.loads(json.dumps(draft.to_json()))) == draft
    assert from_json(None) == fresh()


def test_a_technique_that_was_just_chosen_is_not_lost_by_the_next_press() -> None:
    draft = Draft((RecipeDraft(1, (StepDraft(2), StepDraft(3, "prune", {"sparsity": "0.9"}))),), last_uid=3)
    filled = with_chosen(draft, {2: "quantize", 3: "prune"}, CATALOGUE)
    first, second = filled.steps()
    assert (first.technique, first.values) == ("quantize", {"bits": "8"})
    assert second == draft.steps()[1]
    assert with_chosen(draft, {}, CATALOGUE) == draft


def test_a_press_that_overtook_the_answer_to_another_is_not_lost(draft):
    first = [EditClick(1, Edit.ADD_STEP, 2)]
    both = [*first, EditClick(2, Edit.ADD_STEP, 2)]
    assert uids(after_clicks(draft, both)) == [[11, 12, 13], [21, 22, 23]]
    answered = after_clicks(draft, first)
    assert uids(after_clicks(answered, both)) == [[11, 12, 13], [21, 22, 23]]
    assert after_clicks(from_json(json.loads(json.dumps(answered.to_json()))), first) == answered


def test_recipes_from_elsewhere_stand_below_what_was_entered(draft: Draft) -> None:
    taken = with_recipes(draft, [[StepDraft(0, "prune"), StepDraft(0, "tune")], [StepDraft(0, "round")]])
    assert uids(taken) == [[11, 12, 13], [21], [23, 24], [26]]
    assert [recipe.uid for recipe in taken.recipes] == [1, 2, 22, 25]
    assert uids(edited(taken, Edit.ADD_STEP, 25))[-1] == [26, 27]
    assert len(with_recipes(fresh(), [[StepDraft(0, "prune")]]).recipes) == 1


def test_a_switch_turns_a_step_off_and_on(draft: Draft) -> None:
    off = edited(draft, Edit.SWITCH, 12)
    assert [step.off for step in off.steps()] == [False, True, False, False]
    assert edited(off, Edit.SWITCH, 12) == draft
