"""Which runs the buttons of the Queue page act on."""

from __future__ import annotations

import pytest

from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunStatus
from core.services.queue import runs
from core.services.queue.forecast import forecast_cancel, forecast_retry
from core.services.queue.runs import RunQuery
from core.testing.laboratory import Laboratory
from dashboard.views.queue.bulk.bulk_callbacks import carry_out
from dashboard.views.queue.bulk.questions import Bulk, question
from dashboard.views.queue.bulk.ticked import Ticked, chosen_runs


@pytest.fixture
def two(laboratory: Laboratory) -> Laboratory:
    """Two projects with a base model each, of whose runs the first ended and two wait or are queued."""
    for slug in ("digits", "other"):
        laboratory.base(laboratory.project(slug.capitalize(), slug))
    laboratory.play(1)
    return laboratory


LINE = [{"id": "1"}]


@pytest.mark.parametrize(
    ("ticked", "useful", "found"),
    [
        (Ticked(LINE, every=False), ACTIVE, [1]),
        (Ticked(None, every=None), ACTIVE, []),
        (Ticked(LINE, every=True), ACTIVE, [2, 3, 4, 5, 6]),
        (Ticked(LINE, every=True), UNSUCCESSFUL, []),
        (Ticked(LINE, every=True, project="other"), ACTIVE, [4, 5, 6]),
        (Ticked(LINE, every=True, kinds=["evaluate", "rubbish"]), ACTIVE, [2, 5]),
        (Ticked(LINE, every=True, statuses=["waiting", "succeeded"]), ACTIVE, [5, 6]),
        (Ticked(LINE, every=True, experiment=7), ACTIVE, []),
        (Ticked(LINE, every=True, hidden=["waiting", "profile"]), ACTIVE, [2, 4]),
        (Ticked(LINE, every=True, batch=[3, 6]), ACTIVE, [3, 6]),
    ],
)
def test_every_line_of_a_cut_list_stands_for_all_that_match(two, ticked, useful, found):
    assert chosen_runs(two.app, ticked, useful) == found


def test_more_runs_match_than_a_list_holds(two):
    query = RunQuery(statuses=frozenset({RunStatus.WAITING}), limit=1)
    assert len(runs.list_runs(two.app, query)) == 1
    assert runs.matching_runs(two.app, query) == [5, 6]


def test_what_several_runs_would_do_is_told_before_it_is_done(two):
    app = two.app
    runs.cancel_runs(app, [2, 4])
    asked = question(Bulk.RETRY, forecast_retry(app, [1, 2, 3, 4]))
    assert asked.text == (
        "2 of 4 runs can be retried; 2 cannot: 1 has succeeded, 1 has not ended. "
        "2 other runs that they need or that were skipped because of them will come back."
    )
    assert (
        question(Bulk.CANCEL, forecast_cancel(app, [3])).text
        == "1 run will be cancelled. They can be retried."
    )
    refused = question(Bulk.CANCEL, forecast_cancel(app, [1, 2]))
    assert (refused.text, refused.possible) == (
        "0 of 2 runs can be cancelled; 2 cannot: 1 has succeeded, 1 has ended without success.",
        False,
    )
    assert sorted(carry_out(app, Bulk.RETRY, [2, 4]).run_ids) == [2, 4, 5, 6]
