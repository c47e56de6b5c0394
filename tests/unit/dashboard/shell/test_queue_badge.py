"""The badge beside "Queue"."""

import pytest

from core.domain.queue.run import RunStatus
from dashboard.shell.queue_badge import badge_text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, ""),
        ({RunStatus.SUCCEEDED: 9}, ""),
        (
            {RunStatus.RUNNING: 2, RunStatus.QUEUED: 4, RunStatus.WAITING: 10},
            "2 running · 4 queued · 10 waiting runs",
        ),
        ({RunStatus.QUEUED: 1}, "1 queued run"),
    ],
)
def test_badge_counts_what_is_going_on(counts, text):
    assert badge_text(counts) == text
