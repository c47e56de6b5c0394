"""Which recipes a request makes of those that its sweep stands for, and what is wrong with that choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.domain.catalogue import Catalogue
from core.domain.measurement.variants import of_new_models
from core.domain.model import Model
from core.domain.parameters import completed_step
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.giving_up import SEARCH_MARGIN, first_miss, searched_budgets
from core.domain.recipe import Recipe, SweepStep
from core.domain.search.recovering import recovers
from core.domain.search.selection import MOST_AT_ONCE, MOST_GOALS, MOST_SEARCHED, RECIPE, Search
from core.domain.search.space import MOST_COMBINATIONS, count_combinations, drawn
from core.errors import Problem
from core.presentation.near_names import suggestion

_MOST_SEED = 2**32 - 1


def chosen_recipes(
    request: ExperimentRequest, recipes: Sequence[Recipe], catalogue: Catalogue
) -> tuple[tuple[Recipe, ...], list[Problem]]:
    """Return the recipes to make, of recipes without problems, and what is wrong with the choice.

    A search makes none of them at once: it proposes one after the other.
    """
    selection = request.selection
    given = [selection.sample is not None, bool(selection.combinations), selection.search is not None]
    if sum(given) > 1:
        message = "Only one of sample, combinations and search can be given."
        return (), [Problem("selection", message, "Leave the others out.")]
    if selection.sample is not None:
        problems = list(_sample_problems(request, recipes))
        return (() if problems else drawn(recipes, selection.sample)), problems
    if selection.combinations:
        return _listed(selection.combinations, recipes, catalogue)
    return tuple(recipes) if selection.search is None else (), []


def search_problems(
    request: ExperimentRequest, project: Project, bases: Iterable[Model], recipes: Sequence[Recipe]
) -> list[Problem]:
    """Return what is wrong with a search, at `search.<field>`; nothing where none is asked for."""
    search = request.selection.search
    if search is None:
        return []
    problems = [*_goal_problems(search, project), *_limit_problems(search, project)]
    problems += _whole("search.models", search.models, 1, MOST_SEARCHED)
    problems += _whole("search.at_once", search.at_once, 1, MOST_AT_ONCE)
    problems += _whole("search.patience", search.patience, 0, MOST_SEARCHED)
    problems += _whole("search.seed", search.seed, 0, _MOST_SEED)
    if len(request.seeds) > 1:
        hint = "Repeat what it found with other seeds afterwards."
        problems.append(Problem("seeds", "A search tries every model with one seed.", hint))
    combinations = count_combinations(recipes) * len(set(request.base_ids))
    if combinations < 2:
        hint = "Give a parameter several values or a range."
        problems.append(Problem("search", "There is one combination, so nothing to search.", hint))
    if combinations > MOST_COMBINATIONS:
        problems.append(Problem("search", f"There are {combinations:,} combinations.", "Give fewer values."))
    if project.protocol.quality is None:
        message = f"Models of {project.name} are not measured by themselves."
        problems.append(Problem("search", message, "Add a data set to the project first."))
    return problems or list(_unreachable(request, project, search, bases))


def _unreachable(
    request: ExperimentRequest, project: Project, search: Search, bases: Iterable[Model]
) -> Iterator[Problem]:
    """Yield where a base misses a condition already and no step of any recipe could mend that."""
    if any(recovers(step.technique) for recipe in request.recipes for step in recipe):
        return
    margin = SEARCH_MARGIN if request.give_up_margin is None else request.give_up_margin
    budgets = searched_budgets(project, search)
    for base in bases:
        miss = first_miss(project, base.metrics, margin=margin, budgets=budgets)
        if miss is not None:
            field = "at_least" if miss.metric.name in search.at_least else "at_most"
            message = f"Nothing can be found: {miss.in_words(base.name)}."
            yield Problem(f"search.{field}.{miss.metric.name}", message, "Choose another limit.")


def _sample_problems(request: ExperimentRequest, recipes: Sequence[Recipe]) -> Iterator[Problem]:
    sample = request.selection.sample
    if sample is None:
        return
    yield from _whole("sample.count", sample.count, 1, 10_000)
    yield from _whole("sample.seed", sample.seed, 0, _MOST_SEED)
    if (total := count_combinations(recipes)) > MOST_COMBINATIONS:
        yield Problem("sample", f"There are {total:,} combinations.", "Give fewer values.")


def _goal_problems(search: Search, project: Project) -> Iterator[Problem]:
    if not search.goals:
        yield Problem("search", "Nothing is to be made small or large.", "Choose at least one metric.")
    if len(search.goals) > MOST_GOALS:
        yield Problem("search", f"A search has at most {MOST_GOALS} goals.", "Make conditions of the others.")
    if len(set(search.goals)) < len(search.goals):
        yield Problem("search", "A metric is given as a goal twice.", "Give each once.")
    for field, names in (("minimize", search.minimize), ("maximize", search.maximize)):
        for index, name in enumerate(names):
            yield from _metric_problems(f"search.{field}.{index}", name, project)


def _limit_problems(search: Search, project: Project) -> Iterator[Problem]:
    for field, limits in (("at_least", search.at_least), ("at_most", search.at_most)):
        for name in limits:
            yield from _metric_problems(f"search.{field}.{name}", name, project)
    for name, low in search.at_least.items():
        if name in search.at_most and low > search.at_most[name]:
            message = f"{name} cannot be at least {low:g} and at most {search.at_most[name]:g}."
            yield Problem(f"search.at_least.{name}", message, "Change one of the limits.")


def _metric_problems(field: str, name: str, project: Project) -> Iterator[Problem]:
    names = [metric.name for metric in of_new_models(project.metrics)]
    if name in names:
        return
    if project.metric(name) is not None:
        message = f"{name} is not measured by itself when a model is made."
        yield Problem(field, message, "Choose a metric under the project's protocol.")
        return
    yield Problem(field, f"{project.name} has no metric named {name!r}.", suggestion(name, names))


def _whole(field: str, value: int, low: int, high: int) -> Iterator[Problem]:
    if not low <= value <= high:
        yield Problem(field, f"{value} is out of range.", f"Use a whole number from {low:,} to {high:,}.")


def _listed(
    rows: Sequence[Mapping[str, Any]], recipes: Sequence[Recipe], catalogue: Catalogue
) -> tuple[tuple[Recipe, ...], list[Problem]]:
    made, problems = [], []
    for index, row in enumerate(rows):
        field = f"combinations.{index}"
        number = row.get(RECIPE, 1 if len(recipes) == 1 else None)
        if not isinstance(number, int) or not 1 <= number <= len(recipes):
            message = f"There is no recipe {number}." if number is not None else "There are several recipes."
            hint = f"Write {RECIPE}: and a number from 1 to {len(recipes)}."
            problems.append(Problem(f"{field}.{RECIPE}", message, hint))
            continue
        recipe, wrong = _row(field, row, recipes[number - 1])
        checked = [
            completed_step(step, catalogue.technique(step.technique), field=f"{field}.{position}")
            for position, step in enumerate(recipe)
        ]
        problems += wrong
        problems += [problem for _, found in checked for problem in found] if not wrong else []
        made.append(tuple(step for step, _ in checked))
    return tuple(made), problems


def _row(field: str, row: Mapping[str, Any], recipe: Recipe) -> tuple[Recipe, list[Problem]]:
    """Return the recipe with the values of a row."""
    problems = []
    values = [dict(step.values) for step in recipe]
    for key, value in row.items():
        if key == RECIPE:
            continue
        places = _places(key, recipe)
        if len(places) != 1:
            numbered = [f"{at + 1}.{name}" for at, step in enumerate(recipe) for name in step.values]
            told = f"Several steps have a parameter {key}." if places else f"No step has a parameter {key}."
            problems.append(Problem(f"{field}.{key}", told, suggestion(key, numbered)))
            continue
        position, name = places[0]
        values[position][name] = (value,)
    problems += [
        Problem(f"{field}.{name}", f"{name} has several values and this row chooses none.", "Add it.")
        for held in values
        for name, several in held.items()
        if len(several) > 1
    ]
    changed = zip(recipe, values, strict=True)
    return tuple(SweepStep(step.technique, held, step.rules) for step, held in changed), problems


def _places(key: str, recipe: Recipe) -> list[tuple[int, str]]:
    """Return the steps that a key of a row may mean: `bits`, or `2.bits` for that of the second step."""
    number, _, name = key.partition(".")
    if number.isdecimal() and name:
        position = int(number) - 1
        known = 0 <= position < len(recipe) and name in recipe[position].values
        return [(position, name)] if known else []
    return [(position, key) for position, step in enumerate(recipe) if key in step.values]
