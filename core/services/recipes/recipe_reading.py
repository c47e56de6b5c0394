"""Read the parts of a recipe file that stand for themselves, collecting every problem on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.recipe import Recipe, SweepStep
from core.domain.search.selection import EVERYTHING
from core.domain.technique import LayerRules
from core.domain.text import shown
from core.errors import Problem
from core.presentation.near_names import suggestion
from core.services.recipes.selection_reading import SelectionReader

_TOP = ("project", "name", "note", "base", "seeds", "queue", "priority", "give_up_margin")
_SELECTION = ("sample", "combinations", "search")
_ALL = (*_TOP, *_SELECTION, "recipes")
_STEP = ("technique", "parameters", "include", "exclude", "overrides")


class RecipeReader:
    """Turns parsed YAML into values; what is wrong is added to `problems`.

    array_parameters: pairs of technique and parameter whose values are lists themselves.
    """

    def __init__(self, array_parameters: frozenset[tuple[str, str]]) -> None:
        self.problems: list[Problem] = []
        self._arrays = array_parameters

    def fields(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return name, note, seeds, queue, priority, margin and selection, as far as they are given."""
        self._known("", content, _ALL)
        found: dict[str, Any] = {}
        for name, kind, words in (("name", str, "text"), ("note", str, "text"), ("queue", str, "text")):
            if content.get(name) is not None:
                found[name] = self._typed(name, content[name], kind, words)
        if content.get("priority") is not None:
            found["priority"] = self._typed("priority", content["priority"], int, "a whole number")
        if content.get("give_up_margin") is not None:
            margin = self._typed("give_up_margin", content["give_up_margin"], (int, float), "a number")
            found["give_up_margin"] = margin
        if content.get("seeds") is not None:
            seeds = content["seeds"] if isinstance(content["seeds"], list) else [content["seeds"]]
            typed = [self._typed(f"seeds.{i}", seed, int, "a whole number") for i, seed in enumerate(seeds)]
            found["seeds"] = tuple(typed)
        selection = SelectionReader(self.problems).read(content)
        return found if selection == EVERYTHING else {**found, "selection": selection}

    def recipes(self, content: Mapping[str, Any]) -> tuple[Recipe, ...]:
        """Return the recipes as far as they can be read."""
        listed = content.get("recipes")
        if not isinstance(listed, list) or not listed:
            hint = "Write recipes: and a list of lists of steps."
            self.problems.append(Problem("recipes", "There is no recipe.", hint))
            return ()
        return tuple(self._recipe(f"recipes.{index}", recipe) for index, recipe in enumerate(listed))

    def _recipe(self, field: str, recipe: Any) -> Recipe:
        if not isinstance(recipe, list):
            self.problems.append(Problem(field, "A recipe is a list of steps.", "Begin each step with '- '."))
            return ()
        steps = [self._step(f"{field}.steps.{index}", step) for index, step in enumerate(recipe)]
        return tuple(step for step in steps if step is not None)

    def _step(self, field: str, step: Any) -> SweepStep | None:
        if not isinstance(step, Mapping) or not isinstance(step.get("technique"), str):
            self.problems.append(
                Problem(field, "A step names its technique.", "Write technique: and its name.")
            )
            return None
        self._known(f"{field}.", step, _STEP)
        technique: str = step["technique"]
        parameters = self._mapping(f"{field}.parameters", step.get("parameters"))
        values = {name: self._values(technique, name, value) for name, value in parameters.items()}
        overrides = self._mapping(f"{field}.overrides", step.get("overrides"))
        rules = LayerRules(
            include=self._patterns(f"{field}.include", step.get("include")),
            exclude=self._patterns(f"{field}.exclude", step.get("exclude")),
            overrides=tuple(
                (pattern, self._mapping(f"{field}.overrides.{pattern}", values))
                for pattern, values in overrides.items()
            ),
        )
        return SweepStep(technique, values, rules)

    def _values(self, technique: str, name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            return (value,)
        one_list = (technique, name) in self._arrays and not (
            value and all(isinstance(item, list) for item in value)
        )
        return (value,) if one_list else tuple(value)

    def _patterns(self, field: str, value: Any) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(self._typed(f"{field}.{index}", item, str, "text") for index, item in enumerate(listed))

    def _mapping(self, field: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.problems.append(Problem(field, f"{shown(value)} stands where named values belong."))
            return {}
        return {str(name): item for name, item in value.items()}

    def _typed(self, field: str, value: Any, kind: type | tuple[type, ...], words: str) -> Any:
        if not isinstance(value, kind) or isinstance(value, bool):
            self.problems.append(Problem(field, f"{shown(value)} stands where {words} belongs."))
        return value

    def _known(self, prefix: str, content: Mapping[str, Any], names: tuple[str, ...]) -> None:
        for name in content:
            if name not in names:
                message = f"There is no field {shown(name)}."
                self.problems.append(Problem(f"{prefix}{name}", message, suggestion(name, names)))
