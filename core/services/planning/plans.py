"""Turn a request for an experiment into a plan, or into the list of everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.parameters import completed_step, without_later_defaults
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest, Plan, PlannedModel
from core.domain.queue.giving_up import WIDEST_MARGIN, first_miss, quality_budgets
from core.domain.recipe import PlannedStep, Recipe, count_models, model_identity, step_label, unfold
from core.domain.search.selection import EVERYTHING
from core.domain.search.space import count_combinations
from core.domain.text import text_problems
from core.errors import InvalidInput, Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.planning.chosen_models import Teachers, find_teachers, model_problems
from core.services.planning.creation import measuring
from core.services.planning.selecting import chosen_recipes, search_problems
from core.services.preflight.prerequisites import Bases, foreseen, placed_steps
from core.services.workers.workers import catalogue_of

_QUEUE = re.compile(r"(cpu|gpu)(\.[A-Za-z0-9_-]+)*")


def make_plan(uow: UnitOfWork, app: Application, request: ExperimentRequest) -> Plan:
    """Return the models that the request stands for, new and reused, parents first.

    Raises:
        InvalidInput: every problem of the request.
    """
    catalogue = catalogue_of(uow, app)
    project = uow.projects.find(request.project_id)
    problems = _request_problems(request)
    bases, wrong_bases = _bases(uow, request)
    recipes, wrong_recipes = _recipes(request.recipes, catalogue)
    problems += [*wrong_bases, *wrong_recipes]
    chosen, wrong_choice = ((), []) if wrong_recipes else chosen_recipes(request, recipes, catalogue)
    problems += wrong_choice
    taught = chosen if request.selection.combinations and not wrong_choice else recipes
    teachers, wrong_teachers = find_teachers(
        uow, request.project_id, bases, recipes=taught, catalogue=catalogue
    )
    problems += wrong_teachers
    known, placed = Bases(uow, bases), list(placed_steps(recipes, catalogue))
    if project is not None:
        problems += foreseen(known, project, placed, catalogue)
    if project is None:
        problems.append(Problem("project_id", f"There is no project with id {request.project_id}."))
    made = request.recipes if request.selection == EVERYTHING else chosen
    problems += _size_problems(app, request, made)
    if project is not None:
        problems += _margin_problems(project, request, bases)
        problems += [] if wrong_recipes else search_problems(request, project, bases, recipes)
    if project is None or problems:
        raise InvalidInput(problems)
    models = _planned(request.seeds, bases, unfold(chosen), teachers)
    existing = uow.models.by_identity(project.id, [model.identity for model in models])
    unjudged = known.unjudged if any(place.asks_for_modules for place in placed) else ()
    every = count_combinations(recipes) * (len(bases) if request.selection.search else 1)
    plan = _with_existing(models, existing, project)
    return replace(plan, unjudged=unjudged, combinations=every, selection=request.selection)


def _margin_problems(project: Project, request: ExperimentRequest, bases: Iterable[Model]) -> list[Problem]:
    margin = request.give_up_margin
    if margin is None or (request.selection.search is not None and 0 <= margin <= WIDEST_MARGIN):
        return []
    return giving_up_problems(project, bases, margin=margin)


def giving_up_problems(project: Project, bases: Iterable[Model], *, margin: float) -> list[Problem]:
    """Return why branches cannot be given up: a margin out of range, no budget, or bases that miss it."""
    if not 0 <= margin <= WIDEST_MARGIN:
        message = f"{margin * 100:g} is no margin."
        return [
            Problem("give_up_margin", message, "Give points from 0 to 100, or nothing to make everything.")
        ]
    if not quality_budgets(project):
        message = f"{project.name} has no budget on a quality metric, so nothing can miss it."
        return [Problem("give_up_margin", message, "Set one in Models & data, or leave this empty.")]
    misses = ((base, first_miss(project, base.metrics, margin=margin)) for base in bases)
    return [
        Problem("give_up_margin", f"Everything would be given up: {miss.in_words(base.name)}.", "Widen it.")
        for base, miss in misses
        if miss is not None
    ]


def queue_problems(queue: str, priority: int) -> list[Problem]:
    """Return what is wrong with the name of a queue and with a priority."""
    problems = []
    if not _QUEUE.fullmatch(queue):
        problems.append(
            Problem("queue", f"There is no queue {queue!r}.", "Use cpu, gpu or gpu.<host>.<index>.")
        )
    if not -1000 <= priority <= 1000:
        hint = "Use a number from -1000 to 1000."
        problems.append(Problem("priority", f"The priority {priority} is out of range.", hint))
    return problems


def seed_problems(field: str, seeds: Sequence[int]) -> list[Problem]:
    """Return what is wrong with seeds: none, twice the same, negative or beyond 32 bits."""
    if not seeds:
        return [Problem(field, "There is no seed.", "Give at least one, e.g. 0.")]
    problems = [
        Problem(field, f"The seed {seed} cannot be used.", "Use a whole number from 0 to 4,294,967,295.")
        for seed in seeds
        if not 0 <= seed < 2**32
    ]
    if len(set(seeds)) < len(seeds):
        problems.append(Problem(field, "A seed is given twice.", "Give each seed once."))
    return problems


def _request_problems(request: ExperimentRequest) -> list[Problem]:
    problems = text_problems("name", request.name, most=200)
    problems += text_problems("note", request.note, most=10_000)
    problems += queue_problems(request.queue, request.priority)
    return problems + seed_problems("seeds", request.seeds)


def _bases(uow: UnitOfWork, request: ExperimentRequest) -> tuple[list[Model], list[Problem]]:
    if not request.base_ids:
        return [], [
            Problem("base_ids", "No base model is chosen.", "Choose at least one model to start from.")
        ]
    found = uow.models.get(request.base_ids)
    problems = [
        problem
        for model_id in dict.fromkeys(request.base_ids)
        for problem in model_problems("base_ids", model_id, found.get(model_id), request.project_id)
    ]
    return [found[model_id] for model_id in dict.fromkeys(request.base_ids) if model_id in found], problems


def _recipes(recipes: Sequence[Recipe], catalogue: Catalogue) -> tuple[list[Recipe], list[Problem]]:
    if not recipes:
        return [], [Problem("recipes", "There is no recipe.", "Add at least one step.")]
    complete: list[Recipe] = []
    problems: list[Problem] = []
    for index, recipe in enumerate(recipes):
        if not recipe:
            problems.append(
                Problem(f"recipes.{index}", "This recipe has no step.", "Add a step or remove it.")
            )
        steps = []
        for position, step in enumerate(recipe):
            field = f"recipes.{index}.steps.{position}"
            try:
                spec = catalogue.technique(step.technique)
            except UnknownName as error:
                problems.append(Problem(f"{field}.technique", error.message, error.hint))
                steps.append(step)
                continue
            completed, wrong = completed_step(step, spec, field=field)
            steps.append(completed)
            problems += wrong
        complete.append(tuple(steps))
    return complete, problems


def _size_problems(app: Application, request: ExperimentRequest, recipes: Sequence[Recipe]) -> list[Problem]:
    asked = count_models(recipes) * len(set(request.base_ids)) * len(set(request.seeds))
    if asked <= app.limits.most_models:
        return []
    message = f"This stands for {asked:,} models; at most {app.limits.most_models:,} can be queued at once."
    return [Problem("recipes", message, "Try fewer values, or split the experiment.")]


def _planned(
    seeds: Iterable[int], bases: Iterable[Model], tree: Sequence[PlannedStep], teachers: Teachers
) -> list[PlannedModel]:
    """Unfold bases x seeds x tree; equal models (a step without chance under two seeds) appear once."""
    models: list[PlannedModel] = []
    index_of: dict[str, int] = {}
    ordered = [(base, seed) for base in bases for seed in seeds]
    for base, seed in ordered:
        place: list[int] = []
        for node in tree:
            spec = teachers.catalogue.technique(node.step.technique)
            step = without_later_defaults(node.step, spec)
            parent = None if node.parent is None else place[node.parent]
            above = base.identity if parent is None else models[parent].identity
            own_seed = seed if spec.stochastic else 0
            teacher = teachers.of(step, base, above)
            parents = [above] if teacher is None else [above, teacher.identity]
            identity = model_identity(parents, step, own_seed, spec.version)
            if identity not in index_of:
                index_of[identity] = len(models)
                name = step_label(step, spec) + (f", seed {own_seed}" if own_seed else "")
                planned = PlannedModel(step, name, identity, own_seed, parent, base.id)
                models.append(replace(planned, teacher_id=teacher.id if teacher else None))
            place.append(index_of[identity])
    return models


def _with_existing(models: Sequence[PlannedModel], existing: dict[str, Model], project: Project) -> Plan:
    ids: dict[str, ModelId] = {identity: model.id for identity, model in existing.items()}
    planned = tuple(replace(model, existing_id=ids.get(model.identity)) for model in models)
    new = sum(model.existing_id is None for model in planned)
    return Plan(planned, runs=new * (1 + len(measuring(project))))
