"""Conditions on models, all of which must hold, and how they are written in an address.

A field is `metric:<name>`, `parameter:<technique>:<name>` (see `parameter_field`), `operation`, `tag`,
`status`, `author`, `experiment` (its id), `date` or `text`. Metrics and dates are ranges, inclusive at both
ends; of all other fields any of the values will do. Operations and parameters look at the whole recipe of a
model, not only at its last step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from urllib.parse import quote, unquote

from core.comparison.variables.values import value_of
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.queue.run import UNSUCCESSFUL
from core.domain.recipe import Step

METRIC = "metric"
PARAMETER = "parameter"
RANGES = (METRIC, "date")
CHOICES = (PARAMETER, "operation", "tag", "status", "author", "experiment", "text")


class Status(StrEnum):
    """What a status condition can ask for."""

    MADE = "made"
    BUSY = "being made"
    FAILED = "not made"
    STARRED = "starred"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Condition:
    """One condition. `low` and `high` are of ranges: numbers for metrics, ISO dates for dates; None is open.

    `values` are of the other fields; where empty, every model passes.
    """

    field: str
    values: tuple[str, ...] = ()
    low: float | str | None = None
    high: float | str | None = None

    @property
    def kind(self) -> str:
        """The part of the field before the first colon."""
        return self.field.partition(":")[0]

    @property
    def idle(self) -> bool:
        """Whether every model passes."""
        return not self.values and self.low is None and self.high is None


def parameter_field(technique: str, name: str) -> str:
    """Return the field of a technique's parameter, with colons of the technique escaped."""
    escaped = technique.replace("%", "%25").replace(":", "%3A")
    return f"{PARAMETER}:{escaped}:{name}"


def parameter_of(field: str) -> tuple[str, str]:
    """Return the technique and the name of the parameter that `parameter_field` made a field of."""
    _, _, rest = field.partition(":")
    technique, _, name = rest.partition(":")
    return unquote(technique), name


def read_conditions(text: str) -> tuple[Condition, ...]:
    """Read what `write_conditions` wrote; parts that make no sense are left out."""
    parts = (part.partition("=") for part in text.split(";") if part)
    found = [_condition(unquote(field), rest) for field, _, rest in parts]
    return tuple({condition.field: condition for condition in found if condition is not None}.values())


def write_conditions(conditions: Iterable[Condition]) -> str:
    """Write conditions as text for an address, e.g. `metric:top1=0.2..;operation=prune,quantize`."""
    return ";".join(f"{quote(condition.field, safe=':')}={_written(condition)}" for condition in conditions)


def passing(models: Sequence[Model], conditions: Iterable[Condition]) -> frozenset[ModelId]:
    """Return the ids of the models that meet every condition."""
    tests = [_test(condition, models) for condition in conditions if not condition.idle]
    return frozenset(model.id for model in models if all(test(model) for test in tests))


def recipes_of(models: Iterable[Model]) -> dict[ModelId, tuple[Step, ...]]:
    """Return the steps from the base to each model; parents come before their children."""
    found: dict[ModelId, tuple[Step, ...]] = {}
    for model in models:
        before = found.get(model.parent_id, ()) if model.parent_id is not None else ()
        found[model.id] = (*before, model.step) if model.step else before
    return found


def statuses_of(model: Model) -> set[Status]:
    """Return every status that a model has."""
    found = {Status.MADE if model.ready else Status.FAILED if model.status in UNSUCCESSFUL else Status.BUSY}
    if model.starred:
        found.add(Status.STARRED)
    if model.archived:
        found.add(Status.ARCHIVED)
    return found


def _condition(field: str, rest: str) -> Condition | None:
    kind = field.partition(":")[0]
    if kind in RANGES:
        low, _, high = rest.partition("..")
        ends = [_end(kind, unquote(low)), _end(kind, unquote(high))]
        return Condition(field, low=ends[0], high=ends[1])
    if kind in CHOICES:
        return Condition(field, tuple(unquote(value) for value in rest.split(",") if value))
    return None


def _end(kind: str, text: str) -> float | str | None:
    try:
        if kind != METRIC:
            return date.fromisoformat(text).isoformat()
        return number if math.isfinite(number := float(text)) else None
    except ValueError:
        return None


def _written(condition: Condition) -> str:
    if condition.kind in RANGES:
        ends = ("" if end is None else str(end) for end in (condition.low, condition.high))
        return "..".join(ends)
    return ",".join(quote(value, safe=" ") for value in condition.values)


def _test(condition: Condition, models: Sequence[Model]) -> Callable[[Model], bool]:
    wanted = set(condition.values)
    if condition.kind == METRIC:
        return _metric_test(condition)
    if condition.kind == "date":
        return _date_test(condition)
    if condition.kind == "operation":
        recipes = recipes_of(models)
        return lambda model: bool(wanted & operations_of(recipes[model.id]))
    if condition.kind == PARAMETER:
        recipes = recipes_of(models)
        technique, name = parameter_of(condition.field)
        return lambda model: bool(wanted & values_in(recipes[model.id], technique, name))
    return _word_tests(condition, wanted)[condition.kind]


def operations_of(recipe: Sequence[Step]) -> set[str]:
    """Return the techniques of a recipe; `base` where there is none."""
    return {step.technique for step in recipe} or {"base"}


def values_in(recipe: Sequence[Step], technique: str, name: str) -> set[str]:
    """Return the values, as texts, that a parameter has in the steps of a recipe."""
    return {
        value_of(step.parameters[name]).text
        for step in recipe
        if step.technique == technique and name in step.parameters
    }


def _word_tests(condition: Condition, wanted: set[str]) -> Mapping[str, Callable[[Model], bool]]:
    words = [word.lower() for value in condition.values for word in value.split()]
    return {
        "tag": lambda model: not wanted.isdisjoint(model.tags),
        "author": lambda model: model.author in wanted,
        "experiment": lambda model: str(model.experiment_id) in wanted,
        "status": lambda model: not wanted.isdisjoint(statuses_of(model)),
        "text": lambda model: all(word in _text(model) for word in words),
    }


def _text(model: Model) -> str:
    return " ".join((model.name, model.note, *model.tags)).lower()


def _metric_test(condition: Condition) -> Callable[[Model], bool]:
    name = condition.field.partition(":")[2]
    low = -math.inf if condition.low is None else float(condition.low)
    high = math.inf if condition.high is None else float(condition.high)
    return lambda model: low <= model.metrics.get(name, math.nan) <= high


def _date_test(condition: Condition) -> Callable[[Model], bool]:
    """Return a test of the day a model was asked for, in UTC; the last day counts in full."""

    def start(day: str) -> datetime:
        return datetime.combine(date.fromisoformat(day), time(), UTC)

    low = start(str(condition.low)) if condition.low else datetime.min.replace(tzinfo=UTC)
    high = (
        start(str(condition.high)) + timedelta(days=1) if condition.high else datetime.max.replace(tzinfo=UTC)
    )
    return lambda model: low <= model.created_at < high
