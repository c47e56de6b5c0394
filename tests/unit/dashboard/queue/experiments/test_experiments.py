"""The list of experiments is drawn anew when something of it changed, and only then."""

from __future__ import annotations

from dataclasses import replace

from core.domain.queue.experiment import Experiment
from core.domain.queue.experiment_progress import ExperimentProgress, RunCounts
from core.domain.queue.run import RunStatus
from core.testing.projects.forests import model
from dashboard.views.queue.experiments.experiments import experiments_mark

FIRST = Experiment(1, 1, "few bits", "", model(1).created_at)
ONE = ExperimentProgress(FIRST, RunCounts({RunStatus.QUEUED: 2, RunStatus.SUCCEEDED: 1}, 1, 3))


def test_what_is_the_same_has_the_same_mark() -> None:
    other_order = ExperimentProgress(FIRST, RunCounts({RunStatus.SUCCEEDED: 1, RunStatus.QUEUED: 2}, 1, 3))
    assert experiments_mark([ONE]) == experiments_mark([other_order])


def test_progress_names_and_new_experiments_change_it() -> None:
    further = replace(ONE, tally=RunCounts({RunStatus.QUEUED: 1, RunStatus.SUCCEEDED: 2}, 1, 3))
    renamed = replace(ONE, experiment=replace(FIRST, name="fewer bits"))
    marks = {experiments_mark(found) for found in ([ONE], [further], [renamed], [ONE, ONE], [])}
    assert len(marks) == 5
