"""Makes a model from its parent by one step."""

from __future__ import annotations

from functools import partial

from core.compression.base import Ancestor, Context, apply_step, techniques
from core.data.base import Split
from core.data.dataset import move, require_fit
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.progress import PartOfProgress
from core.services.queue.results import Results


@jobs.register(RunKind.COMPRESS)
class Compressing(RunJob):
    """Loads the parent, applies the step to a copy, stores the result with its weight statistics."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the model made."""
        model = run_context.model
        if model.step is None or model.parent_id is None:
            raise UnusableInput(f"The model {model.name} is a base; no step makes it.", "Train or import it.")
        parent = run_context.checkpoint(model.parent_id)
        data = run_context.data(Split.TRAIN) if techniques.get(model.step.technique).needs_data else None
        if data is not None and len(data) > 0:
            require_fit(parent.module, move(data.examples(1), run_context.device))
        context = Context(
            seed=model.seed,
            device=run_context.device,
            progress=PartOfProgress(run_context.progress, 0.05, 0.9),
            data=data,
            task=run_context.task,
            rules=model.step.rules,
            ancestors=_ancestors(run_context),
            teacher=_teacher(run_context),
            watch=run_context.watch(data),
        )
        result = apply_step(model.step.technique, model.step.parameters, model.step.rules, parent, context)
        return run_context.made(result)


def _teacher(run_context: RunContext) -> Ancestor | None:
    teacher_id = run_context.model.teacher_id
    return None if teacher_id is None else Ancestor("teacher", partial(run_context.checkpoint, teacher_id))


def _ancestors(run_context: RunContext) -> tuple[Ancestor, ...]:
    with run_context.app.unit_of_work() as uow:
        lineage = uow.models.lineage(run_context.model.id)
    return tuple(Ancestor(model.name, partial(run_context.checkpoint, model.id)) for model in lineage[:-1])
