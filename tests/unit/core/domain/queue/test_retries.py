"""What becomes of a run whose worker or process is gone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.retries import after_death, after_loss
from core.domain.queue.run import Run, RunError, RunKind, RunStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEATH = RunError("died", "Killed by SIGKILL.", "Give it more memory.")


@pytest.fixture
def run():
    """A run at its first try of three, half way."""
    return Run(
        id=RunId(1),
        project_id=ProjectId(1),
        model_id=ModelId(1),
        kind=RunKind.COMPRESS,
        status=RunStatus.RUNNING,
        created_at=NOW,
        attempt=1,
        max_attempts=3,
        progress=0.5,
        progress_message="epoch 2",
    )


def test_a_lost_run_is_queued_until_its_tries_are_used_up(run):
    status, told = after_loss(run, DEATH)
    assert (status, told.message) == (
        RunStatus.QUEUED,
        'Killed by SIGKILL. It was at "epoch 2", 50 % done. Try 2 of 3 follows.',
    )
    last = replace(run, attempt=3, error=told)
    status, told = after_loss(last, DEATH)
    assert status is RunStatus.LOST
    assert told.message.endswith(
        'It was try 3 of 3. Try 1: Killed by SIGKILL. It was at "epoch 2", 50 % done.'
    )


def test_a_second_death_at_the_same_step_ends_a_run(run):
    status, first = after_death(run, DEATH, lasted_s=10.0)
    assert status is RunStatus.QUEUED
    status, told = after_death(replace(run, attempt=2, error=first), DEATH, lasted_s=10.5)
    assert status is RunStatus.FAILED
    assert told.message.endswith("The try before died at the same step.")


@pytest.mark.parametrize("after", [after_loss, lambda run, error: after_death(run, error, lasted_s=1.0)])
def test_a_run_that_is_being_cancelled_is_not_tried_again(run, after):
    assert after(replace(run, cancel_requested_at=NOW), DEATH)[0] is RunStatus.CANCELLED
