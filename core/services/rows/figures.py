"""Figures as plain JSON: each value with the condition it was measured under, and how certain it is."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from core.domain.condition import MeasuringCondition
from core.domain.ids import DatasetId
from core.domain.measurement.evaluation import Evaluation
from core.domain.measurement.figures import Measured
from core.domain.measurement.protocol_words import condition_words
from core.domain.model import Model
from core.domain.project import Project
from core.errors import UnknownName
from core.services.rows.numbers import Number


class ProtocolRow(TypedDict):
    """The conditions that plain names of metrics stand for; None: as imported, or not settled yet."""

    quality: dict[str, str] | None
    efficiency: dict[str, str] | None


class FigureRow(TypedDict):
    """A value with what is known of it. variant_of: the metric whose value under another condition it is."""

    value: Number
    label: str
    variant_of: str | None
    interval: list[Number] | None
    caveats: list[str]


class MeasurementRow(TypedDict):
    """An evaluation or a profile. intervals: 95 %, of the values whose sampling error is known."""

    kind: Literal["evaluation", "profile"]
    id: int
    condition: str
    instances: int | None
    metrics: dict[str, Number]
    intervals: dict[str, list[Number]]
    created_at: str


def protocol_row(project: Project) -> ProtocolRow:
    """Return the conditions that plain names of metrics stand for."""
    protocol = project.protocol
    return {
        "quality": _condition_row(protocol.quality, project),
        "efficiency": _condition_row(protocol.efficiency, project),
    }


def measured_values(model: Model, project: Project) -> dict[str, float]:
    """Return the values under the protocol and the model's own, by plain name."""
    derived = {metric.name for metric in project.metrics if metric.variant_of is not None}
    return {name: value for name, value in model.metrics.items() if name not in derived}


def figure_rows(model: Model, project: Project) -> dict[str, FigureRow]:
    """Return every value by its key, those of variants and recovery too, with label and uncertainty."""
    labels = {metric.name: metric for metric in project.metrics}
    rows: dict[str, FigureRow] = {}
    for name, value in model.metrics.items():
        metric = labels.get(name)
        rows[name] = {
            "value": value,
            "label": metric.label if metric else name,
            "variant_of": metric.variant_of if metric else None,
            "interval": list(model.intervals[name]) if name in model.intervals else None,
            "caveats": list(model.caveats.get(name, ())),
        }
    return rows


def _condition_row(condition: MeasuringCondition | None, project: Project) -> dict[str, str] | None:
    if condition is None:
        return None
    names = {str(int(dataset.id)): dataset.name for dataset in project.datasets}
    parts = {str(part): text for part, text in condition.parts.items()}
    return parts | {"data": names.get(parts["data"], parts["data"])}


def measurement_row(measured: Measured, project: Project) -> MeasurementRow:
    """Return an evaluation or a profile as a row."""
    return {
        "kind": "evaluation" if isinstance(measured, Evaluation) else "profile",
        "id": int(measured.id),
        "condition": condition_words(project, measured.condition),
        "instances": measured.instances if isinstance(measured, Evaluation) else None,
        "metrics": dict(measured.metrics),
        "intervals": {name: list(interval) for name, interval in measured.intervals.items()},
        "created_at": measured.created_at.isoformat(),
    }


def named_dataset(project: Project, name: str) -> DatasetId:
    """Return the id of the project's data set of that name; `UnknownName` with near matches."""
    found = next((dataset.id for dataset in project.datasets if dataset.name == name), None)
    if found is None:
        raise UnknownName("data set", name, [dataset.name for dataset in project.datasets])
    return found
