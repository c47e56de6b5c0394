"""Lines of the list of models as the grid takes them: flat JSON, figures as numbers and as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition, format_value
from core.domain.model import Model
from core.domain.run import UNSUCCESSFUL, RunStatus
from core.domain.technique import TechniqueSpec
from dashboard.address import Address
from dashboard.components.ancestry import AFTER
from dashboard.figures.encoding import finite
from dashboard.figures.wording import Specs, headline, parameter_value, state_text, technique_label

_MOST_STEPS = 50


def grid_rows(
    models: Sequence[Model],
    lineage: Mapping[ModelId, Model],
    metrics: Sequence[MetricDefinition],
    words: tuple[str, Mapping[str, TechniqueSpec]],
) -> list[dict[str, Any]]:
    """Return a line per model.

    Args:
        models: those listed.
        lineage: every model of the project by id, for the recipes.
        metrics: in the order of the columns.
        words: short name of the project, and the techniques by name.
    """
    return [_row(model, lineage, metrics, words) for model in models]


def recipe(model: Model, lineage: Mapping[ModelId, Model], specs: Specs) -> str:
    """Return the steps from the model back to the base, e.g. `fine-tune 2 < pruning 0.5 < residual CNN`."""
    parts: list[str] = []
    present: Model | None = model
    while present is not None and len(parts) < _MOST_STEPS:
        parts.append(_step(present, specs))
        present = lineage.get(present.parent_id) if present.parent_id is not None else None
    return AFTER.join(parts)


def _step(model: Model, specs: Specs) -> str:
    if model.step is None:
        return model.name
    step = model.step
    leading = headline(tuple(step.parameters), step.technique, specs)[:2]
    values = [parameter_value(step.technique, name, step.parameters[name], specs) for name in leading]
    return " ".join([technique_label(step.technique, specs), ", ".join(values)]).strip()


def _row(
    model: Model,
    lineage: Mapping[ModelId, Model],
    metrics: Sequence[MetricDefinition],
    words: tuple[str, Specs],
) -> dict[str, Any]:
    slug, specs = words
    return {
        "id": str(model.id),
        "name": model.name,
        "href": "" if model.deleted_at else Address("overview", slug, {"selected": str(model.id)}).href,
        "recipe": recipe(model, lineage, specs),
        "tags": list(model.tags),
        "note": model.note,
        "state": state(model),
        "tone": _tone(model),
        "starred": model.starred,
        "author": model.author,
        "created": int(model.created_at.timestamp() * 1000),
        "figures": [finite(model.metrics, metric) for metric in metrics],
        "texts": [format_value(metric, model.metrics.get(metric.name)) for metric in metrics],
    }


def state(model: Model) -> str:
    """Return what is going on with a model; `figures only` for one that was imported."""
    if model.deleted_at is not None:
        return "deleted"
    return "figures only" if figures_only(model) else (state_text(model) or "made")


def figures_only(model: Model) -> bool:
    """Return whether the model came with a study, so that it has no weights and nothing can be run on it."""
    return model.making_run_id is None


def _tone(model: Model) -> str:
    if model.deleted_at is not None:
        return "deleted"
    if model.status in UNSUCCESSFUL:
        return "failed"
    return "made" if model.status is RunStatus.SUCCEEDED and not model.work else "busy"
