"""The recipes being built in the drawer, and the edits that its buttons make to them; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

Entered = str | list[str]


class Edit(StrEnum):
    """What the buttons of the recipe editor do."""

    ADD_RECIPE = "add-recipe"
    COPY_RECIPE = "copy-recipe"
    REMOVE_RECIPE = "remove-recipe"
    ADD_STEP = "add-step"
    COPY_STEP = "copy-step"
    REMOVE_STEP = "remove-step"
    EARLIER = "earlier"
    LATER = "later"
    SWITCH = "switch"


@dataclass(frozen=True)
class EditClick:
    """A press on a button of the recipe or step `uid`; presses are numbered from 1."""

    number: int
    edit: Edit
    uid: int


@dataclass(frozen=True)
class StepDraft:
    """One step as entered: texts and picked choices by parameter, patterns of layer rules one per line.

    `uid` stays with the step while others come, go and move; it is 0 nowhere.
    overrides: see `overrides.py`. unfolded: whether the layer rules were opened.
    off: whether the step is left out of what is planned and queued.
    """

    uid: int
    technique: str = ""
    values: Mapping[str, Entered] = field(default_factory=dict)
    include: str = ""
    exclude: str = ""
    overrides: str = ""
    unfolded: bool = False
    off: bool = False


@dataclass(frozen=True)
class RecipeDraft:
    """A list of steps in order."""

    uid: int
    steps: tuple[StepDraft, ...] = ()


@dataclass(frozen=True)
class Draft:
    """Every recipe of the experiment being built.

    last_uid: the largest uid given out so far. pressed: number of the last `EditClick` applied.
    """

    recipes: tuple[RecipeDraft, ...]
    last_uid: int
    pressed: int = 0

    def steps(self) -> tuple[StepDraft, ...]:
        """Return the steps of all recipes, in the order in which the editor shows them."""
        return tuple(step for recipe in self.recipes for step in recipe.steps)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and dicts for the browser."""
        return asdict(self)


def fresh() -> Draft:
    """Return one recipe with one step whose technique is still to be chosen."""
    return Draft((RecipeDraft(1, (StepDraft(2),)),), last_uid=2)


def of_steps(recipes: Sequence[Sequence[StepDraft]]) -> Draft:
    """Return a draft of recipes of such steps, whose uids are given anew."""
    return with_recipes(Draft((), last_uid=0), recipes)


def with_recipes(draft: Draft, recipes: Sequence[Sequence[StepDraft]]) -> Draft:
    """Return the draft with further recipes of such steps; they take the place of one without technique."""
    last = draft.last_uid
    kept = list(draft.recipes) if any(step.technique for step in draft.steps()) else []
    for steps in recipes:
        placed = tuple(replace(step, uid=last + 2 + place) for place, step in enumerate(steps))
        kept.append(RecipeDraft(last + 1, placed))
        last += 1 + len(placed)
    return replace(draft, recipes=tuple(kept), last_uid=last)


def in_use(draft: Draft) -> Draft:
    """Return the draft without steps that are switched off, and without recipes of nothing else."""
    recipes = (
        replace(recipe, steps=tuple(step for step in recipe.steps if not step.off))
        for recipe in draft.recipes
        if not recipe.steps or not all(step.off for step in recipe.steps)
    )
    return replace(draft, recipes=tuple(recipes))


def from_json(data: Mapping[str, Any] | None) -> Draft:
    """Return the draft that `to_json` wrote; a fresh one where there is none."""
    if not data:
        return fresh()
    recipes = tuple(
        RecipeDraft(recipe["uid"], tuple(StepDraft(**step) for step in recipe["steps"]))
        for recipe in data["recipes"]
    )
    return Draft(recipes, data["last_uid"], data.get("pressed", 0))


def read_clicks(data: Sequence[Mapping[str, Any]] | None) -> tuple[EditClick, ...]:
    """Return the presses that the browser has counted, oldest first."""
    return tuple(EditClick(int(one["number"]), Edit(one["edit"]), int(one["uid"])) for one in data or ())


def after_clicks(draft: Draft, presses: Sequence[EditClick]) -> Draft:
    """Return the draft after every press that it has not seen yet.

    The second of two quick presses comes with the draft from before the first.
    """
    for press in presses:
        if press.number > draft.pressed:
            draft = replace(edited(draft, press.edit, press.uid), pressed=press.number)
    return draft


def edited(draft: Draft, edit: Edit, uid: int) -> Draft:
    """Return the draft after a press on the button `edit` of the recipe or step `uid`.

    A button of something that is gone already changes nothing.
    """
    if edit is Edit.ADD_RECIPE:
        added = RecipeDraft(draft.last_uid + 1, (StepDraft(draft.last_uid + 2),))
        return Draft((*draft.recipes, added), draft.last_uid + 2)
    if edit in {Edit.COPY_RECIPE, Edit.REMOVE_RECIPE}:
        return _recipe_edited(draft, edit, uid)
    if edit is Edit.ADD_STEP:
        added_step = StepDraft(draft.last_uid + 1)
        grown = tuple(
            replace(recipe, steps=(*recipe.steps, added_step)) if recipe.uid == uid else recipe
            for recipe in draft.recipes
        )
        return Draft(grown, draft.last_uid + 1)
    return _step_edited(draft, edit, uid)


def with_technique(draft: Draft, uid: int, technique: str, values: Mapping[str, Entered]) -> Draft:
    """Return the draft with another technique in a step, its inputs holding `values`."""
    return _mapped(
        draft, lambda step: replace(step, technique=technique, values=values) if step.uid == uid else step
    )


def with_entries(
    draft: Draft,
    values: Mapping[tuple[int, str], Entered],
    rules: Mapping[tuple[int, str], str],
    unfolded: Collection[int] = (),
) -> Draft:
    """Return the draft with what the inputs hold now, each keyed by the step's uid and its field's name.

    unfolded: uids of the steps whose layer rules are open.
    """

    def filled(step: StepDraft) -> StepDraft:
        entered = {name: entry for (uid, name), entry in values.items() if uid == step.uid}
        return replace(
            step,
            values={**step.values, **entered},
            include=rules.get((step.uid, "include"), step.include),
            exclude=rules.get((step.uid, "exclude"), step.exclude),
            overrides=rules.get((step.uid, "overrides"), step.overrides),
            unfolded=step.uid in unfolded,
        )

    return _mapped(draft, filled)


def _recipe_edited(draft: Draft, edit: Edit, uid: int) -> Draft:
    place = next((index for index, recipe in enumerate(draft.recipes) if recipe.uid == uid), None)
    if place is None:
        return draft
    if edit is Edit.REMOVE_RECIPE:
        kept = (*draft.recipes[:place], *draft.recipes[place + 1 :])
        return replace(draft, recipes=kept) if kept else fresh()
    original = draft.recipes[place]
    first = draft.last_uid + 1
    steps = tuple(replace(step, uid=first + 1 + index) for index, step in enumerate(original.steps))
    copied = RecipeDraft(first, steps)
    recipes = (*draft.recipes[: place + 1], copied, *draft.recipes[place + 1 :])
    return Draft(recipes, first + len(steps))


def _step_edited(draft: Draft, edit: Edit, uid: int) -> Draft:
    copy_uid = draft.last_uid + 1
    recipes = tuple(
        replace(recipe, steps=_steps_edited(recipe.steps, edit, uid, copy_uid=copy_uid))
        for recipe in draft.recipes
    )
    return Draft(recipes, copy_uid if edit is Edit.COPY_STEP else draft.last_uid)


def _steps_edited(
    steps: Sequence[StepDraft], edit: Edit, uid: int, *, copy_uid: int
) -> tuple[StepDraft, ...]:
    place = next((index for index, step in enumerate(steps) if step.uid == uid), None)
    if place is None:
        return tuple(steps)
    changed = list(steps)
    if edit is Edit.REMOVE_STEP:
        del changed[place]
    elif edit is Edit.COPY_STEP:
        changed.insert(place + 1, replace(steps[place], uid=copy_uid))
    elif edit is Edit.SWITCH:
        changed[place] = replace(steps[place], off=not steps[place].off)
    else:
        target = place + (1 if edit is Edit.LATER else -1)
        if 0 <= target < len(steps):
            changed[place], changed[target] = changed[target], changed[place]
    return tuple(changed)


def _mapped(draft: Draft, change: Callable[[StepDraft], StepDraft]) -> Draft:
    recipes = tuple(
        replace(recipe, steps=tuple(change(step) for step in recipe.steps)) for recipe in draft.recipes
    )
    return replace(draft, recipes=recipes)
