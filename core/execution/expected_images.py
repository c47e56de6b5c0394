"""Base models that say how their images were prepared, against the settings of the project's data."""

from __future__ import annotations

from typing import Any

from core.compression.model import CompressibleModel
from core.data.base import data_sources
from core.domain.data.preprocessing import Preprocessing
from core.domain.queue.run import RunKind
from core.execution.base import RunContext
from core.models.base import model_sources
from core.parameters import parse

_WORDS = {"size": "image size", "mean": "mean", "std": "standard deviation"}


def expected_preparation(run_context: RunContext) -> Preprocessing | None:
    """Return how the images were prepared that the base model's weights were trained on; None: not known."""
    if run_context.model.source is None:
        return None
    source = model_sources.get(run_context.model.source.name)
    return source.preprocessing(
        parse(source.Params, run_context.model.source.parameters, path="model.parameters")
    )


def was_imported(run_context: RunContext) -> bool:
    """Return whether the weights of the run's model were trained elsewhere."""
    run_id = run_context.model.making_run_id
    if run_id is None:
        return False
    with run_context.app.unit_of_work() as uow:
        making = uow.runs.get([run_id]).get(run_id)
    return making is not None and making.kind is RunKind.IMPORT


def note_preparation(
    run_context: RunContext, model: CompressibleModel, expected: Preprocessing | None
) -> None:
    """Note in which settings the data differ from what a base model that was just made expects."""
    chosen = run_context.dataset()
    if expected is None or chosen is None:
        return
    kind = data_sources.get(chosen.source)
    data = parse(kind.Params, chosen.parameters, path="data.parameters").model_dump()
    if differing := expected.differences(data):
        told = "; ".join(
            f"{_WORDS[name]} {_shown(value)}, not {_shown(data[name])}" for name, value in differing.items()
        )
        model.note(
            f"The model was trained on images prepared in another way than these data: {told}. "
            "Set that under Data, or its accuracy suffers."
        )


def _shown(value: Any) -> str:
    return ", ".join(f"{each:g}" for each in value) if isinstance(value, list) else str(value)
