"""Times and counts in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.queue.durations import Remaining, Span
from core.domain.queue.run import RunKind, RunStatus
from core.presentation.durations import duration
from core.services.queue.runs import QueueSummary
from dashboard.views.queue.summary import headline
from dashboard.views.queue.words import KINDS, STATUSES, ago, time_left

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


def test_every_status_and_kind_has_a_word() -> None:
    assert set(STATUSES) == set(RunStatus)
    assert set(KINDS) == set(RunKind)


@pytest.mark.parametrize(
    ("low_s", "high_s", "words"),
    [
        (0, 0, "a few seconds"),
        (2, 9, "a few seconds"),
        (4, 25, "up to 30 s"),
        (12, 25, "10 to 30 s"),
        (30, 30, "about 30 s"),
        (47, 80, "40 s to 2 min"),
        (61, 178, "1 to 3 min"),
        (600, 1000, "10 to 20 min"),
        (3_000, 5_500, "50 min to 2 h"),
        (7_000, 9_100, "1.5 to 3 h"),
        (80_000, 200_000, "22 h to 3 d"),
    ],
)
def test_estimates_are_ranges_as_coarse_as_they_are(low_s: float, high_s: float, words: str) -> None:
    assert time_left(Span(low_s, high_s)) == words


@pytest.mark.parametrize(
    ("remaining", "said"),
    [
        (None, "19 runs to go; time left unknown until a first one like them has ended."),
        (Remaining(Span(64, 170)), "19 runs to go, 1 to 3 min with 2 slots."),
        (
            Remaining(Span(72, 80), unknown=2),
            "19 runs to go, at least 1 to 2 min with 2 slots; how long 2 of them take is not known yet.",
        ),
        (Remaining(Span(0, 0), unknown=2), "19 runs to go; how long 2 of them take is not known yet."),
    ],
    ids=["nothing", "range", "some", "only unknown"],
)
def test_the_headline_says_what_is_known_of_the_time_left(remaining: Remaining | None, said: str) -> None:
    assert headline(QueueSummary({RunStatus.QUEUED: 19}, remaining, slots=2)) == said
