"""Makes a model from weights of elsewhere: a base that was trained there, or a child that was quantized."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.compression.quantized_weights import with_quantized_weights
from core.domain.quantized_files.provenance import QUANTIZED_ELSEWHERE
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.bases import created
from core.execution.class_order import in_order_of_data
from core.execution.expected_images import expected_preparation, note_preparation
from core.execution.onnx_checks import require_suitable
from core.services.queue.results import ModelMade, Results


@jobs.register(RunKind.IMPORT)
class Importing(RunJob):
    """Takes architecture and weights from the model's source; of a child the weights alone."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the imported model."""
        base = run_context.model
        if base.step is not None and base.step.technique == QUANTIZED_ELSEWHERE:
            return _child(run_context, base.step.parameters)
        if base.source is None:
            raise UnusableInput(f"The model {base.name} is not a base, so it has no source.", "Run its step.")
        run_context.progress.report(0.0, f"reading {base.source.name}")
        model = created(run_context.app.artifacts, base.source, seed=base.seed)
        require_suitable(run_context, model)
        in_order_of_data(run_context, model)
        expected = expected_preparation(run_context)
        note_preparation(run_context, model, expected)
        return run_context.made(model, expected)


def _child(run_context: RunContext, parameters: Mapping[str, Any]) -> ModelMade:
    """Return the model's parent with the weights of quantized files."""
    parent_id = run_context.model.parent_id
    if parent_id is None:
        raise UnusableInput(f"The model {run_context.model.name} has no parent.", "Queue it again.")
    run_context.progress.report(0.0, f"reading {parameters.get('model', '')}")
    parent = run_context.checkpoint(parent_id)
    parent.module.to("cpu")
    return run_context.made(with_quantized_weights(parent, parameters))
