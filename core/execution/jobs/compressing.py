"""Makes a model from its parent by one step."""

from __future__ import annotations

from functools import partial

from core.compression.base import Ancestor, Context, apply_step, techniques
from core.data.base import Split
from core.data.dataset import move, require_fit
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import Desk, RunJob, jobs
from core.execution.progress import PartOfProgress
from core.services.queue.results import Results


@jobs.register(RunKind.COMPRESS)
class Compressing(RunJob):
    """Loads the parent, applies the step to a copy, stores the result with its weight statistics."""

    def perform(self, desk: Desk) -> Results:
        """Return the model made."""
        model = desk.model
        if model.step is None or model.parent_id is None:
            raise UnusableInput(f"The model {model.name} is a base; no step makes it.", "Train or import it.")
        parent = desk.checkpoint(model.parent_id)
        data = desk.data(Split.TRAIN) if techniques.get(model.step.technique).needs_data else None
        if data is not None and len(data) > 0:
            require_fit(parent.module, move(data.examples(1), desk.device))
        context = Context(
            seed=model.seed,
            device=desk.device,
            progress=PartOfProgress(desk.progress, 0.05, 0.9),
            data=data,
            task=desk.task,
            rules=model.step.rules,
            ancestors=_ancestors(desk),
            teacher=_teacher(desk),
            watch=desk.watch(data),
        )
        result = apply_step(model.step.technique, model.step.parameters, model.step.rules, parent, context)
        return desk.made(result)


def _teacher(desk: Desk) -> Ancestor | None:
    teacher_id = desk.model.teacher_id
    return None if teacher_id is None else Ancestor("teacher", partial(desk.checkpoint, teacher_id))


def _ancestors(desk: Desk) -> tuple[Ancestor, ...]:
    with desk.app.unit_of_work() as uow:
        lineage = uow.models.lineage(desk.model.id)
    return tuple(Ancestor(model.name, partial(desk.checkpoint, model.id)) for model in lineage[:-1])
