"""Sensitivities of a model to several candidate steps: queued once, kept, and read as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.access.caller import Role
from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId, RunId
from core.domain.measurement.evaluation import Arrays, Sensitivity
from core.domain.measurement.sensitivity import CANDIDATES, Approach, Candidate, Grouping, Method
from core.domain.metric import Direction, MetricDefinition
from core.domain.model import Model
from core.domain.queue.run import ACTIVE, RunKind
from core.domain.recipe import Step, step_label
from core.domain.technique import LayerRules
from core.errors import InvalidInput, NotFound, Problem, UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application
from core.services.measurements.measurements import (
    Measurement,
    completed,
    measurement_payload,
    queue_sensitivity,
    sensitivity_payload,
)
from core.services.workers.workers import catalogue_of

Floats = NDArray[np.float64]
LOSS = "loss"


@dataclass(frozen=True)
class Asked:
    """What became of a request. present: how many were known already; coming: how many were on their way."""

    runs: tuple[RunId, ...]
    present: int
    coming: int


@dataclass(frozen=True, eq=False)
class Column:
    """What is known of one candidate, arrays `(parts,)` in the table's order; NaN where it is not known.

    step: complete, without rules. change, low, high: of the table's metric if only that part is compressed,
        with its 95 % interval; better: lower where the metric says so. estimate: of the loss, from gradients.
    bits, flops_saved: what storing the part takes then, and what the model computes less.
    measured, estimated: whose figures they are. problems: why the step refused a part, by its place.
    """

    label: str
    step: Step
    change: Floats
    low: Floats
    high: Floats
    estimate: Floats
    bits: Floats
    flops_saved: Floats
    measured: Sensitivity | None
    estimated: Sensitivity | None
    problems: Mapping[int, str]


@dataclass(frozen=True)
class Verdict:
    """What rounding weights only, activations only and both does to a metric of the whole model.

    changes: value and 95 % interval by what was rounded.
    """

    label: str
    changes: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class SensitivityTable:
    """All that is known of a model's sensitivity by one sample and one grouping.

    metric: what `Column.change` is of. baseline: its value for the model as it is; None if not measured.
    parts, kinds: names and types; modules: names of each part's modules; weights, bits: of the model now.
    verdicts: by the label of a candidate that rounds activations, see `Verdict`.
    """

    model: Model
    metric: MetricDefinition
    grouping: Grouping
    instances: int
    split: str
    baseline: float | None
    parts: tuple[str, ...]
    kinds: tuple[str, ...]
    modules: tuple[tuple[str, ...], ...]
    weights: Floats
    bits: Floats
    columns: tuple[Column, ...]
    verdicts: tuple[Verdict, ...] = ()


def candidates(app: Application) -> tuple[Candidate, ...]:
    """Return the usual candidates whose techniques workers offer."""
    with app.unit_of_work() as uow:
        offered = {spec.name for spec in catalogue_of(uow, app).techniques if not spec.unavailable}
    return tuple(candidate for candidate in CANDIDATES if candidate.step.technique in offered)


@needs(Role.EDITOR)
def queue_candidates(
    app: Application,
    model_id: ModelId,
    steps: Sequence[Step],
    how: Measurement | None = None,
    *,
    approach: Approach | None = None,
) -> Asked:
    """Queue a run for each step whose effect is neither known nor being found out on the same sample.

    Raises:
        InvalidInput: every problem, at `steps.<index>...` and as for `queue_sensitivity`.
    """
    how, approach = how or Measurement(), approach or Approach()
    with app.unit_of_work() as uow:
        model = uow.models.get([model_id]).get(model_id)
        pairs = [completed(uow, app, step, model) for step in steps]
        problems = [
            Problem(
                f"steps.{place}.{problem.field.partition('.')[2]}".rstrip("."), problem.message, problem.hint
            )
            for place, (_, found) in enumerate(pairs)
            for problem in found
        ]
        if not steps:
            problems.append(Problem("steps", "No candidate is chosen.", "Choose at least one."))
        if problems:
            raise InvalidInput(problems)
        complete = list({step.canonical(): step for step, _ in pairs}.values())
        present = [step for step in complete if model and _present(uow, model, step, (how, approach))]
        coming = [
            step
            for step in complete
            if step not in present and model and _coming(uow, model, step, (how, approach))
        ]
    runs = [
        queue_sensitivity(app, model_id, step, how, approach=approach)
        for step in complete
        if step not in present and step not in coming
    ]
    return Asked(tuple(runs), len(present), len(coming))


def _asked(uow: UnitOfWork, model: Model, step: Step, wanted: tuple[Measurement, Approach]) -> dict[str, Any]:
    project = uow.projects.find(model.project_id)
    if project is None or not project.datasets:
        return {}
    how, approach = wanted
    return {**measurement_payload(project, how, RunKind.SENSITIVITY), **sensitivity_payload(step, approach)}


def _present(uow: UnitOfWork, model: Model, step: Step, wanted: tuple[Measurement, Approach]) -> bool:
    payload = _asked(uow, model, step, wanted)
    payload.pop("step", None)
    return bool(payload) and any(
        found.asked == payload
        and found.step.canonical() == step.canonical()
        and found.artifact == model.artifact
        for found in uow.sensitivities.of_model(model.id)
    )


def _coming(uow: UnitOfWork, model: Model, step: Step, wanted: tuple[Measurement, Approach]) -> bool:
    payload = _asked(uow, model, step, wanted)
    return any(
        run.kind is RunKind.SENSITIVITY and run.status in ACTIVE and run.payload == payload
        for run in uow.runs.of_models([model.id])
    )


def sensitivity_table(
    app: Application, model_id: ModelId, *, grouping: Grouping = Grouping.MODULE, metric: str = LOSS
) -> SensitivityTable | None:
    """Return what is known by the sample that was asked for last; None if nothing is.

    Raises:
        NotFound: there is no such model.
    """
    with app.unit_of_work() as uow:
        model = uow.models.get([model_id]).get(model_id)
        if model is None:
            raise NotFound(f"There is no model with id {model_id}.", "Choose one from the list of models.")
        known = [
            found
            for found in uow.sensitivities.of_model(model_id)
            if found.artifact == model.artifact and found.asked
        ]
        chosen = _of_one_sample(known, grouping)
        if not chosen:
            return None
        arrays = {found.id: uow.sensitivities.arrays(found.id) for found in chosen}
        pairs = [(found, arrays[found.id]) for found in chosen]
        project = uow.projects.find(model.project_id)
        definitions = {each.name: each for each in project.metrics} if project else {}
        catalogue = catalogue_of(uow, app)
    definition = definitions.get(metric) or MetricDefinition(metric, metric.capitalize(), Direction.LOWER)
    labelled: dict[str, list[tuple[Sensitivity, Arrays]]] = {}
    for found, figures in pairs:
        labelled.setdefault(candidate_label(catalogue, found.step), []).append((found, figures))
    return _table(model, grouping, definition, labelled)


def _of_one_sample(known: Sequence[Sensitivity], grouping: Grouping) -> list[Sensitivity]:
    """Return the sensitivities of a grouping by the newest sample, the newest of each step and method."""
    fitting = [
        found
        for found in known
        if found.approach.grouping is grouping or found.approach.method is Method.VERDICT
    ]
    if not fitting:
        return []
    newest = _sample(fitting[0])
    kept: dict[tuple[str, Method], Sensitivity] = {}
    for found in fitting:
        if _sample(found) == newest:
            kept.setdefault((found.step.canonical(), found.approach.method), found)
    return list(kept.values())


def _sample(found: Sensitivity) -> tuple[Any, ...]:
    asked = found.asked
    return tuple(asked.get(name) for name in ("dataset_id", "split", "instances", "precision"))


def candidate_label(catalogue: Catalogue, step: Step) -> str:
    """Return the short name of a usual candidate, else what the step is called everywhere."""
    try:
        spec = catalogue.technique(step.technique)
    except UnknownName:
        spec = None
    defaults = {about.name: about.default for about in (spec.parameters if spec else ())}
    for candidate in CANDIDATES:
        values = defaults | dict(candidate.step.parameters)
        if candidate.step.technique == step.technique and values == defaults | dict(step.parameters):
            return candidate.label
    return step_label(Step(step.technique, step.parameters, LayerRules()), spec)


Labelled = Mapping[str, Sequence[tuple[Sensitivity, Arrays]]]


def _table(
    model: Model, grouping: Grouping, metric: MetricDefinition, labelled: Labelled
) -> SensitivityTable:
    every = [pair for pairs in labelled.values() for pair in pairs]
    by_part = [pair for pair in every if pair[0].approach.method is not Method.VERDICT]
    places: dict[str, int] = {}
    rows: list[tuple[str, tuple[str, ...], float, float]] = []
    for _, arrays in by_part:
        described = (arrays["module_type"], arrays["modules"], arrays["weights"], arrays["bits_before"])
        for name, kind, modules, weights, bits in zip(arrays["layer"], *described, strict=True):
            if str(name) not in places:
                places[str(name)] = len(rows)
                rows.append((str(kind), tuple(str(modules).split("\n")), float(weights), float(bits)))
    measured = [found for found, _ in every if metric.name in found.metrics]
    columns = {label: _column(label, pairs, places, metric.name) for label, pairs in labelled.items()}
    return SensitivityTable(
        model=model,
        metric=metric,
        grouping=grouping,
        instances=every[0][0].instances,
        split=every[0][0].split,
        baseline=measured[0].metrics[metric.name] if measured else None,
        parts=tuple(places),
        kinds=tuple(kind for kind, _, _, _ in rows),
        modules=tuple(modules for _, modules, _, _ in rows),
        weights=np.array([weights for _, _, weights, _ in rows], np.float64),
        bits=np.array([bits for _, _, _, bits in rows], np.float64),
        columns=tuple(column for column in columns.values() if column is not None),
        verdicts=tuple(
            _verdict(label, arrays, metric.name)
            for label, pairs in labelled.items()
            for found, arrays in pairs
            if found.approach.method is Method.VERDICT
        ),
    )


def _column(
    label: str, pairs: Sequence[tuple[Sensitivity, Arrays]], places: Mapping[str, int], metric: str
) -> Column | None:
    methods = {found.approach.method: (found, arrays) for found, arrays in pairs}
    measured, estimated = methods.get(Method.MEASURE), methods.get(Method.ESTIMATE)
    leading = measured or estimated
    if leading is None:
        return None

    def spread(source: tuple[Sensitivity, Arrays] | None, name: str) -> Floats:
        values = np.full(len(places), np.nan)
        if source is not None and name in source[1]:
            here = [places[str(part)] for part in source[1]["layer"]]
            values[here] = source[1][name].astype(np.float64)
        return values

    bits = spread(leading, "bits_after")
    problems = zip(leading[1]["layer"], leading[1]["problem"], strict=True)
    return Column(
        label=label,
        step=replace(leading[0].step, rules=LayerRules()),
        change=spread(measured, f"change.{metric}"),
        low=spread(measured, f"low.{metric}"),
        high=spread(measured, f"high.{metric}"),
        estimate=spread(estimated, "estimate"),
        bits=np.where(bits < 0, np.nan, bits),
        flops_saved=spread(leading, "flops_saved"),
        measured=measured[0] if measured else None,
        estimated=estimated[0] if estimated else None,
        problems={places[str(part)]: str(problem) for part, problem in problems if problem},
    )


def _verdict(label: str, arrays: Arrays, metric: str) -> Verdict:
    ends = (arrays.get(f"{name}.{metric}") for name in ("change", "low", "high"))
    columns = [values if values is not None else np.full(len(arrays["layer"]), np.nan) for values in ends]
    return Verdict(
        label,
        {
            str(what): (float(change), float(low), float(high))
            for what, change, low, high in zip(arrays["layer"], *columns, strict=True)
        },
    )
