"""The form that queues sensitivities, and the choices of what is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.measurement.sensitivity import Candidate, Grouping
from core.services.measurements.mixed_precision import Budget, Costs
from dashboard.views.compare.sensitivity.ids import Choice, SensitivityIds

SAMPLE = 256
"""Instances that a sensitivity is measured on unless another number is entered."""

_GROUPINGS = {Grouping.MODULE: "one layer", Grouping.BLOCK: "one block", Grouping.KIND: "one kind of layer"}
BUDGETS = {
    Budget.SIZE: "Size",
    Budget.BITS: "Bits per weight",
    Budget.FLOPS: "FLOPs",
    Budget.TIME: "Measured time",
}
_COSTS = {Costs.MEASURED: "Measured", Costs.ESTIMATED: "Estimated"}
_USUAL = ("int8", "int4 per group", "50 % pruned", "2:4")


def form(name: str, candidates: Sequence[Candidate]) -> list[Component]:
    """Return heading and form for a model of that name."""
    labels = [candidate.label for candidate in candidates]
    chosen = [label for label in labels if label in _USUAL]
    return [
        html.H2(f"Which layers of {name} bear which step?"),
        html.P(
            "Each candidate is applied to one layer, block or kind of layer at a time; all else stays as it "
            "is. The estimate follows from gradients and takes seconds; measuring evaluates each result.",
            className="compare-caption",
        ),
        _queueing(labels, chosen),
        html.P(id=SensitivityIds.SAID, className="compare-note", role="status"),
        html.Div(
            [
                _choice(Choice.COSTS, "Loss", _COSTS, Costs.MEASURED),
                _choice(Choice.BUDGET, "Budget", BUDGETS, Budget.SIZE),
                dmc.NumberInput(
                    id=Choice.LIMIT.identity,
                    label="Within (kB, bits, MFLOPs or ms)",
                    min=0,
                    debounce=True,
                    w=190,
                    size="xs",
                ),
            ],
            className="sensitivity-row",
        ),
    ]


def _queueing(labels: list[str], chosen: list[str]) -> Component:
    return html.Div(
        [
            dmc.MultiSelect(
                id=SensitivityIds.CANDIDATES,
                label="Candidates",
                data=labels,
                value=chosen,
                w=430,
                size="xs",
            ),
            dmc.Select(
                id=Choice.GROUPING.identity,
                label="At a time",
                data=[{"value": key.value, "label": label} for key, label in _GROUPINGS.items()],
                value=Grouping.MODULE.value,
                allowDeselect=False,
                w=150,
                size="xs",
            ),
            dmc.NumberInput(
                id=SensitivityIds.INSTANCES,
                label="Instances",
                value=SAMPLE,
                min=2,
                step=64,
                w=100,
                size="xs",
            ),
            dmc.Button("Estimate", id=SensitivityIds.ESTIMATE, size="xs"),
            dmc.Button("Measure", id=SensitivityIds.MEASURE, size="xs", variant="default"),
            dmc.Button("Weights or activations?", id=SensitivityIds.VERDICT, size="xs", variant="default"),
        ],
        className="sensitivity-row",
    )


def _choice(name: Choice, label: str, options: Mapping[Any, str], value: str) -> Component:
    data = [{"value": str(key), "label": text} for key, text in options.items()]
    control = dmc.SegmentedControl(
        id=name.identity, data=data, value=str(value), size="xs", **{"aria-label": label}
    )
    return html.Div([html.Span(label, className="compare-label"), control], className="compare-choice")
