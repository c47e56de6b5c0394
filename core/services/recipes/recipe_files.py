r"""Experiments as YAML files that people keep, share and submit.

    project: digits                       # short name
    name: Prune, tune, quantize           # optional, as are note, seeds, queue, priority and
                                          # give_up_margin, e.g. 0.05: see `ExperimentRequest`
    base: [residual CNN, 12]              # names or ids of models
    recipes:                              # each a list of steps
      - - technique: magnitude-pruning
          parameters: {sparsity: [0.5, 0.9], scope: global}   # one value, or a list to sweep over
          exclude: ['^stem\.']           # optional: include, exclude; regular expressions on layer names
        - technique: fine-tune            # parameters left out take their defaults
          overrides: {'layer1': {epochs: 1}}

Instead of all combinations, one of these says which are made:

    sample: {count: 20, seed: 1}          # so many at random
    combinations:                         # exactly these; keys are parameters, `2.bits` is that of step 2
      - {sparsity: 0.5, bits: 8}
    search:                               # one after the other, as results suggest: see `Search`
      minimize: [file_bytes]
      at_least: {top1@recovery: 0.99}
      models: 25                          # at most; also maximize, at_most, at_once, patience, seed

A list for a parameter that is itself a list is one value; a list of lists sweeps over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.parameter.spec import Kind
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import UNSUCCESSFUL
from core.domain.recipe import Recipe
from core.domain.text import shown
from core.errors import InvalidInput, Problem, UnknownName
from core.services.application import Application
from core.services.files.yaml_reading import read_named_values
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.services.recipes.recipe_reading import RecipeReader
from core.services.workers.workers import catalogue

_FIRST = "project:, base: and recipes:"
_KEPT = ("name", "note", "recipes")


@dataclass(frozen=True)
class Instead:
    """Where recipes are tried instead of where their file says: another project, other models."""

    project: str = ""
    bases: tuple[str, ...] = ()


def read_recipe_file(
    app: Application, text: str, *, confirmed: bool = False, instead: Instead = Instead()
) -> ExperimentRequest:
    """Return the request that a file describes; its steps are checked when it is planned or submitted.

    Another project needs other models as well: ids and names of the file are those of its own project.

    Raises:
        InvalidInput: every problem of the file: not YAML, unknown fields, unknown project or models.
    """
    content = dict(read_named_values(text, what="recipe file", first=_FIRST))
    if instead.project and instead.project != content.get("project"):
        content = {name: value for name, value in content.items() if name != "base"}
        content["project"] = instead.project
    if instead.bases:
        content["base"] = [int(one) if one.isdecimal() else one for one in instead.bases]
    return read_request(app, content, confirmed=confirmed)


def read_request(
    app: Application, content: Mapping[str, Any], *, confirmed: bool = False
) -> ExperimentRequest:
    """Return the request that the content of a file describes; raises as `read_recipe_file`."""
    reader = RecipeReader(_array_parameters(catalogue(app)))
    recipes = reader.recipes(content)
    fields = reader.fields(content)
    project_id, models = _project(app, content, reader.problems)
    base_ids = _bases(content.get("base"), models, reader.problems)
    if reader.problems:
        raise InvalidInput(reader.problems)
    return ExperimentRequest(
        project_id=project_id,
        base_ids=base_ids,
        recipes=recipes,
        confirmed=confirmed,
        **fields,
    )


@dataclass(frozen=True)
class KeptRecipes:
    """Recipes that stand for themselves, with what their file says besides.

    passed_over: names of the fields that were not read, since they belong to one experiment.
    """

    recipes: tuple[Recipe, ...]
    name: str = ""
    note: str = ""
    passed_over: tuple[str, ...] = ()


def read_recipes(known: Catalogue, text: str) -> KeptRecipes:
    """Return the recipes of a file, whatever project and models it names.

    Raises:
        InvalidInput: every problem of the file; its steps are checked when an experiment is planned.
    """
    content = read_named_values(text, what="recipe file", first=_FIRST)
    reader = RecipeReader(_array_parameters(known))
    recipes = reader.recipes(content)
    fields = reader.fields(content)
    if reader.problems:
        raise InvalidInput(reader.problems)
    passed_over = tuple(name for name in content if name not in _KEPT)
    return KeptRecipes(recipes, fields.get("name", ""), fields.get("note", ""), passed_over)


def _array_parameters(known: Catalogue) -> frozenset[tuple[str, str]]:
    return frozenset(
        (technique.name, about.name)
        for technique in known.techniques
        for about in technique.parameters
        if about.kind is Kind.LIST
    )


def _project(
    app: Application, content: Mapping[str, Any], problems: list[Problem]
) -> tuple[ProjectId, list[Model]]:
    slug = content.get("project")
    if not isinstance(slug, str):
        problems.append(Problem("project", "The project is missing.", "Write project: and its short name."))
        return ProjectId(0), []
    try:
        project = get_project(app, slug)
    except UnknownName as error:
        problems.append(Problem("project", error.message, error.hint))
        return ProjectId(0), []
    return project.id, list_models(app, project.id)


def _bases(wanted: Any, models: list[Model], problems: list[Problem]) -> tuple[ModelId, ...]:
    listed = wanted if isinstance(wanted, list) else [wanted]
    if wanted is None or not listed:
        problems.append(Problem("base", "No base model is named.", "Write base: and names or ids of models."))
        return ()
    found = []
    for index, one in enumerate(listed):
        if isinstance(one, int) and not isinstance(one, bool):
            found.append(ModelId(one))  # the plan says if there is none of that id
            continue
        named = _named(str(one), models)
        if len(named) > 1:
            ids = ", ".join(str(model_id) for model_id in named)
            message = f"{len(named)} models are named {shown(one)}."
            problems.append(Problem(f"base.{index}", message, f"Give one of their ids: {ids}."))
        elif not named and models:
            error = UnknownName("model", str(one), {model.name for model in models})
            problems.append(Problem(f"base.{index}", error.message, error.hint))
        elif not named:
            problems.append(Problem(f"base.{index}", f"There is no model named {shown(one)}."))
        found += named[:1]
    return tuple(found)


def _named(name: str, models: list[Model]) -> list[ModelId]:
    """Return the models of a name, cancelled and failed ones only where there are no others."""
    found = [model for model in models if model.name == name]
    usable = [model for model in found if model.status not in UNSUCCESSFUL]
    return [model.id for model in usable or found]
