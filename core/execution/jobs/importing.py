"""Makes a base model from weights that were trained elsewhere."""

from __future__ import annotations

from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.bases import created
from core.execution.class_order import in_order_of_data
from core.execution.expected_images import expected_preparation, note_preparation
from core.services.queue.results import Results


@jobs.register(RunKind.IMPORT)
class Importing(RunJob):
    """Takes architecture and weights from the model's source."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the imported base model."""
        base = run_context.model
        if base.source is None:
            raise UnusableInput(f"The model {base.name} is not a base, so it has no source.", "Run its step.")
        run_context.progress.report(0.0, f"reading {base.source.name}")
        model = created(run_context.app.artifacts, base.source, seed=base.seed)
        in_order_of_data(run_context, model)
        expected = expected_preparation(run_context)
        note_preparation(run_context, model, expected)
        return run_context.made(model, expected)
