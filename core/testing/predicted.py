"""What is predicted of a model that a test has at hand, through the arrays that workers write down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.compression.base import techniques
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.checkpoints.modules import module_table
from core.compression.model import CompressibleModel
from core.domain.prediction.applying import applied
from core.domain.prediction.weights import ModelState
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.inspection.weights import weight_statistics
from core.services.predictions.states import stored_state


def predicted_file(
    base: CompressibleModel, steps: Sequence[tuple[str, Mapping[str, Any]]], folder: Path
) -> ModelState:
    """Return what steps with some parameters are predicted to make of a model; nothing is applied to it."""
    path = folder / "base"
    forms = save(base, path).tensors
    weights = weight_statistics(base.module, forms=forms)
    table = module_table(base.module)
    state = stored_state(weights, file_bytes(path, base.module), table)
    for name, parameters in steps:
        spec = techniques.get(name).spec()
        values = {one.name: one.default for one in spec.parameters} | dict(parameters)
        state = applied(state, Step(name, values, LayerRules()), spec, table)
    return state
