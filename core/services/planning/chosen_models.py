"""Whether models that a request names can be used, and which of them teach the models to be made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model
from core.domain.queue.run import UNSUCCESSFUL
from core.domain.recipe import Recipe, Step
from core.domain.technique import TEACHER_BASE, TEACHER_PARENT
from core.domain.text import shown
from core.errors import Problem
from core.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Teachers:
    """The models that steps may learn from: those named by id, and the oldest ancestor of each base."""

    catalogue: Catalogue
    named: Mapping[ModelId, Model]
    roots: Mapping[ModelId, Model]

    def of(self, step: Step, base: Model, parent_identity: str) -> Model | None:
        """Return the second parent of the model that `step` makes; None if its only teacher is its parent."""
        name = self.catalogue.technique(step.technique).teacher
        wanted = step.parameters.get(name) if name else None
        if wanted in {None, TEACHER_PARENT}:
            return None
        teacher = self.roots[base.id] if wanted == TEACHER_BASE else self.named[ModelId(int(str(wanted)))]
        return None if teacher.identity == parent_identity else teacher


def find_teachers(
    uow: UnitOfWork,
    project_id: ProjectId,
    bases: Collection[Model],
    *,
    recipes: Sequence[Recipe],
    catalogue: Catalogue,
) -> tuple[Teachers, list[Problem]]:
    """Return the teachers of recipes, which are complete, and what is wrong with those they name."""
    wanted = list(_wanted(recipes, catalogue))
    ids = {ModelId(int(value)) for _, value in wanted if value.isdecimal()}
    named = uow.models.get(ids)
    problems = []
    for field, value in wanted:
        if value.isdecimal():
            model_id = ModelId(int(value))
            problems += model_problems(field, model_id, named.get(model_id), project_id)
        elif value not in {TEACHER_PARENT, TEACHER_BASE}:
            hint = f"Write {TEACHER_PARENT}, {TEACHER_BASE} or the id of a model."
            problems.append(Problem(field, f"There is no teacher {shown(value)}.", hint))
    roots = {base.id: uow.models.lineage(base.id)[0] for base in bases} if wanted else {}
    problems += _self_taught(recipes, catalogue, roots)
    return Teachers(catalogue, named, roots), problems


def model_problems(
    field: str, model_id: ModelId, model: Model | None, project_id: ProjectId
) -> list[Problem]:
    """Return why nothing can be made from, or learnt from, a model: at most one problem."""
    if model is None or model.project_id != project_id:
        hint = "Choose models from the list of this project."
        return [Problem(field, f"This project has no model with id {model_id}.", hint)]
    named = f"The model {model.name} ({model.id})"
    if model.deleted_at is not None:
        message = f"{named} was deleted at {model.deleted_at:%Y-%m-%d %H:%M} UTC."
        return [Problem(field, message, "Restore it or choose another one.")]
    if model.status in UNSUCCESSFUL:
        message = f"{named} does not exist: making it ended as {model.status}."
        return [Problem(field, message, "Retry its run in the queue first.")]
    if model.ready and model.artifact is None:
        message = f"{named} was imported only as figures, without weights."
        return [Problem(field, message, "Add the model itself to a project, then use that.")]
    return []


def _self_taught(
    recipes: Sequence[Recipe], catalogue: Catalogue, roots: Mapping[ModelId, Model]
) -> Iterator[Problem]:
    """Yield where a model would be its own student and its own teacher."""
    firsts = {str(base_id) for base_id in roots}
    if any(base_id == root.id for base_id, root in roots.items()):
        firsts.add(TEACHER_BASE)
    specs = {spec.name: spec for spec in catalogue.techniques}
    for field, value in _wanted(recipes, catalogue):
        _, place, _, position, *_ = field.split(".")
        step = recipes[int(place)][int(position)]
        its_parent = {TEACHER_PARENT} | (firsts if position == "0" else set())
        if value in its_parent and specs[step.technique].forbids_itself(step.values):
            message = "The model would be its own student and its own teacher, with nothing to learn."
            yield Problem(field, message, "Choose another teacher or another student.")


def _wanted(recipes: Sequence[Recipe], catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield every teacher that is named, after the field that names it."""
    for place, recipe in enumerate(recipes):
        for position, step in enumerate(recipe):
            name = next((spec.teacher for spec in catalogue.techniques if spec.name == step.technique), "")
            for index, value in enumerate(step.values.get(name, ())):
                if isinstance(value, str):  # what is no text was refused already
                    yield f"recipes.{place}.steps.{position}.parameters.{name}.{index}", value
