"""The table of moves: what is final stays so, and illegal moves say what would be possible."""

import pytest

from core.domain.ids import RunId
from core.domain.queue.run import ACTIVE, DIED, TRANSITIONS, UNSUCCESSFUL, RunError, RunStatus, require_move
from core.errors import IllegalTransition


@pytest.mark.parametrize("present", RunStatus)
@pytest.mark.parametrize("wanted", RunStatus)
def test_only_moves_of_the_table_are_possible(present: RunStatus, wanted: RunStatus) -> None:
    if wanted in TRANSITIONS[present]:
        require_move(RunId(7), present, wanted)
    else:
        with pytest.raises(IllegalTransition, match=f"Run 7 is {present} and cannot become {wanted}"):
            require_move(RunId(7), present, wanted)


def test_every_status_is_active_unsuccessful_or_succeeded() -> None:
    assert set(RunStatus) == ACTIVE | UNSUCCESSFUL | {RunStatus.SUCCEEDED}
    assert set(TRANSITIONS) == set(RunStatus)
    assert TRANSITIONS[RunStatus.SUCCEEDED] == {RunStatus.QUEUED, RunStatus.WAITING}


@pytest.mark.parametrize(
    ("progress", "stage", "same"),
    [
        (0.41, "epoch 7 of 15", True),
        (0.41, "epoch 10 of 15", True),
        (0.45, "epoch 7 of 15", False),
        (0.41, "evaluated 1,024 of 2,000", False),
        (None, "epoch 7 of 15", False),
    ],
)
def test_a_place_is_a_kind_of_step_at_nearly_the_same_progress(
    progress: float | None, stage: str, same: bool
) -> None:
    before = RunError(DIED, "x", progress=0.40, stage="epoch 6 of 15")
    assert RunError(DIED, "x", progress=progress, stage=stage).same_place(before) is same


@pytest.mark.parametrize(
    ("hours", "progress", "same"),
    [
        (0.01, 0.41, True),  # 36 s: 5 s are 5 % of the run
        (10.0, 0.41, False),  # 15 minutes later in a run of a day
        (10.0, 0.40001, True),  # 1 s later
        (10.0, 0.4005, False),  # 45 s later
    ],
)
def test_in_a_long_run_a_place_is_a_few_seconds_wide(hours: float, progress: float, same: bool) -> None:
    stage, lasted_s = "epoch 6 of 15", hours * 3600
    before = RunError(DIED, "x", progress=0.40, stage=stage, lasted_s=lasted_s)
    now = RunError(DIED, "x", progress=progress, stage=stage, lasted_s=lasted_s)
    assert now.same_place(before) is same
