"""The table of moves: what is final stays so, and illegal moves say what would be possible."""

import pytest

from core.domain.ids import RunId
from core.domain.run import ACTIVE, TRANSITIONS, UNSUCCESSFUL, RunStatus, require_move
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
