"""What a study report says: gathered once, then written as HTML or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.naming.step_words import technique_label
from core.comparison.pareto import pareto_front
from core.comparison.variables.seeds import deciding_seeds
from core.domain.ids import ModelId
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.project import Project
from core.domain.technique import TechniqueSpec
from core.errors import CompressCompareError, CorruptArtifact, InvalidInput, NotFound
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour, behaviour
from core.services.behaviour.insight import insight, named_models
from core.services.behaviour.instance_list import ShownInstance, Wanted, list_instances
from core.services.behaviour.instances import Pictures
from core.services.comparison.compared_models import evaluation_of
from core.services.comparison.metrics import MetricComparison, compare_metrics
from core.services.workers.workers import catalogue_of

MOST_MODELS = 16
MOST_HARMED = 6
MOST_PICTURES = 8


@dataclass(frozen=True)
class Example:
    """An instance that a model got wrong and the baseline right. picture: WebP, None where none is kept."""

    label: str
    before: str
    after: str
    text: str
    picture: bytes | None


@dataclass(frozen=True)
class Harmed:
    """A group that a model lost significantly on, with instances that became wrong."""

    model: Model
    column: str
    row: Row
    cell: Cell
    examples: tuple[Example, ...]


@dataclass(frozen=True, eq=False)
class StudyReport:
    """Everything that a report says.

    recipes: how each compared model was made, steps in order. axes: leading cost and quality.
    points: models of the project with both. front: ids of those on the Pareto front.
    behaviour: None where predictions cannot be compared, for the reason `without_behaviour`.
    environments: of the evaluations whose values are shown. conditions: under which figures were measured.
    seeds: by model those that decide what it is, in words.
    """

    project: Project
    made_at: datetime
    metrics: MetricComparison
    recipes: Mapping[ModelId, tuple[str, ...]]
    axes: tuple[MetricDefinition, MetricDefinition] | None
    points: tuple[Model, ...]
    front: frozenset[ModelId]
    behaviour: Behaviour | None
    without_behaviour: str
    sentence: str
    harmed: tuple[Harmed, ...]
    environments: Mapping[ModelId, Mapping[str, Any]]
    conditions: str
    seeds: Mapping[ModelId, str]

    @property
    def models(self) -> tuple[Model, ...]:
        """The baseline, then the compared models."""
        return (self.metrics.baseline, *self.metrics.models)


def gather(
    app: Application,
    project: Project,
    model_ids: Sequence[ModelId] = (),
    baseline_id: ModelId | None = None,
) -> StudyReport:
    """Return the report on models; by default on those of the Pareto front.

    Raises:
        InvalidInput: no model can be compared, or the models are of another project.
        NotFound: a model does not exist.
    """
    with app.unit_of_work() as uow:
        every = [model for model in uow.models.list(project.id) if model.ready and not model.archived]
    axes = _axes(project)
    points, front = _front(every, axes)
    chosen = list(model_ids) or _leading(points, front)
    if not chosen:
        raise InvalidInput.of(
            "models", "No model of the project has figures.", "Evaluate some, or name models."
        )
    metrics = compare_metrics(app, chosen, baseline_id)
    if metrics.project.id != project.id:
        raise InvalidInput.of(
            "models", f"The models are not of {project.name}.", "Name models of one project."
        )
    found, reason = _behaviour(app, metrics)
    with app.unit_of_work() as uow:
        everything = (metrics.baseline, *metrics.models)
        lineages = {one.id: uow.models.lineage(one.id) for one in everything}
        specs = {spec.name: spec for spec in catalogue_of(uow, app).techniques}
        shown = {one.id: evaluation_of(uow, one, project.protocol.quality) for one in everything}
    return StudyReport(
        project=project,
        made_at=app.clock.now(),
        metrics=metrics,
        recipes={one: tuple(each.name for each in lineage) for one, lineage in lineages.items()},
        axes=axes,
        points=points,
        front=front,
        behaviour=found,
        without_behaviour=reason,
        sentence="" if found is None else insight(found, named_models(found)),
        harmed=tuple(_harmed(app, found)) if found else (),
        environments={one: {} if found is None else found.environment for one, found in shown.items()},
        conditions="; ".join(
            dict.fromkeys(filter(None, (quality_words(project, everything), efficiency_words(project))))
        ),
        seeds={one: _seeds(lineage, specs) for one, lineage in lineages.items()},
    )


def _seeds(lineage: Sequence[Model], specs: Mapping[str, TechniqueSpec]) -> str:
    """Return the seeds that decide what the last model is, e.g. `seed 1 of fine-tune`; empty if none does.

    That of a base that was trained or constructed here is told, too, also where no other base differs by it.
    """
    found = list(deciding_seeds(lineage, specs))
    base = lineage[0]
    if base not in found and base.origin in {Origin.TRAINED, Origin.CONSTRUCTED}:
        found.insert(0, base)
    named = [
        f"{one.seed} of {technique_label(one.step.technique, specs) if one.step else one.name}"
        for one in found
    ]
    return f"seed{'s' * (len(named) > 1)} {', '.join(named)}" if named else ""


def _axes(project: Project) -> tuple[MetricDefinition, MetricDefinition] | None:
    leading = project.leading_metrics
    quality = next((metric for metric in leading if metric.group is Group.QUALITY), None)
    costs = (one for one in leading if one.group is Group.EFFICIENCY and one.direction is Direction.LOWER)
    cost = next(costs, None)
    return None if quality is None or cost is None else (cost, quality)


def _front(
    models: Sequence[Model], axes: tuple[MetricDefinition, MetricDefinition] | None
) -> tuple[tuple[Model, ...], frozenset[ModelId]]:
    if axes is None:
        return (), frozenset()
    x, y = axes
    points = tuple(model for model in models if x.name in model.metrics and y.name in model.metrics)
    places = pareto_front(
        [model.metrics[x.name] for model in points],
        [model.metrics[y.name] for model in points],
        x_direction=x.direction,
        y_direction=y.direction,
    )
    return points, frozenset(points[place].id for place in places.tolist())


def _leading(points: Sequence[Model], front: frozenset[ModelId]) -> list[ModelId]:
    """Return the models of the front that were compressed, or any."""
    made = [model.id for model in points if model.id in front and model.parent_id is not None]
    return (made or [model.id for model in points])[:MOST_MODELS]


def _behaviour(app: Application, metrics: MetricComparison) -> tuple[Behaviour | None, str]:
    if not metrics.models:
        return None, "There is no model besides the baseline."
    try:
        found = behaviour(app, [model.id for model in metrics.models], metrics.baseline.id)
    except CompressCompareError as error:
        return None, error.message
    return (found, "") if found.models else (None, "No model was evaluated on the baseline's instances.")


def _harmed(app: Application, found: Behaviour) -> Iterable[Harmed]:
    """Yield the groups with the largest significant losses, the largest first."""
    losses = [
        (cell.change.value, column, row, position, cell)
        for column, rows in found.comparison.tables.items()
        for row in rows
        for position, cell in enumerate(row.cells)
        if cell.change.significant and cell.change.value < 0
    ]
    for _, column, row, position, cell in sorted(losses, key=lambda one: one[0])[:MOST_HARMED]:
        model = found.models[position]
        yield Harmed(model, column, row, cell, _examples(app, found, model, (column, row.group)))


def _examples(
    app: Application, found: Behaviour, model: Model, group: tuple[str, str]
) -> tuple[Example, ...]:
    filters = (
        InstanceFilter(FilterKind.GROUP, group),
        InstanceFilter(FilterKind.FLIP, (str(model.id), "regression")),
    )
    page = list_instances(app, found, Wanted(filters, size=MOST_PICTURES))
    pictures = Pictures(app)
    return tuple(_example(one, model, pictures) for one in page.shown)


def _example(one: ShownInstance, model: Model, pictures: Pictures) -> Example:
    before, after = one.answers[0], next(each for each in one.answers if each.model_id == model.id)
    picture = None
    if one.picture is not None:
        try:
            picture = pictures.picture(one.picture.set_id, one.picture.mark, one.picture.instance)
        except (NotFound, CorruptArtifact):
            picture = None  # the report is worth more than one picture
    return Example(one.label or "", before.prediction, after.prediction, one.text or "", picture)
