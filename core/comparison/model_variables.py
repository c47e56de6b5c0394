"""What was chosen for models as numbers to draw, like metrics: parameters of steps, seed, number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.comparison.filtering import parameter_field, parameter_of, recipes_of
from core.comparison.variables.values import value_of
from core.domain.ids import ModelId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.model import Model
from core.domain.recipe import Step
from core.domain.technique import TechniqueSpec

SEED, STEPS = "model:seed", "model:steps"

_WHOLE = {
    SEED: MetricDefinition(SEED, "Seed", Direction.NEITHER, group=Group.PARAMETER),
    STEPS: MetricDefinition(
        STEPS, "Steps", Direction.NEITHER, group=Group.PARAMETER, description="Steps from the base."
    ),
}


@dataclass(frozen=True)
class ModelVariables:
    """Numeric variables as definitions like those of metrics, and their value per model.

    varied: those of the definitions of which the models have more than one value.
    """

    definitions: tuple[MetricDefinition, ...]
    varied: tuple[MetricDefinition, ...]
    values: Mapping[ModelId, Mapping[str, float]]

    @classmethod
    def over(cls, models: Sequence[Model], specs: Mapping[str, TechniqueSpec]) -> ModelVariables:
        """Return the variables of the models.

        A parameter has its last value in a model's recipe; models without such a step have none.
        """
        recipes = recipes_of(models)
        values = {
            model.id: {
                SEED: float(model.seed),
                STEPS: float(len(recipes[model.id])),
                **dict(_parameters(recipes[model.id])),
            }
            for model in models
        }
        found: dict[str, set[float]] = {}
        for known in values.values():
            for name, value in known.items():
                found.setdefault(name, set()).add(value)
        every = {name: _WHOLE.get(name) or _definition(name, specs) for name in sorted(found)}
        varied = tuple(definition for name, definition in every.items() if len(found[name]) > 1)
        return cls(tuple(every.values()), varied, values)


def _parameters(recipe: Sequence[Step]) -> Iterator[tuple[str, float]]:
    for step in recipe:
        for name, raw in step.parameters.items():
            number = value_of(raw).number
            if number is not None:
                yield parameter_field(step.technique, name), number


def _definition(field: str, specs: Mapping[str, TechniqueSpec]) -> MetricDefinition:
    technique, name = parameter_of(field)
    spec = specs.get(technique)
    about = spec.by_name.get(name) if spec else None
    unit = about.unit if about else ""
    label = f"{about.label if about else name} ({spec.label if spec else technique})"
    return MetricDefinition(
        field,
        label,
        Direction.NEITHER,
        unit="" if unit == "fraction" else unit,
        group=Group.PARAMETER,
        description=f"{label}: its last value in the recipe.",
    )
