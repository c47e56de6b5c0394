"""What the Overview's handlers read from the services; read once per revision and kept until the next.

The database says which revision a project has, so every web process notices what any other one changed.
What is kept can always be read again: it is no state of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from core.comparison.model_variables import ModelVariables
from core.comparison.naming.lineage_names import lineage_names
from core.comparison.put_away import put_away
from core.comparison.recipe_index import RecipeIndex
from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.services import experiment_care, models, projects, workers
from core.services.application import Application
from dashboard.figures.wording import Specs

MOST_KEPT = 4
"""Projects of one installation whose models a web process keeps; a model takes some kilobytes."""

MOST_DRAWN = 4
"""Drawings that are kept with a snapshot: people look at the same few, with the usual colours and sizes."""

_Drawn = TypeVar("_Drawn")


@dataclass(frozen=True)
class Snapshot:
    """A project with its models, the words for their techniques, and what its experiments are called."""

    project: Project
    models: tuple[Model, ...]
    specs: Specs
    experiments: Mapping[ExperimentId, str] = field(default_factory=dict)
    _drawn: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict, compare=False, repr=False)

    @property
    def primary(self) -> tuple[MetricDefinition, ...]:
        """The few metrics that tooltips lead with."""
        found = (self.project.metric(name) for name in self.project.primary)
        return tuple(metric for metric in found if metric is not None)

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
        return Snapshot(project, models, self.specs, self.experiments)

    @cached_property
    def lineages(self) -> Mapping[ModelId, str]:
        """Short names of the models by how they were made; no two are the same."""
        return lineage_names(self.models, self.specs)

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
        return Snapshot(self.project, models, self.specs, self.experiments)

    def drawn_once(self, key: Hashable, draw: Callable[[], _Drawn]) -> _Drawn:
        """Return what `draw` makes of this snapshot, drawn once per key; the last few are kept."""
        if key in self._drawn:
            found: _Drawn = self._drawn[key]
            return found
        made = self._drawn[key] = draw()
        while len(self._drawn) > MOST_DRAWN:
            self._drawn.popitem(last=False)
        return made


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
        if before is None or before.project != project or before.specs != specs:
            titles = experiment_care.titles(product, project.id)
            before = Snapshot(project, _models(product, project, before), specs, titles)
            kept.snapshots[project.id] = before
        kept.snapshots.move_to_end(project.id)
        while len(kept.snapshots) > MOST_KEPT:
            kept.snapshots.popitem(last=False)
    return before


def _models(product: Application, project: Project, before: Snapshot | None) -> tuple[Model, ...]:
    if before is None:
        return tuple(models.list_models(product, project.id))
    if before.project.revision == project.revision:
        return before.models
    changes = models.changed_models(product, project.id, since=before.project.revision)
    return _changed(before.models, changes.models, changes.removed_ids)


def _changed(before: Iterable[Model], fresh: Iterable[Model], gone: Iterable[ModelId]) -> tuple[Model, ...]:
    """Return the models in order of id, with those in `fresh` as they are there and without those `gone`."""
    present = {model.id: model for model in before}
    present.update((model.id, model) for model in fresh)
    for model_id in gone:
        present.pop(model_id, None)
    return tuple(present[model_id] for model_id in sorted(present))
