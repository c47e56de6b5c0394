"""Comparisons worth looking at next: sets of models one variable away from the selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.comparison.suggestions.crossings import Groups, RecipeChange, crossed
from core.comparison.suggestions.recipe_index import Neighbour, RecipeIndex, Relation
from core.comparison.variables.wording import technique_name
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import step_label
from core.domain.technique import TechniqueSpec


@dataclass(frozen=True)
class Suggestion:
    """A set of models to compare the selection with.

    label: a few words, e.g. `same at sparsity 0.7`, `with int8 after`, `calibrate instead of fine-tune`.
    model_ids: the counterparts of the selected models, none of them selected.
    covered: how many of the selected models have a counterpart there.
    """

    change: RecipeChange
    label: str
    model_ids: tuple[ModelId, ...]
    covered: int


def suggested(
    models: Iterable[Model] | RecipeIndex,
    selection: Sequence[ModelId],
    specs: Mapping[str, TechniqueSpec] | None = None,
    *,
    limit: int = 6,
) -> tuple[Suggestion, ...]:
    """Return up to `limit` sets of finished models, the ones that match most of the selection first.

    Args:
        models: the models of the project, or an index over them that is kept.
        selection: the models asked about.
        specs: techniques by name, for labels.
        limit: how many sets are wanted at most.

    Raises:
        NotFound: A selected id is not among the models.
    """
    index = models if isinstance(models, RecipeIndex) else RecipeIndex.over(models)
    around, groups = index.around(selection), Groups()
    for neighbour in around.neighbours:
        change, label = _reading(neighbour, specs or {})
        group = groups.of(change, label, neighbour.occurrence)
        group.covered.add(neighbour.selected.id)
        group.counterparts.add(neighbour.other.id)
    for crossing in around.crossings:
        crossed(crossing, index, specs or {}, groups)
    suggestions = [
        Suggestion(change, label, tuple(sorted(group.counterparts)), len(group.covered))
        for (change, label, _), group in groups.items()
    ]
    suggestions.sort(key=lambda one: (-one.covered, one.change, len(one.model_ids), one.label))
    return tuple(_varied(_unrepeated(suggestions), limit))


def _reading(neighbour: Neighbour, specs: Mapping[str, TechniqueSpec]) -> tuple[RecipeChange, str]:
    before, after = neighbour.before, neighbour.after
    if neighbour.relation is Relation.BASE:
        return RecipeChange.BASE, f"same on {neighbour.other_base.name}"
    if after is not None:
        place = "after" if neighbour.last else "in between"
        return RecipeChange.STEP_ADDED, f"with {step_label(after, specs.get(after.technique))} {place}"
    if before is not None:
        label = technique_name(before.technique, specs.get(before.technique))
        return RecipeChange.STEP_REMOVED, f"without {label}"
    return RecipeChange.SEED, "same with other seeds"


def _unrepeated(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Keep the first of several suggestions that stand for the same models."""
    first: dict[tuple[ModelId, ...], Suggestion] = {}
    for suggestion in suggestions:
        first.setdefault(suggestion.model_ids, suggestion)
    return list(first.values())


def _varied(suggestions: Sequence[Suggestion], limit: int) -> list[Suggestion]:
    """Return the first `limit`, taking turns between the kinds of change so that none crowds out the rest."""
    turns: dict[RecipeChange, int] = {}
    ranked = []
    for position, suggestion in enumerate(suggestions):
        turn = turns[suggestion.change] = turns.get(suggestion.change, -1) + 1
        ranked.append((turn, position, suggestion))
    ranked.sort(key=lambda entry: entry[:2])
    return [suggestion for _, _, suggestion in sorted(ranked[:limit], key=lambda entry: entry[1])]
