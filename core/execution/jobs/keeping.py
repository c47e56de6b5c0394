"""Keeps what pages show of the instances that a model was evaluated on."""

from __future__ import annotations

from core.data.base import Split
from core.data.part import part
from core.domain.queue.run import RunKind
from core.errors import UnusableInput
from core.execution.base import Desk, RunJob, jobs
from core.execution.data.keeping import keep
from core.services.queue.results import Results


@jobs.register(RunKind.INSTANCES)
class Keeping(RunJob):
    """Keeps ids, texts and thumbnails of a split; of the same sample if the evaluation was of one."""

    def perform(self, desk: Desk) -> Results:
        """Return how many instances and pictures are kept."""
        split = str(desk.run.payload.get("split", Split.TEST))
        whole = desk.data(split)
        data = part(whole, int(desk.run.payload.get("instances", len(whole))))
        dataset = desk.dataset()
        if dataset is None:
            raise UnusableInput("The project has no data set.", "Add a data set to the project.")
        return keep(desk.app, dataset, split, data, desk.progress)
