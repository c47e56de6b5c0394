"""A selection as its sentence sees it: figures of groups, and which models differ in one variable alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.comparison.pairing import UNPAIRED, Pairing
from core.comparison.references import path_to, reference_of, untrained
from core.comparison.sentences.figures import caveats_of, difference, figure_of
from core.comparison.sentences.phrases import setting
from core.comparison.sentences.statement import Difference, Figure, Setting
from core.comparison.variables.values import Value
from core.comparison.variables.variables import Differences, Kind, Varying
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition
from core.domain.model import Model
from core.domain.technique import TechniqueSpec

Positions = tuple[int, ...]
"""Positions of models in the selection."""

Context = Mapping[Value, Positions]
"""Models that differ in one variable alone, by its values in their order."""


@dataclass(frozen=True)
class Evidence:
    """A selection with its figures; `selected` is in the order of the values of each variable.

    names: what models are called instead of a name that several selected ones have.
    """

    differences: Differences
    selected: tuple[Model, ...]
    models: Mapping[ModelId, Model]
    specs: Mapping[str, TechniqueSpec] = field(default_factory=dict)
    pairing: Pairing = UNPAIRED
    names: Mapping[ModelId, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        differences: Differences,
        models: Iterable[Model],
        specs: Mapping[str, TechniqueSpec],
        pairing: Pairing = UNPAIRED,
        *,
        names: Mapping[ModelId, str] | None = None,
    ) -> Evidence:
        """Return the evidence about the models between which the differences are."""
        by_id = {model.id: model for model in models}
        selected = tuple(by_id[model_id] for model_id in differences.model_ids)
        return cls(differences, selected, by_id, specs, pairing, names or {})

    def name(self, model: Model) -> str:
        """Return the name of a selected model; where others have the same one, a name of its own."""
        if sum(other.name == model.name for other in self.selected) < 2:
            return model.name
        return self.names.get(model.id) or f"{model.name} (id {model.id})"

    def untrained(self, models: Iterable[Model]) -> tuple[str, ...]:
        """Return the names of the models whose weights no step has trained."""
        return tuple(self.name(model) for model in models if untrained(path_to(model, self.models)))

    @cached_property
    def recipe_variables(self) -> tuple[Varying, ...]:
        """Everything that differs but the seed."""
        return tuple(one for one in self.differences.varying if one.variable.kind is not Kind.SEED)

    @cached_property
    def axes(self) -> tuple[Varying, ...]:
        """The fewest variables that tell the recipes apart."""
        return tuple(one for one in self.differences.chosen if one.variable.kind is not Kind.SEED)

    def reference(self, model: Model) -> Model | None:
        """Return the trained base that the model's quality is compared with."""
        return reference_of(path_to(model, self.models))

    def members(self, positions: Iterable[int]) -> list[Model]:
        """Return the models at these positions."""
        return [self.selected[position] for position in positions]

    def figure(self, metric: MetricDefinition, positions: Iterable[int]) -> Figure | None:
        """Return the mean over models of one recipe; None if none has a finite value."""
        return figure_of(metric, self.members(positions))

    def difference(
        self, metric: MetricDefinition, before: Figure | None, after: Figure | None
    ) -> Difference | None:
        """Return the difference of two figures with what makes them hard to compare."""
        ids = [*(before.model_ids if before else ()), *(after.model_ids if after else ())]
        return difference(metric, before, after, self.caveats_of(metric, ids), pairing=self.pairing)

    def caveats_of(self, metric: MetricDefinition, ids: Iterable[ModelId]) -> tuple[str, ...]:
        """Return every caveat of the metric of these models, each once."""
        return caveats_of(metric, (self.models[one] for one in ids))

    def setting(self, axis: Varying, level: Value) -> Setting:
        """Return a value with the phrases for it, which no other variable of the selection shares."""
        shorts = [one.short for one in self.recipe_variables]
        return setting(axis, level, full=shorts.count(axis.short) > 1)

    def recipes(self) -> list[Positions]:
        """Return the groups of models that differ in the seed at most."""
        return _grouped(self._key(position, self.recipe_variables) for position in range(len(self.selected)))

    def contexts(self, axis: Varying) -> list[Context]:
        """Return the groups of at least two recipes that differ in the axis and in nothing else.

        Where models lack the axis' step, what belongs to that step is not expected of them.
        """
        others = [one for one in self.recipe_variables if one.variable != axis.variable]
        lasting = [one for one in others if not _belongs(one, axis)]
        absent: dict[Hashable, list[int]] = {}
        present: dict[Hashable, list[int]] = {}
        for position, value in enumerate(axis.values):
            if _there(value):
                present.setdefault(self._key(position, others), []).append(position)
            elif all(not one.values[position].present for one in others if one not in lasting):
                absent.setdefault(self._key(position, lasting), []).append(position)
        groups = [[*absent.get(self._key(members[0], lasting), ()), *members] for members in present.values()]
        contexts = [_by_level(axis, members) for members in groups]
        return [context for context in contexts if len(context) > 1]

    def _key(self, position: int, variables: Sequence[Varying]) -> Hashable:
        return tuple(varying.values[position].key for varying in variables)


def _there(value: Value) -> bool:
    return value.present and value.key is not False


def _belongs(other: Varying, axis: Varying) -> bool:
    """Return whether a variable is about the axis' step, so that models without the step lack it."""
    step = axis.variable.step
    if step is None or all(_there(value) for value in axis.values):
        return False
    if other.variable.kind is Kind.TEACHER:
        return all(
            _there(mine) or not its.present for mine, its in zip(axis.values, other.values, strict=True)
        )
    return step in (other.variable.step, other.variable.other)


def _by_level(axis: Varying, members: Sequence[int]) -> Context:
    levels: dict[Value, list[int]] = {}
    for position in members:
        levels.setdefault(axis.values[position], []).append(position)
    return {level: tuple(levels[level]) for level in sorted(levels, key=lambda value: value.order)}


def _grouped(keys: Iterable[Hashable]) -> list[Positions]:
    groups: dict[Hashable, list[int]] = {}
    for position, key in enumerate(keys):
        groups.setdefault(key, []).append(position)
    return [tuple(group) for group in groups.values()]
