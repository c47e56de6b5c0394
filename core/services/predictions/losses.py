"""What a recipe is expected to do to the loss, added up from kept sensitivities of single layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.catalogue import Catalogue
from core.domain.effect import Effect
from core.domain.ids import ModelId
from core.domain.measurement.sensitivity import Method
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import counted
from core.services.application import Application
from core.services.layers.layer_sensitivity import tried
from core.services.measurements.sensitivities import LOSS
from core.services.preflight.prerequisites import module_table
from core.services.workers.workers import catalogue_of

NOTHING_KEPT = "no sensitivity to these steps was measured"


@dataclass(frozen=True)
class ExpectedLoss:
    """A change of the loss, worse where positive. layers: how many of those touched it is known of.

    instances: on how many each of them was measured.
    """

    change: float
    known: int
    layers: int
    instances: int

    @property
    def basis(self) -> str:
        """What it rests on, in words."""
        return (
            f"sum of kept sensitivities of {self.known} of {counted(self.layers, 'layer')}, measured on "
            f"{counted(self.instances, 'instance')}; interactions ignored"
        )


@dataclass(frozen=True)
class _Measured:
    instances: int
    changes: Mapping[str, float]


class KeptSensitivities:
    """Measured sensitivities of one model's layers, by step."""

    def __init__(self, uow: UnitOfWork, model: Model, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._measured: dict[str, _Measured] = {}
        for one in tried(uow, model):
            found = one.measured
            if found is None or found.approach.method is not Method.MEASURE:
                continue
            arrays = uow.sensitivities.arrays(found.id)
            if f"change.{LOSS}" not in arrays:
                continue
            changes: dict[str, float] = {}
            parts = arrays.get("modules", arrays["layer"])
            for modules, change in zip(parts, arrays[f"change.{LOSS}"].tolist(), strict=True):
                changes |= dict.fromkeys(str(modules).split("\n")[:1], change)
            self._measured[self._key(found.step)] = _Measured(found.instances, changes)

    def expected(self, path: Sequence[Step], table: ModuleTable) -> ExpectedLoss | str:
        """Return what the steps from this model on do to the loss, or why that is not known."""
        if not self._measured:
            return NOTHING_KEPT
        layers: dict[str, float | None] = {}
        instances = []
        for step in path:
            spec = self._catalogue.technique(step.technique)
            if spec.effect == Effect():
                return f"what {spec.running_label} brings back is not predicted"
            names = table.touched(step.rules, raw=spec.raw_weights)
            for sharing in table.layers:
                if sharing[0] not in names:
                    continue
                if sharing[0] in layers:
                    return "several steps change the same layers"
                found = self._measured.get(self._key(step, sharing))
                layers[sharing[0]] = None if found is None else _of_part(found, sharing)
                instances += [found.instances] if found is not None else []
        known = [change for change in layers.values() if change is not None]
        if not known:
            return NOTHING_KEPT
        return ExpectedLoss(sum(known), len(known), len(layers), min(instances))

    def of_layers(self, step: Step, table: ModuleTable) -> dict[str, float]:
        """Return the change of the loss if a step changes that layer alone, by the layer's names."""
        found: dict[str, float] = {}
        for sharing in table.layers:
            measured = self._measured.get(self._key(step, sharing))
            change = None if measured is None else _of_part(measured, sharing)
            if change is not None:
                found |= dict.fromkeys(sharing, change)
        return found

    def _key(self, step: Step, sharing: Sequence[str] = ()) -> str:
        """Return the step as it is for one layer, with all its parameters and without rules."""
        spec = next((one for one in self._catalogue.techniques if one.name == step.technique), None)
        values = {one.name: one.default for one in spec.parameters} if spec else {}
        values |= dict(step.parameters)
        for name in sharing:
            values |= step.rules.overridden(name)
        idle = spec.idle({name: (value,) for name, value in values.items()}) if spec else set()
        used = {name: value for name, value in values.items() if name not in idle}
        return Step(step.technique, used, LayerRules()).canonical()


def layer_losses(app: Application, model_id: ModelId, step: Step) -> dict[str, float]:
    """Return what is kept of a model's sensitivity to a step: the change of the loss by layer."""
    with app.unit_of_work() as uow:
        model = uow.models.get([model_id]).get(model_id)
        table = None if model is None else module_table(uow, model)
        if model is None or table is None:
            return {}
        return KeptSensitivities(uow, model, catalogue_of(uow, app)).of_layers(step, table)


def _of_part(found: _Measured, sharing: Sequence[str]) -> float | None:
    changes = (found.changes[name] for name in sharing if name in found.changes)
    change = next(changes, None)
    return None if change is None or not np.isfinite(change) else change
