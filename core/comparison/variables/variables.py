"""What differs between selected models: all that varies, and the fewest variables that tell them apart.

A variable is a parameter of the n-th use of a technique, its layer rules, whether that step was done at all,
the order of two steps, the base model, the teacher, or the seed. Together they separate any two models whose
recipes, bases or seeds differ; which of them are needed is solved in `core.comparison.variables.separation`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.comparison.variables.lineages import Lineage, Occurrence, trace
from core.comparison.variables.seeds import draws
from core.comparison.variables.separation import separate
from core.comparison.variables.values import ABSENT, UNSET, Value, value_of, written
from core.comparison.variables.wording import (
    occurrence_label,
    parameter_label,
    parameter_names,
    parameter_unit,
)
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Step
from core.domain.technique import TechniqueSpec


class Kind(StrEnum):
    """What a variable is about; of equally good variables the kind listed first is preferred."""

    PARAMETER = "parameter"
    RULES = "rules"
    PRESENCE = "presence"
    ORDER = "order"
    BASE = "base"
    TEACHER = "teacher"
    SEED = "seed"


_WITH, _WITHOUT = Value(True, "with"), Value(False, "without")
_COST = {kind: cost for cost, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Variable:
    """One way in which models can differ.

    step: the step that a parameter, rules or presence belongs to; the first of the two for an order.
    other: the second step of an order.
    """

    kind: Kind
    step: Occurrence | None = None
    parameter: str = ""
    other: Occurrence | None = None

    @property
    def key(self) -> str:
        """The variable as text that is stable enough for a URL, e.g. `parameter:pruning:1:sparsity`."""
        parts = [self.kind.value]
        for occurrence in (self.step, self.other):
            if occurrence is not None:
                parts += [occurrence.technique, str(occurrence.number)]
        return ":".join([*parts, self.parameter] if self.parameter else parts)


@dataclass(frozen=True)
class Varying:
    """A variable that has more than one value among the selected models.

    label: full name, e.g. `sparsity (magnitude pruning)`; `short` where the technique is plain: `sparsity`.
    step: the step that it is a choice of, e.g. `magnitude pruning`, or that models have or lack.
    values: shape (models,), in the order of `Differences.model_ids`.
    """

    variable: Variable
    label: str
    short: str
    values: tuple[Value, ...]
    unit: str = ""
    step: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the values stand on a number line, leaving aside models that lack the step."""
        present = [value for value in self.values if value.present]
        return bool(present) and all(value.number is not None for value in present)

    def levels(self) -> tuple[Value, ...]:
        """Return the distinct values: models without the step first, then numbers by size, then text."""
        return tuple(sorted(set(self.values), key=lambda value: value.order))


@dataclass(frozen=True)
class Differences:
    """What differs between the models of a selection.

    model_ids: the selected models, ascending.
    varying: every variable that varies, preferred ones first: the rows of a table of differences.
    chosen: the fewest variables that tell apart all models that any variables tell apart; the seed comes on
        top where it is all that differs between some.
    proven: whether it is certain that no fewer do; false only if the search was cut short.
    alike: groups of models that no variable tells apart.
    """

    model_ids: tuple[ModelId, ...]
    varying: tuple[Varying, ...]
    chosen: tuple[Varying, ...]
    proven: bool
    alike: tuple[tuple[ModelId, ...], ...]


def what_differs(
    models: Iterable[Model], selection: Sequence[ModelId], specs: Mapping[str, TechniqueSpec] | None = None
) -> Differences:
    """Return what differs between the selected models and the fewest variables that tell them apart.

    The seed is chosen only to tell apart what nothing else does: it repeats a recipe and explains none.

    Args:
        models: the models of the project; ancestors of selected ones are looked up here.
        selection: the models asked about, in any order.
        specs: techniques by name, for labels and to know which of them use the seed.

    Raises:
        NotFound: A selected id is not among the models.
    """
    lineages = trace(models, selection)
    columns = [(varying, _classes(varying.values)) for varying in _candidates(lineages, specs or {})]
    columns = sorted((column for column in columns if any(column[1])), key=_preference)
    design = [column for column in columns if column[0].variable.kind is not Kind.SEED]
    found = separate(
        [classes for _, classes in design], [_COST[varying.variable.kind] for varying, _ in design]
    )
    chosen = [design[position][0] for position in found.chosen]
    groups: list[Hashable] = list(found.classes) or [0] * len(lineages)
    for varying, classes in columns[len(design) :]:
        finer: list[Hashable] = list(zip(groups, classes, strict=True))
        if len(set(finer)) > len(set(groups)):
            chosen, groups = [*chosen, varying], finer
    ids = tuple(lineage.model.id for lineage in lineages)
    return Differences(
        model_ids=ids,
        varying=_rows([varying for varying, _ in columns]),
        chosen=tuple(chosen),
        proven=found.proven,
        alike=_alike(ids, groups),
    )


def _candidates(lineages: Sequence[Lineage], specs: Mapping[str, TechniqueSpec]) -> Iterator[Varying]:
    occurrences = list(dict.fromkeys(step for lineage in lineages for step in lineage.steps))
    for occurrence in occurrences:
        yield from _of_step(occurrence, lineages, specs.get(occurrence.technique))
    yield from _of_orders(occurrences, lineages, specs)
    bases = {lineage.base.id: lineage.base for lineage in lineages}
    yield Varying(
        Variable(Kind.BASE),
        "base model",
        "base",
        tuple(Value(lineage.base.id, bases[lineage.base.id].name) for lineage in lineages),
    )
    yield Varying(Variable(Kind.TEACHER), "teacher", "teacher", _teachers(lineages, specs))
    seeds = tuple(_seeds(lineage, specs) for lineage in lineages)
    if len({value for value in seeds if value.present}) > 1:
        yield Varying(Variable(Kind.SEED), "seed", "seed", seeds)


def _of_step(
    occurrence: Occurrence, lineages: Sequence[Lineage], spec: TechniqueSpec | None
) -> Iterator[Varying]:
    """Yield presence, parameters and rules of one step; what says no more than presence is left out."""
    steps = [lineage.steps.get(occurrence) for lineage in lineages]
    done = occurrence_label(occurrence, spec)
    presence = tuple(_WITHOUT if step is None else _WITH for step in steps)
    yield Varying(Variable(Kind.PRESENCE, occurrence), done, done, presence, step=done)
    different = {id(step): step for step in steps if step is not None}
    for name in parameter_names(different.values(), spec):
        values = _of_each(steps, lambda step: _value(step, name, spec))  # noqa: B023 - called at once
        if len({value for value in values if value is not ABSENT}) > 1:
            short = parameter_label(name, spec)
            variable = Variable(Kind.PARAMETER, occurrence, name)
            yield Varying(variable, f"{short} ({done})", short, values, parameter_unit(name, spec), done)
    rules = _of_each(steps, lambda step: value_of(_rules(step.rules)))
    if len({value for value in rules if value is not ABSENT}) > 1:
        variable = Variable(Kind.RULES, occurrence)
        yield Varying(variable, f"layer rules ({done})", "layer rules", rules, step=done)


def _of_each(steps: Sequence[Step | None], value: Callable[[Step], Value]) -> tuple[Value, ...]:
    """Return the value of each step; models of one branch share steps, whose value is found once."""
    found = {
        id(step): value(step) for step in {id(step): step for step in steps if step is not None}.values()
    }
    return tuple(ABSENT if step is None else found[id(step)] for step in steps)


def _value(step: Step, name: str, spec: TechniqueSpec | None) -> Value:
    if name not in step.parameters:
        return UNSET
    return value_of(step.parameters[name], spec.by_name.get(name) if spec else None)


def _rules(rules: Any) -> str:
    parts = [f"only {pattern}" for pattern in rules.include]
    parts += [f"not {pattern}" for pattern in rules.exclude]
    parts += [f"{pattern}: {written(dict(values))}" for pattern, values in rules.overrides]
    return "; ".join(parts) or "all layers"


def _of_orders(
    occurrences: Sequence[Occurrence], lineages: Sequence[Lineage], specs: Mapping[str, TechniqueSpec]
) -> Iterator[Varying]:
    """Yield the order of each two steps that some models did in one order and some in the other."""
    number = {occurrence: index for index, occurrence in enumerate(occurrences)}
    sequences = [[number[occurrence] for occurrence in lineage.steps] for lineage in lineages]
    places = [{step: place for place, step in enumerate(sequence)} for sequence in sequences]
    inner = {parent.id for lineage in lineages for parent in lineage.path[:-1]}
    whole = {
        tuple(sequence)
        for lineage, sequence in zip(lineages, sequences, strict=True)
        if lineage.model.id not in inner
    }
    seen = {pair for sequence in whole for pair in itertools.combinations(sequence, 2)}
    for first, second in sorted(pair for pair in seen if pair[0] < pair[1] and pair[::-1] in seen):
        one, other = occurrences[first], occurrences[second]
        labels = [occurrence_label(step, specs.get(step.technique)) for step in (one, other)]
        ways = {True: Value(True, f"{labels[0]} first"), False: Value(False, f"{labels[1]} first")}
        values = tuple(
            ways[place[first] < place[second]] if first in place and second in place else ABSENT
            for place in places
        )
        variable = Variable(Kind.ORDER, one, other=other)
        yield Varying(variable, f"order of {labels[0]} and {labels[1]}", "order", values)


def _teachers(lineages: Sequence[Lineage], specs: Mapping[str, TechniqueSpec]) -> tuple[Value, ...]:
    """Return which teacher each lineage's steps learned from; steps are named where others have a teacher."""
    taught = [_taught(lineage) for lineage in lineages]
    in_one_place = len({tuple(step for step, _ in teachers) for teachers in taught if teachers}) <= 1

    def text(step: Occurrence, teacher: ModelId) -> str:
        place = "" if in_one_place else f" in {occurrence_label(step, specs.get(step.technique))}"
        return f"model {teacher}{place}"

    return tuple(
        Value(teachers, ", ".join(text(*one) for one in teachers)) if teachers else ABSENT
        for teachers in taught
    )


def _taught(lineage: Lineage) -> tuple[tuple[Occurrence, ModelId], ...]:
    members = (member for member in lineage.path if member.step is not None)
    pairs = zip(lineage.steps, members, strict=True)
    return tuple((step, member.teacher_id) for step, member in pairs if member.teacher_id is not None)


def _seeds(lineage: Lineage, specs: Mapping[str, TechniqueSpec]) -> Value:
    """Return the seeds of the steps that use one: a single number where they agree."""
    seeds = [member.seed for member in lineage.path if member.step is not None and draws(member, specs)]
    if not seeds:
        return ABSENT
    return value_of(seeds[0]) if len(set(seeds)) == 1 else value_of(seeds)


def _preference(column: tuple[Varying, list[int]]) -> tuple[int, int]:
    """Sort by kind, then the variable with more values first; ties keep the order of the recipe."""
    varying, classes = column
    return _COST[varying.variable.kind], -max(classes)


def _classes(values: Sequence[Value]) -> list[int]:
    """Return for each value the number of its class, from 0 in order of first sight."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(value.key, len(numbers)) for value in values]


def _rows(candidates: Sequence[Varying]) -> tuple[Varying, ...]:
    """Leave out the presence of steps whose parameters are in the table and show it already."""
    shown = {varying.variable.step for varying in candidates if varying.variable.kind is Kind.PARAMETER}
    return tuple(
        varying
        for varying in candidates
        if varying.variable.kind is not Kind.PRESENCE or varying.variable.step not in shown
    )


def _alike(ids: Sequence[ModelId], classes: Sequence[Hashable]) -> tuple[tuple[ModelId, ...], ...]:
    groups: dict[Hashable, list[ModelId]] = {}
    for model_id, number in zip(ids, classes, strict=True):
        groups.setdefault(number, []).append(model_id)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
