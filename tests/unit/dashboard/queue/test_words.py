"""Times and counts in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.run import RunKind, RunStatus
from dashboard.views.queue.words import KINDS, STATUSES, ago, count, duration

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "\N{EM DASH}"),
        (0.42, "0.4 s"),
        (-1, "0.0 s"),
        (59.6, "1 min"),
        (80, "1 min 20 s"),
        (7_500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_have_two_units(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_the_recent_past_is_just_now() -> None:
    assert ago(NOW - timedelta(seconds=3), NOW) == "just now"
    assert ago(NOW - timedelta(seconds=20), NOW) == "20 s ago"


def test_one_of_a_kind_is_singular() -> None:
    assert [count(number, "run") for number in (0, 1, 1200)] == ["0 runs", "1 run", "1,200 runs"]


def test_every_status_and_kind_has_a_word() -> None:
    assert set(STATUSES) == set(RunStatus)
    assert set(KINDS) == set(RunKind)
