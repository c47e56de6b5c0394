"""What pages read of a project and its models; read once per revision and kept until the next.

The database says which revision a project has, so every web process notices what any other one changed.
What is kept can always be read again: it is no state of its own.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from weakref import WeakKeyDictionary

from core.comparison.model_variables import ModelVariables
from core.comparison.naming.lineage_names import lineage_names
from core.comparison.put_away import put_away
from core.comparison.suggestions.recipe_index import RecipeIndex
from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.models import models
from core.services.projects import projects
from core.services.workers import workers
from dashboard.figures.wording import Specs

MOST_KEPT = 4
"""Projects of one installation whose models a web process keeps; a model takes some kilobytes."""

_serials = itertools.count(1)


@dataclass(frozen=True)
class Snapshot:
    """A project with its models, the words for their techniques, and what its experiments are called.

    serial: larger than that of every snapshot read before in this process.
    changed_at: serial of the snapshot in which each model changed last; models missing did not change so far.
    figures_at: serial of the one in which something else than the progress of runs changed last.
    """

    project: Project
    models: tuple[Model, ...]
    specs: Specs
    experiments: Mapping[ExperimentId, str] = field(default_factory=dict)
    serial: int = field(default_factory=partial(next, _serials), compare=False)
    changed_at: Mapping[ModelId, int] = field(default_factory=dict, compare=False, repr=False)
    figures_at: int = field(default=0, compare=False)

    @property
    def primary(self) -> tuple[MetricDefinition, ...]:
        """The few metrics that tooltips lead with."""
        found = (self.project.metric(name) for name in self.project.primary)
        return tuple(metric for metric in found if metric is not None)

    @cached_property
    def by_id(self) -> Mapping[ModelId, Model]:
        """The models by id."""
        return {model.id: model for model in self.models}

    @cached_property
    def recipes(self) -> RecipeIndex:
        """The models by recipe, for suggested comparisons."""
        return RecipeIndex.over(self.models)

    @cached_property
    def variables(self) -> ModelVariables:
        """Parameters, seed and number of steps of the models."""
        return ModelVariables.over(self.models, self.specs)

    @property
    def offered(self) -> Project:
        """The project with what its models can be coloured by and plotted over among the metrics."""
        return replace(self.project, metrics=(*self.project.metrics, *self.variables.varied))

    @cached_property
    def with_variables(self) -> Snapshot:
        """The snapshot with parameters, seed and number of steps among the metrics, for plots and colours."""
        found = self.variables
        models = tuple(
            replace(model, metrics={**found.values[model.id], **model.metrics}) for model in self.models
        )
        project = replace(self.project, metrics=(*self.project.metrics, *found.definitions))
        return replace(self, project=project, models=models)

    @cached_property
    def lineages(self) -> Mapping[ModelId, str]:
        """Short names of the models by how they were made; no two are the same."""
        return lineage_names(self.models, self.specs)

    @cached_property
    def brief_lineages(self) -> Mapping[ModelId, str]:
        """Short names for marks in a drawing."""
        return lineage_names(self.models, self.specs, brief=True)

    @cached_property
    def away(self) -> frozenset[ModelId]:
        """The models that are left out at first: archived ones, and those that could not be made."""
        return put_away(self.models)

    def shown(self, *, everything: bool) -> Snapshot:
        """Return the snapshot with all models, or without those that are left out at first."""
        return self if everything or not self.away else self._without_away

    @cached_property
    def _without_away(self) -> Snapshot:
        models = tuple(model for model in self.models if model.id not in self.away)
        return replace(self, models=models)


@dataclass
class _Kept:
    lock: Lock = field(default_factory=Lock)
    snapshots: OrderedDict[ProjectId, Snapshot] = field(default_factory=OrderedDict)


_kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()


def read(product: Application, slug: str) -> Snapshot:
    """Return the present state of a project; `UnknownName` if there is none of that slug."""
    project = projects.get_project(product, slug)
    known = workers.catalogue(product)
    specs = {technique.name: technique for technique in known.techniques}
    kept = _kept.setdefault(product.unit_of_work, _Kept())
    with kept.lock:
        before = kept.snapshots.get(project.id)
        if before is None:
            found = tuple(models.list_models(product, project.id))
            before = Snapshot(project, found, specs, lifecycle.titles(product, project.id))
        elif before.project != project or before.specs != specs:
            before = _following(product, before, project, specs)
        kept.snapshots[project.id] = before
        kept.snapshots.move_to_end(project.id)
        while len(kept.snapshots) > MOST_KEPT:
            kept.snapshots.popitem(last=False)
    return before


def _following(product: Application, before: Snapshot, project: Project, specs: Specs) -> Snapshot:
    """Return the snapshot after `before`; models that did not change are the same objects."""
    serial = next(_serials)
    titles = lifecycle.titles(product, project.id)
    told = (replace(before.project, revision=project.revision), before.specs, before.experiments)
    described = told == (project, specs, titles)
    fresh: tuple[Model, ...] = ()
    gone: tuple[ModelId, ...] = ()
    if before.project.revision != project.revision:
        changes = models.changed_models(product, project.id, since=before.project.revision)
        fresh, gone = changes.models, changes.removed_ids
    known = before.by_id
    progressed = not gone and all(model.id in known and _alike(model, known[model.id]) for model in fresh)
    return Snapshot(
        project,
        _changed(before.models, fresh, gone),
        specs,
        titles,
        serial,
        {**before.changed_at, **dict.fromkeys((model.id for model in fresh), serial)},
        before.figures_at if progressed and described else serial,
    )


def _alike(model: Model, other: Model) -> bool:
    """Return whether two states of a model differ in nothing but the progress of a run."""
    return replace(model, progress=other.progress) == other


def _changed(before: Iterable[Model], fresh: Iterable[Model], gone: Iterable[ModelId]) -> tuple[Model, ...]:
    """Return the models in order of id, with those in `fresh` as they are there and without those `gone`."""
    present = {model.id: model for model in before}
    present.update((model.id, model) for model in fresh)
    for model_id in gone:
        present.pop(model_id, None)
    return tuple(present[model_id] for model_id in sorted(present))
