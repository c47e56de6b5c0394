"""Mixed precision under a budget: which candidate each part gets, as a recipe, and what came of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.comparison.mixed_precision import POINTS, Assignment, Floats, exact, frontier, greedy
from core.domain.ids import ModelId
from core.domain.metric import Direction
from core.domain.model import Model
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.services.application import Application
from core.services.measurements.part_times import PartTimes
from core.services.measurements.sensitivities import SensitivityTable


class Budget(StrEnum):
    """What is limited."""

    SIZE = "size"  # bytes of all weights, without the file's header
    BITS = "bits"  # bits per weight over the whole model
    FLOPS = "flops"  # dense operations for one instance
    TIME = "time"  # ms of all layers in one pass, as profiled


class Costs(StrEnum):
    """What is minimised: the change of the table's metric for the worse, or the estimate of the loss."""

    MEASURED = "measured"
    ESTIMATED = "estimated"


@dataclass(frozen=True, eq=False)
class Choices:
    """The problem: costs and sizes `(parts, 1 + candidates)`, the first candidate leaving the part as it is.

    rest: size of what belongs to no part. unit: what sizes are divided by to be shown as the budget says.
    """

    table: SensitivityTable
    costs: Floats
    sizes: Floats
    rest: float
    unit: float


@dataclass(frozen=True)
class Planned:
    """A point of the frontier. size: as the budget says; cost: predicted; greedy_cost: of the greedy choice.

    labels: the candidate of each part, empty where it stays as it is.
    """

    size: float
    cost: float
    greedy_cost: float
    labels: tuple[str, ...]
    recipe: Recipe


@dataclass(frozen=True)
class Outcome:
    """A model that was made by candidates alone: what was predicted of it, and what was measured.

    predicted, measured: change of the table's metric for the worse; measured_size: as the budget says.
    """

    model: Model
    size: float
    predicted: float
    measured: float | None
    measured_size: float | None


def choices(
    table: SensitivityTable,
    budget: Budget = Budget.SIZE,
    costs: Costs = Costs.MEASURED,
    *,
    times: PartTimes | None = None,
) -> Choices:
    """Return the problem of a table. times: of its parts, for that budget alone.

    Raises:
        InvalidInput: no candidate has the costs that are wanted, or the model's size is not known.
    """
    sign = -1.0 if table.metric.direction is Direction.HIGHER else 1.0
    columns = [
        sign * column.change if costs is Costs.MEASURED else column.estimate for column in table.columns
    ]
    if not any(np.isfinite(column).any() for column in columns):
        hint = "Measure the sensitivity, or use the estimate."
        raise InvalidInput.of("costs", f"No candidate has {costs} costs yet.", hint)
    metrics = table.model.metrics
    parts = len(table.parts)
    if budget is Budget.TIME:
        return _timed(table, times, np.column_stack([np.zeros(parts), *columns]))
    if budget is Budget.FLOPS:
        total, unit = metrics.get("flops"), 1.0
        sizes = np.column_stack([np.zeros(parts), *(-column.flops_saved for column in table.columns)])
        rest = total
    else:
        total, stored = metrics.get("theoretical_bytes"), metrics.get("bits_per_weight")
        numbers = 8 * total / stored if total and stored else math.nan
        unit = 8.0 if budget is Budget.SIZE else numbers
        sizes = np.column_stack([table.bits, *(column.bits for column in table.columns)])
        rest = None if total is None else 8 * total - float(table.bits.sum())
    if rest is None or not math.isfinite(unit):
        hint = "Let its profile be measured first."
        raise InvalidInput.of("budget", f"The {budget} of {table.model.name} is not known.", hint)
    return Choices(table, np.column_stack([np.zeros(parts), *columns]), sizes, rest, unit)


def _timed(table: SensitivityTable, times: PartTimes | None, costs: Floats) -> Choices:
    """Return the problem whose sizes are measured times; a part without a time keeps its candidate 0."""
    if times is None:
        hint = "Let its profile be measured first."
        raise InvalidInput.of("budget", f"The time of the layers of {table.model.name} is not known.", hint)
    if not np.isfinite(times.times[:, 1:]).any():
        hint = "Apply a candidate to the whole model, and measure the profile of what it makes."
        message = f"No candidate was timed on {times.device or 'the device of the profile'} yet."
        raise InvalidInput.of("budget", message, hint)
    sizes = times.times.copy()
    unknown = np.isnan(sizes[:, 0])
    sizes[unknown, 0], sizes[unknown, 1:] = 0.0, np.nan
    return Choices(table, costs, sizes, times.rest, 1.0)


def planned_frontier(problem: Choices, *, points: int = POINTS) -> list[Planned]:
    """Return the best predicted choices between the smallest size and that of the model as it is."""
    found = frontier(problem.costs, problem.sizes, points=points)
    return [_planned(problem, each) for each in found]


def planned(problem: Choices, limit: float) -> Planned:
    """Return the best predicted choice within a budget, e.g. 500,000 bytes or 4.5 bits per weight.

    Raises:
        InvalidInput: no choice of candidates is as small as that.
    """
    found = exact(problem.costs, problem.sizes, limit * problem.unit - problem.rest)
    if found is None:
        least = float(np.nanmin(problem.sizes, axis=1).sum()) + problem.rest
        message = (
            f"No choice of candidates is within {limit:,g}; the smallest is {least / problem.unit:,.4g}."
        )
        raise InvalidInput.of("budget", message, "Allow more, or add a smaller candidate.")
    return _planned(problem, found)


def _planned(problem: Choices, found: Assignment) -> Planned:
    rough = greedy(problem.costs, problem.sizes, found.size)
    labels = ["", *(column.label for column in problem.table.columns)]
    return Planned(
        size=(found.size + problem.rest) / problem.unit,
        cost=found.cost,
        greedy_cost=math.nan if rough is None else rough.cost,
        labels=tuple(labels[place] for place in found.choice),
        recipe=recipe_of(problem.table, found.choice),
    )


def recipe_of(table: SensitivityTable, choice: Sequence[int]) -> Recipe:
    """Return one step for each candidate chosen, whose layer rules name the modules that get it."""
    steps = []
    for place, column in enumerate(table.columns, start=1):
        modules = [
            name for part, chosen in enumerate(choice) if chosen == place for name in table.modules[part]
        ]
        if modules:
            include = tuple(f"^{re.escape(name)}$" for name in modules)
            values = {name: (value,) for name, value in column.step.parameters.items()}
            steps.append(SweepStep(column.step.technique, values, LayerRules(include=include)))
    return tuple(steps)


def outcomes(app: Application, problem: Choices, budget: Budget = Budget.SIZE) -> list[Outcome]:
    """Return what came of models that were made from the table's model by its candidates alone."""
    table = problem.table
    with app.unit_of_work() as uow:
        everyone = uow.models.descendants([table.model.id])
        found = []
        for model in everyone:
            lineage = uow.models.lineage(model.id)
            choice = _choice(table, lineage)
            if choice is not None:
                found.append(_outcome(problem, budget, model, choice))
    return found


def _choice(table: SensitivityTable, lineage: Sequence[Model]) -> tuple[int, ...] | None:
    """Return the candidate of each part in a model; None if anything else was done to it."""
    ids: list[ModelId] = [model.id for model in lineage]
    if table.model.id not in ids or ids[-1] == table.model.id:
        return None
    choice = [0] * len(table.parts)
    for model in lineage[ids.index(table.model.id) + 1 :]:
        place = _candidate(table, model)
        if place is None or model.step is None:
            return None
        for part, modules in enumerate(table.modules):
            if model.step.rules.touches_shared(modules):
                if choice[part]:
                    return None
                choice[part] = place
    return tuple(choice)


def _candidate(table: SensitivityTable, model: Model) -> int | None:
    step = model.step
    if step is None or step.rules.overrides:
        return None
    for place, column in enumerate(table.columns, start=1):
        same = column.step.technique == step.technique
        if same and dict(column.step.parameters) == dict(step.parameters):
            return place
    return None


def _outcome(problem: Choices, budget: Budget, model: Model, choice: Sequence[int]) -> Outcome:
    rows = np.arange(len(choice))
    table, before, after = problem.table, problem.table.model.metrics, model.metrics
    name = table.metric.name
    measured = after[name] - before[name] if name in after and name in before else None
    if measured is not None and table.metric.direction is Direction.HIGHER:
        measured = -measured
    key = {Budget.SIZE: "theoretical_bytes", Budget.BITS: "bits_per_weight", Budget.FLOPS: "flops"}.get(
        budget
    )
    return Outcome(
        model=model,
        size=(float(problem.sizes[rows, list(choice)].sum()) + problem.rest) / problem.unit,
        predicted=float(problem.costs[rows, list(choice)].sum()),
        measured=measured,
        measured_size=None if key is None else after.get(key),
    )
