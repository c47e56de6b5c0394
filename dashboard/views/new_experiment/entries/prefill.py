"""From recipes back to what the inputs of the drawer hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.catalogue import Catalogue
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules, TechniqueSpec
from dashboard.components.form import form_values
from dashboard.components.form.form_fields import fields
from dashboard.views.new_experiment.entries import overrides
from dashboard.views.new_experiment.entries.draft import Draft, StepDraft, of_steps
from dashboard.views.new_experiment.entries.request import spec_of


@dataclass(frozen=True)
class Prefilled:
    """Recipes as steps of a draft; left_out: the techniques of them that nobody offers at present."""

    recipes: tuple[tuple[StepDraft, ...], ...]
    left_out: tuple[str, ...] = ()


def prefilled(recipes: Sequence[Recipe], catalogue: Catalogue) -> Prefilled:
    """Return the recipes without the steps that nobody offers; layer rules, if any, are unfolded."""
    left_out: dict[str, None] = {}
    kept = []
    for recipe in recipes:
        steps = []
        for step in recipe:
            spec = spec_of(catalogue, step.technique)
            if spec is None:
                left_out[step.technique] = None
            else:
                steps.append(_step(step, spec))
        if steps:
            kept.append(tuple(steps))
    return Prefilled(tuple(kept), tuple(left_out))


def written(recipe: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> Draft:
    """Return the draft of one recipe, steps as `{"technique": ..., "parameters": {...}, "include": [...]}`.

    They may have patterns to `exclude` as well. Steps whose technique nobody offers are left out.
    """
    steps = tuple(
        SweepStep(
            str(step["technique"]),
            {name: (value,) for name, value in step.get("parameters", {}).items()},
            LayerRules(tuple(step.get("include", ())), tuple(step.get("exclude", ()))),
        )
        for step in recipe
    )
    return of_steps(prefilled([steps], catalogue).recipes or ((),))


def _step(step: SweepStep, spec: TechniqueSpec) -> StepDraft:
    values = {
        field.name: form_values.write(field, step.values[field.name])
        if field.name in step.values
        else form_values.initial(field)
        for field in fields(spec.parameters)
    }
    rules = step.rules
    return StepDraft(
        0,
        spec.name,
        values,
        include="\n".join(rules.include),
        exclude="\n".join(rules.exclude),
        overrides=overrides.write(rules.overrides),
        unfolded=bool(rules.patterns()),
    )
