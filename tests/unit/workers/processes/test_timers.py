"""When a supervisor renews, looks, terminates and kills; on a clock made of plain numbers."""

from __future__ import annotations

import pytest

from workers.processes.timers import Act, Pace, Reason, RunTimers, death
from workers.processes.wire import Exit

PACE = Pace(renew_s=10, poll_s=1, grace_s=5)


def test_nothing_is_due_at_first() -> None:
    assert RunTimers(PACE, now=100).due(100.5) is Act.NOTHING


def test_polls_every_second_and_renews_every_ten() -> None:
    watch = RunTimers(PACE, now=0)
    acts = [watch.due(second) for second in range(1, 21)]
    assert [second for second, act in enumerate(acts, 1) if act is Act.RENEW] == [10, 20]
    assert acts.count(Act.POLL) == 18


def test_ending_terminates_once_then_kills_after_the_grace_period() -> None:
    watch = RunTimers(PACE, now=0)
    watch.end(Reason.CANCELLED, 2)
    assert watch.due(2) is Act.TERMINATE
    assert watch.due(2.1) is Act.NOTHING
    assert watch.due(6.9) is Act.NOTHING
    assert watch.due(7) is Act.KILL


def test_killing_is_repeated_until_the_process_is_gone() -> None:
    watch = RunTimers(PACE, now=0)
    watch.end(Reason.CANCELLED, 0)
    watch.due(0)
    assert [watch.due(second) for second in (5, 5.5, 6)] == [Act.KILL, Act.NOTHING, Act.KILL]


def test_a_run_taken_over_gets_no_grace() -> None:
    watch = RunTimers(PACE, now=0)
    watch.end(Reason.FENCED, 3)
    assert [watch.due(3), watch.due(3)] == [Act.TERMINATE, Act.KILL]


def test_the_first_reason_counts() -> None:
    watch = RunTimers(PACE, now=0)
    watch.end(Reason.CANCELLED, 1)
    watch.end(Reason.SHUTDOWN, 2)
    assert watch.reason is Reason.CANCELLED


def test_the_lease_is_still_renewed_while_a_process_takes_its_time_to_end() -> None:
    watch = RunTimers(Pace(renew_s=10, poll_s=1, grace_s=60), now=0)
    watch.end(Reason.CANCELLED, 5)
    watch.due(5)
    assert watch.due(10) is Act.RENEW


@pytest.mark.parametrize("now", [0.0, 0.95, 9.99, 30.0])
def test_rest_is_never_negative_and_short_enough_to_notice_a_shutdown(now: float) -> None:
    assert 0 <= RunTimers(PACE, now=0).rest_s(now) <= 0.2


@pytest.mark.parametrize(
    ("how", "said", "advised"),
    [
        (Exit(signal=9), "SIGKILL", "out of memory"),
        (Exit(signal=11), "SIGSEGV", "native library"),
        (Exit(code=3), "exit code 3", "log"),
        (Exit(), "together with the process that starts runs", "log"),
    ],
    ids=["killed", "crashed", "left", "unknown"],
)
def test_a_death_is_told_in_words(how: Exit, said: str, advised: str) -> None:
    error = death(how)
    assert said in error.message
    assert "memory." not in error.message
    assert advised in error.hint


def test_a_death_is_told_with_the_memory_held() -> None:
    message = death(Exit(signal=9, peak_bytes=1_500_000_000)).message
    assert message == (
        "The process of this run was killed by SIGKILL before it had a result; "
        "it held up to 1.5 GB of memory."
    )
