"""Makes a base model by training it from scratch on the project's data."""

from __future__ import annotations

from core.data.base import Split
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.bases import created
from core.execution.class_order import in_order_of_data
from core.execution.progress import PartOfProgress
from core.models.training import Schedule, train
from core.services.queue.results import Results


@jobs.register(RunKind.TRAIN)
class Training(RunJob):
    """Builds the architecture with weights drawn from the seed and trains all of it."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the trained base model."""
        base, payload = run_context.model, run_context.run.payload
        if base.source is None:
            raise UnusableInput(
                f"The model {base.name} is not a base, so it cannot be trained.", "Run its step."
            )
        split = payload.get("split", Split.TRAIN)
        source = run_context.fit_source(base.source, split)
        data = run_context.data(split)
        if name := data.only_class():
            raise UnusableInput(
                f"All {len(data):,} training instances are of the class {name}: there is nothing to learn.",
                "Check the labels of the training split, or choose another one.",
            )
        model = created(run_context.app.artifacts, source, seed=base.seed)
        in_order_of_data(run_context, model)
        train(
            model.module.to(run_context.device),
            data,
            task=run_context.task,
            schedule=Schedule(
                epochs=int(payload["epochs"]),
                learning_rate=float(payload["learning_rate"]),
                batch_size=int(payload["batch_size"]),
                max_steps=int(payload.get("max_steps", 0)),
                instances=int(payload.get("instances", 0)),
            ),
            seed=base.seed,
            progress=PartOfProgress(run_context.progress, 0.0, 0.95),
            watch=run_context.watch(data),
        )
        model.notes, model.drawn = (), False  # the weights are trained by now
        return run_context.made(model)
