"""Measured times of the parts of a model under each candidate, from models that were made by it alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.model import Model
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.measurements.sensitivities import SensitivityTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PartTimes:
    """Times in ms `(parts, 1 + candidates)`, of the model itself first; NaN where nothing was measured.

    rest: of what belongs to no part. device: where all of it was measured.
    """

    times: Floats
    rest: float
    device: str


def part_times(app: Application, table: SensitivityTable) -> PartTimes | None:
    """Return times of parts from profiles of the model, and of its children by one candidate everywhere.

    None if the model has no profile of its layers. Times of another device are left out.
    """
    with app.unit_of_work() as uow:
        own = uow.evaluations.layer_statistics(table.model.id, kind=LayerKind.COST)
        if "time_ms" not in own:
            return None
        device = _device(own)
        columns = [_of_parts(table, own)]
        children = [one for one in uow.models.descendants([table.model.id]) if _plain(table, one)]
        for column in table.columns:
            step = column.step
            made = [
                one
                for one in children
                if one.step is not None
                and one.step.technique == step.technique
                and dict(one.step.parameters) == dict(step.parameters)
            ]
            columns.append(_measured(uow, table, made, device))
    times = np.column_stack(columns)
    total = float(np.nansum(own["time_ms"].astype(np.float64)))
    return PartTimes(times, total - float(np.nansum(times[:, 0])), device)


def _plain(table: SensitivityTable, model: Model) -> bool:
    rules = model.step.rules if model.step else None
    return model.parent_id == table.model.id and rules is not None and not (rules.include or rules.exclude)


def _measured(uow: UnitOfWork, table: SensitivityTable, made: list[Model], device: str) -> Floats:
    for model in made:
        cost = uow.evaluations.layer_statistics(model.id, kind=LayerKind.COST)
        if "time_ms" in cost and _device(cost) == device:
            return _of_parts(table, cost)
    return np.full(len(table.parts), np.nan)


def _of_parts(table: SensitivityTable, cost: Arrays) -> Floats:
    """Return the times of all modules of each part; what replaced a module lies inside it."""
    names = [str(name) for name in cost["module"]]
    values = cost["time_ms"].astype(np.float64)
    found = np.full(len(table.parts), np.nan)
    for place, modules in enumerate(table.modules):
        rows = [
            row
            for row, name in enumerate(names)
            if any(name == module or name.startswith(f"{module}.") for module in modules)
        ]
        if rows:
            found[place] = float(np.nansum(values[rows]))
    return found


def _device(cost: Arrays) -> str:
    return str(cost["device"][0]) if "device" in cost and len(cost["device"]) else ""
