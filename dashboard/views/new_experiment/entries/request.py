"""From the entries of the drawer to a request, and from problems with a request back to the inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, ProjectId
from core.domain.metric import MetricDefinition
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules, TechniqueSpec
from core.errors import InvalidInput, Problem, UnknownName
from dashboard.components.form import form_values
from dashboard.components.form.form_fields import Field, FieldKind, fields
from dashboard.views.new_experiment.entries import overrides
from dashboard.views.new_experiment.entries.draft import Draft, StepDraft
from dashboard.views.new_experiment.search.entries import (
    NOTHING,
    SelectionEntries,
    place_of,
    read_selection,
)

K = TypeVar("K")

SEEDS = Field("seeds", "Seeds", FieldKind.INTEGER, required=True)


@dataclass(frozen=True)
class Entries:
    """What the inputs of the drawer hold, besides the recipes."""

    project_id: ProjectId
    base_ids: tuple[ModelId, ...]
    name: str
    note: str
    seeds: str
    queue: str
    confirmed: bool
    priority: int = 0
    give_up: str = ""
    selection: SelectionEntries = NOTHING


@dataclass(frozen=True)
class Read:
    """A request as far as the entries could be read, and the problems with those that could not."""

    request: ExperimentRequest
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Placed:
    """Problems sorted by where they are shown; several at one input are joined.

    values: by (step uid, parameter), techniques and rules likewise; inputs: by top-level field name.
    rest: those that belong to no input.
    """

    values: dict[tuple[int, str], str]
    techniques: dict[int, str]
    rules: dict[tuple[int, str], str]
    inputs: dict[str, str]
    rest: tuple[Problem, ...]


def read(
    entries: Entries, draft: Draft, catalogue: Catalogue, metrics: Sequence[MetricDefinition] = ()
) -> Read:
    """Return the request that the entries stand for; entries that cannot be read take defaults in it.

    metrics: of the project, which conditions of a search are about.
    """
    problems: list[Problem] = []
    recipes: list[Recipe] = []
    for number, recipe in enumerate(draft.recipes):
        where = f"recipes.{number}"
        if not recipe.steps:
            problems.append(Problem(where, "This recipe has no step.", "Add a step, or remove the recipe."))
        recipes.append(
            tuple(
                _step(step, catalogue, f"{where}.steps.{place}", problems)
                for place, step in enumerate(recipe.steps)
            )
        )
    request = ExperimentRequest(
        project_id=entries.project_id,
        base_ids=entries.base_ids,
        recipes=tuple(recipes),
        name=entries.name.strip(),
        note=entries.note.strip(),
        seeds=_seeds(entries.seeds, problems),
        queue=entries.queue,
        confirmed=entries.confirmed,
        priority=entries.priority,
        give_up_margin=_margin(entries.give_up, problems),
        selection=read_selection(entries.selection, metrics, problems),
    )
    return Read(request, tuple(problems))


def spec_of(catalogue: Catalogue, technique: str) -> TechniqueSpec | None:
    """Return the spec of a technique, None where none is chosen or no worker offers it any more."""
    try:
        return catalogue.technique(technique) if technique else None
    except UnknownName:
        return None


def place(problems: Iterable[Problem], draft: Draft) -> Placed:
    """Sort problems by the input that each belongs to, by its dotted field."""
    placed = Placed({}, {}, {}, {}, ())
    homeless = (
        problem
        for problem in problems
        if not _at_step(problem, draft, placed) and not _at_input(problem, placed)
    )
    return replace(placed, rest=tuple(homeless))


def lines(text: str) -> tuple[str, ...]:
    """Return the patterns of a field of layer rules, one per line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def sentence(problem: Problem) -> str:
    """Return message and hint as one text, as shown below an input."""
    return f"{problem.message} {problem.hint}".strip()


def _step(step: StepDraft, catalogue: Catalogue, where: str, problems: list[Problem]) -> SweepStep:
    different = overrides.read(step.overrides, f"{where}.rules.overrides", problems)
    rules = LayerRules(lines(step.include), lines(step.exclude), different)
    if not step.technique:
        problems.append(Problem(f"{where}.technique", "Choose a technique.", ""))
    spec = spec_of(catalogue, step.technique)
    values: dict[str, tuple[Any, ...]] = {}
    wrong: dict[str, list[Problem]] = {}
    for field in fields(spec.parameters) if spec else ():
        try:
            parsed = form_values.parse(field, step.values.get(field.name))
        except InvalidInput as error:
            wrong[field.name] = _below(f"{where}.parameters", error)
            continue
        if parsed:
            values[field.name] = parsed
    hidden = spec.idle(values) if spec else set()
    problems.extend(problem for name, found in wrong.items() if name not in hidden for problem in found)
    return SweepStep(step.technique, {n: v for n, v in values.items() if n not in hidden}, rules)


def _seeds(entered: str, problems: list[Problem]) -> tuple[int, ...]:
    try:
        return form_values.parse(SEEDS, entered)
    except InvalidInput as error:
        problems.extend(error.problems)
        return (0,)


def _margin(entered: str, problems: list[Problem]) -> float | None:
    """Return points as a fraction; None where nothing was entered."""
    written = entered.strip().removesuffix("points").removesuffix("%").strip()
    if not written:
        return None
    try:
        return float(written) / 100
    except ValueError:
        hint = "Give points, for example 5, or nothing to make everything."
        problems.append(Problem("give_up_margin", f"{entered!r} is not a number.", hint))
        return None


def _below(where: str, error: InvalidInput) -> list[Problem]:
    return [Problem(f"{where}.{problem.field}", problem.message, problem.hint) for problem in error.problems]


def _at_step(problem: Problem, draft: Draft, placed: Placed) -> bool:
    step, rest = _addressed(problem.field, draft)
    if step is None or not rest:
        return False
    if rest[0] == "parameters" and len(rest) > 1 and rest[1] in step.values:
        _join(placed.values, (step.uid, rest[1]), problem)
    elif rest[0] == "technique":
        _join(placed.techniques, step.uid, problem)
    elif rest[0] == "rules" and len(rest) > 1 and rest[1] in {"include", "exclude", "overrides"}:
        _join(placed.rules, (step.uid, rest[1]), problem)
    else:
        return False
    return True


def _addressed(path: str, draft: Draft) -> tuple[StepDraft | None, Sequence[str]]:
    match path.split("."):
        case ["recipes", recipe, "steps", step, *rest] if recipe.isdigit() and step.isdigit():
            if int(recipe) < len(draft.recipes) and int(step) < len(draft.recipes[int(recipe)].steps):
                return draft.recipes[int(recipe)].steps[int(step)], rest
    return None, ()


def _at_input(problem: Problem, placed: Placed) -> bool:
    component_id = place_of(problem.field)
    if component_id is not None:
        _join(placed.inputs, component_id, problem)
        return True
    name = problem.field.split(".")[0]
    if name not in {"base_ids", "seeds", "name", "note", "queue", "confirmed", "give_up_margin"}:
        return False
    _join(placed.inputs, name, problem)
    return True


def _join(texts: dict[K, str], key: K, problem: Problem) -> None:
    text = sentence(problem)
    if text not in texts.get(key, ""):
        texts[key] = f"{texts[key]} {text}" if key in texts else text
