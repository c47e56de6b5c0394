"""What is known of steps before they are queued: data they need, modules, ancestors and sources they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.domain.catalogue import Catalogue
from core.domain.evaluation import LayerKind
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.project import Project
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import TechniqueSpec
from core.domain.text import shown
from core.errors import Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.named_ancestors import ancestor_problems
from core.services.named_sources import source_problems


@dataclass(frozen=True)
class PlacedStep:
    """A complete step of a sweep, the field that problems with it are told at, and the steps before it."""

    field: str
    step: SweepStep
    spec: TechniqueSpec
    earlier: tuple[tuple[SweepStep, TechniqueSpec], ...] = ()

    @property
    def sees_base(self) -> bool:
        """Whether the step finds the modules that the base has."""
        return all(spec.keeps_modules for _, spec in self.earlier)


class Bases:
    """The models that steps start from, and what is known of their modules; read once, when first asked."""

    def __init__(self, uow: UnitOfWork, models: Sequence[Model]) -> None:
        self.models = models
        self._uow = uow

    @cached_property
    def tables(self) -> list[tuple[Model, ModuleTable]]:
        """The modules of each model of which all are known."""
        found = ((model, module_table(self._uow, model)) for model in self.models)
        return [(model, table) for model, table in found if table is not None]

    @cached_property
    def lineages(self) -> list[tuple[Model, list[Model]]]:
        """Each model with its ancestors and itself, the oldest first."""
        return [(model, self._uow.models.lineage(model.id)) for model in self.models]


def foreseen(
    bases: Bases, project: Project, placed: Iterable[PlacedStep], catalogue: Catalogue
) -> list[Problem]:
    """Return every reason for which steps are bound to fail on some base, at the fields that they are at."""
    return [
        problem
        for place in placed
        for problem in (
            *_data_problems(place, project),
            *_module_problems(place, bases),
            *_rule_problems(place, bases),
            *ancestor_problems(place.field, place.step, place.spec, (bases.lineages, place.earlier)),
            *source_problems(place.field, place.step, place.spec, catalogue, task=project.task),
        )
    ]


def placed_steps(recipes: Sequence[Recipe], catalogue: Catalogue) -> Iterator[PlacedStep]:
    """Yield the steps of recipes up to the first of each whose technique nobody offers."""
    for index, recipe in enumerate(recipes):
        earlier: list[tuple[SweepStep, TechniqueSpec]] = []
        for position, step in enumerate(recipe):
            try:
                spec = catalogue.technique(step.technique)
            except UnknownName:
                break  # told already; what comes after it cannot be judged
            yield PlacedStep(f"recipes.{index}.steps.{position}", step, spec, tuple(earlier))
            earlier.append((step, spec))


def module_table(uow: UnitOfWork, model: Model) -> ModuleTable | None:
    """Return the modules of a model; None unless weights and a forward pass through it were examined.

    Weights alone lack modules that share theirs with another one, calls those that are idle.
    """
    names = ("module", "module_type", "parameters")
    weights, calls = (
        uow.evaluations.layer_statistics(model.id, kind=kind, names=names)
        for kind in (LayerKind.WEIGHTS, LayerKind.COST)
    )
    return ModuleTable.seen(weights, calls) if weights and calls else None


def _data_problems(place: PlacedStep, project: Project) -> list[Problem]:
    if not place.spec.needs_data or project.datasets:
        return []
    message = f"{place.spec.label} needs data, but the project {project.name} has none."
    hint = "Add a data set to the project, or leave the step out."
    return [Problem(f"{place.field}.technique", message, hint)]


def _module_problems(place: PlacedStep, bases: Bases) -> list[Problem]:
    if not place.spec.works_on or not place.sees_base:
        return []
    unsuited = _names(bases, lambda table: not table.suits(place.spec.works_on))
    if not unsuited:
        return []
    message = f"{place.spec.label} finds nothing to work on in {unsuited}."
    hint = "Leave the step out, or choose another model to start from."
    return [Problem(f"{place.field}.technique", message, hint)]


def _rule_problems(place: PlacedStep, bases: Bases) -> list[Problem]:
    rules = place.step.rules
    if not rules.patterns() or not place.sees_base:
        return []
    overrides = tuple(pattern for pattern, _ in rules.overrides)
    problems = []
    listed = {"include": rules.include, "exclude": rules.exclude, "overrides": overrides}
    for kind, patterns in listed.items():
        for index, pattern in enumerate(patterns):
            without = _names(bases, lambda table, pattern=pattern: not table.matches(pattern))  # type: ignore[misc]
            if without:
                message = f"The layer pattern {shown(pattern)} matches no module of {without}."
                field = f"{place.field}.rules.{kind}.{index}"
                problems.append(Problem(field, message, _examples(bases)))
    return problems


def _examples(bases: Bases, *, most: int = 5) -> str:
    names = dict.fromkeys(name for _, table in bases.tables for name in table.weighted if name)
    return f"Modules are named {', '.join(list(names)[:most])} ..."


def _names(bases: Bases, wrong: Callable[[ModuleTable], bool], *, most: int = 3) -> str:
    """Return the names of the bases with such a table, as one text; empty if there is none."""
    found = [model.name for model, table in bases.tables if wrong(table)]
    further = [f"{len(found) - most} more"] if len(found) > most else []
    return ", ".join([*found[:most], *further])
