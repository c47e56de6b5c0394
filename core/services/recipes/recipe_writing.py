"""Write experiments and recipes as YAML that `recipe_files` reads back as the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import yaml

from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import Recipe, SweepStep
from core.domain.search.selection import Search, Selection

_UNUSUAL_BREAKS = "\x85\u2028\u2029"
"""Line breaks to YAML, which it folds unless they are escaped."""


class _Quoting(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Quotes texts that hold unusual line breaks, so that they come back as they are."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = '"' if any(character in text for character in _UNUSUAL_BREAKS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)


_Quoting.add_representer(str, _text)


def write_recipe_file(request: ExperimentRequest, project_slug: str) -> str:
    """Return the file that `read_recipe_file` reads back as the same request; models are named by id."""
    content: dict[str, Any] = {"project": project_slug, "name": request.name, "note": request.note}
    content |= {"base": [int(model_id) for model_id in request.base_ids], "seeds": list(request.seeds)}
    content |= {"queue": request.queue, "priority": request.priority}
    if request.give_up_margin is not None:
        content["give_up_margin"] = request.give_up_margin
    return _dumped(content | selection_content(request.selection) | _listed(request.recipes))


def selection_content(selection: Selection) -> dict[str, Any]:
    """Return which combinations are made as a file says it; what has its default is left out."""
    content: dict[str, Any] = {}
    if selection.sample is not None:
        content["sample"] = asdict(selection.sample)
    if selection.combinations:
        content["combinations"] = [dict(row) for row in selection.combinations]
    if selection.search is not None:
        given = asdict(selection.search)
        kept = {name: value for name, value in given.items() if value != getattr(Search, name, None)}
        content["search"] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in kept.items()
            if value not in ((), {})
        }
    return content


def write_recipes(recipes: Sequence[Recipe]) -> str:
    """Return a file of recipes alone; equal recipes give equal bytes."""
    return _dumped(_listed(recipes))


def _dumped(content: dict[str, Any]) -> str:
    text: str = yaml.dump(content, Dumper=_Quoting, sort_keys=False, allow_unicode=True)
    return text


def _listed(recipes: Sequence[Recipe]) -> dict[str, Any]:
    return {"recipes": [[_written(step) for step in recipe] for recipe in recipes]}


def _written(step: SweepStep) -> dict[str, Any]:
    parameters = {name: _shortest(values) for name, values in step.values.items()}
    content: dict[str, Any] = {"technique": step.technique, "parameters": parameters}
    rules = step.rules
    content |= {"include": list(rules.include)} if rules.include else {}
    content |= {"exclude": list(rules.exclude)} if rules.exclude else {}
    if rules.overrides:
        content["overrides"] = {pattern: dict(values) for pattern, values in rules.overrides}
    return content


def _shortest(values: tuple[Any, ...]) -> Any:
    if len(values) == 1 and not isinstance(values[0], (list, tuple)):
        return values[0]
    return [list(value) if isinstance(value, tuple) else value for value in values]
