"""Words for steps and states, as tooltips, labels and cards use them."""

from __future__ import annotations

from core.comparison.naming.step_words import (
    Specs,
    alone,
    blank,
    headline,
    leading_lines,
    parameter_label,
    parameter_lines,
    parameter_spec,
    parameter_value,
    technique_label,
)
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from core.presentation.numbers import whole_percent

__all__ = [
    "Specs",
    "alone",
    "blank",
    "headline",
    "leading_lines",
    "parameter_label",
    "parameter_lines",
    "parameter_spec",
    "parameter_value",
    "state_text",
    "technique_label",
]

_STATES = {
    RunStatus.WAITING: "waits for its parent",
    RunStatus.QUEUED: "queued",
    RunStatus.RUNNING: "running",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.SKIPPED: "skipped, its parent was not made",
    RunStatus.LOST: "lost, its worker vanished",
}


def state_text(model: Model) -> str:
    """Return what is going on with a model; empty when it is made and nothing is."""
    if model.status is RunStatus.RUNNING:
        return whole_percent(model.progress)
    if model.status is RunStatus.SUCCEEDED:
        return "being measured" if model.work else ""
    return _STATES[model.status]
