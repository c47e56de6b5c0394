"""Lines of the list of models as the grid takes them: flat JSON, figures as numbers and as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.comparison.naming.lineage_names import THEN
from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.domain.queue.run import UNSUCCESSFUL, RunStatus
from dashboard.address import Address
from dashboard.figures.encoding import finite
from dashboard.figures.wording import (
    Specs,
    alone,
    leading_lines,
    state_text,
    technique_label,
)

_MOST_STEPS = 50


@dataclass(frozen=True)
class RowContext:
    """What a line needs besides its model: the project's short name and metrics, all models, the words.

    one_base: whether all models come from one base, which then need not be named in every line.
    """

    slug: str
    metrics: Sequence[MetricDefinition]
    by_id: Mapping[ModelId, Model]
    specs: Specs
    one_base: bool

    @classmethod
    def of(
        cls, slug: str, metrics: Sequence[MetricDefinition], every: Iterable[Model], specs: Specs
    ) -> RowContext:
        """Return the surroundings of all models of a project."""
        by_id = {model.id: model for model in every}
        bases = sum(model.parent_id is None for model in by_id.values())
        return cls(slug, metrics, by_id, specs, bases == 1)


def grid_rows(models: Iterable[Model], around: RowContext) -> list[dict[str, Any]]:
    """Return a line per model, in the order given."""
    return [_row(model, around) for model in models]


def recipe(model: Model, around: RowContext) -> str:
    """Return the steps from the base to the model, e.g. `residual CNN > pruning 0.5 > fine-tune 2`."""
    return THEN.join(_steps(model, around, named=True))


def _steps(model: Model, around: RowContext, *, named: bool) -> list[str]:
    parts: list[str] = []
    present: Model | None = model
    while present is not None and len(parts) < _MOST_STEPS:
        if present.parent_id is not None or not parts or not around.one_base:
            parts.append(_step(present, around.specs, named=named))
        present = around.by_id.get(present.parent_id) if present.parent_id is not None else None
    return parts[::-1]


def state(model: Model) -> str:
    """Return what is going on with a model; of one without a checkpoint, what is here of it."""
    if model.deleted_at is not None:
        return "deleted"
    if made_elsewhere(model):
        return "figures only" if model.instances is None else "made elsewhere"
    return state_text(model) or "made"


def made_elsewhere(model: Model) -> bool:
    """Return whether the model came with a study or from a program, so that nothing can be run on it."""
    return model.making_run_id is None


def _step(model: Model, specs: Specs, *, named: bool) -> str:
    """Return the operation with its leading values, `named` where several stand side by side."""
    if model.step is None:
        return model.name
    step = model.step
    leading = leading_lines(step, specs)
    values = [
        f"{label} {value}" if named and len(leading) > 1 else alone(label, value) for label, value in leading
    ]
    return " ".join([technique_label(step.technique, specs), ", ".join(values)]).strip()


def _row(model: Model, around: RowContext) -> dict[str, Any]:
    seen = Address("overview", around.slug, {"selected": str(model.id)})
    return {
        "id": str(model.id),
        "name": model.name,
        "href": "" if model.deleted_at else seen.href,
        "number": int(model.id),
        "recipe": recipe(model, around),
        "lineage": _steps(model, around, named=False),
        "tags": list(model.tags),
        "note": model.note,
        "state": state(model),
        "tone": _tone(model),
        "starred": model.starred,
        "figures": [finite(model.metrics, metric) for metric in around.metrics],
        "texts": [format_value(metric, model.metrics.get(metric.name)) for metric in around.metrics],
    }


def _tone(model: Model) -> str:
    if model.deleted_at is not None:
        return "deleted"
    if model.status in UNSUCCESSFUL:
        return "failed"
    return "made" if model.status is RunStatus.SUCCEEDED and not model.work else "busy"
