"""What is known of steps before they are queued: data they need, modules, ancestors and sources they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.project import Project
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import TechniqueSpec
from core.errors import Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import agreeing, counted
from core.services.preflight.module_checks import PlacedStep, module_problems, runtime_problems
from core.services.preflight.named_ancestors import ancestor_problems
from core.services.preflight.named_sources import source_problems

NOT_A_NUMBER_HINT = "Train or import it again; a smaller learning rate often helps."


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
    def broken(self) -> dict[ModelId, str]:
        """A message for each model that cannot be compressed because weights are NaN or infinite."""
        counts = ((model, self._uow.models.manifest(model.id).get("nonfinite", 0)) for model in self.models)
        return {
            model.id: f"{counted(count, 'weight')} of {model.name} {agreeing(count, 'is', 'are')} NaN or "
            "infinite, so no step can be applied."
            for model, count in counts
            if count
        }

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The names of the models that are not made yet."""
        return tuple(model.name for model in self.models if not model.ready)

    @cached_property
    def lineages(self) -> list[tuple[Model, list[Model]]]:
        """Each model with its ancestors and itself, the oldest first."""
        return [(model, self._uow.models.lineage(model.id)) for model in self.models]


def foreseen(
    bases: Bases, project: Project, placed: Iterable[PlacedStep], catalogue: Catalogue
) -> list[Problem]:
    """Return every reason for which steps are bound to fail on some base, at the fields that they are at."""
    broken = [Problem("base_ids", message, NOT_A_NUMBER_HINT) for message in bases.broken.values()]
    return broken + [
        problem
        for place in placed
        for problem in (
            *runtime_problems(place, bases.models, catalogue),
            *_data_problems(place, project),
            *module_problems(place, bases.tables),
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
    """Return the modules of a model, which a worker writes down when it makes it; None before that."""
    arrays = uow.evaluations.layer_statistics(model.id, kind=LayerKind.MODULES)
    return ModuleTable.from_arrays(arrays) if arrays else None


def _data_problems(place: PlacedStep, project: Project) -> list[Problem]:
    if not place.spec.needs_data or project.datasets:
        return []
    message = f"{place.spec.label} needs data, but the project {project.name} has none."
    hint = "Add a data set to the project, or leave the step out."
    return [Problem(f"{place.field}.technique", message, hint)]
