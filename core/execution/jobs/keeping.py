"""Keeps what pages show of the instances that a model was evaluated on."""

from __future__ import annotations

from core.data.base import Split
from core.data.subset import part
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.data.kept_instances import keep
from core.services.queue.results import Results


@jobs.register(RunKind.INSTANCES)
class Keeping(RunJob):
    """Keeps ids, texts and thumbnails of a split; of the same sample if the evaluation was of one."""

    def perform(self, run_context: RunContext) -> Results:
        """Return how many instances and pictures are kept."""
        split = str(run_context.run.payload.get("split", Split.TEST))
        whole = run_context.data(split)
        data = part(whole, int(run_context.run.payload.get("instances", len(whole))))
        dataset = run_context.dataset()
        if dataset is None:
            raise UnusableInput("The project has no data set.", "Add a data set to the project.")
        return keep(run_context.app, dataset, split, data, run_context.progress)
