"""What the Overview leaves out at first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.comparison.put_away import kept_for_lineage, put_away
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.testing.projects.forests import model

BASE = model(1)
CHILD = model(2, BASE, Step("prune", {"sparsity": 0.5}))
GRANDCHILD = model(3, CHILD, Step("tune"))


@pytest.mark.parametrize(
    ("status", "away"),
    [
        (RunStatus.FAILED, True),
        (RunStatus.CANCELLED, True),
        (RunStatus.SKIPPED, True),
        (RunStatus.LOST, True),
        (RunStatus.SUCCEEDED, False),
        (RunStatus.RUNNING, False),
        (RunStatus.QUEUED, False),
        (RunStatus.WAITING, False),
    ],
)
def test_what_could_not_be_made_is_left_out(status: RunStatus, away: bool) -> None:
    assert put_away([BASE, replace(CHILD, status=status)]) == ({2} if away else set())


def test_an_archived_branch_is_left_out_as_a_whole() -> None:
    models = [BASE, replace(CHILD, archived=True), replace(GRANDCHILD, archived=True)]
    assert put_away(models) == {2, 3}


def test_what_a_shown_model_was_made_from_stays() -> None:
    assert put_away([replace(BASE, archived=True), replace(CHILD, archived=True), GRANDCHILD]) == set()


def test_a_teacher_of_a_shown_model_stays() -> None:
    teacher = replace(model(4), archived=True)
    student = replace(model(5, BASE, Step("distill")), teacher_id=teacher.id)
    assert put_away([BASE, teacher, student]) == set()


def test_where_nothing_else_is_left_failures_stay() -> None:
    failed, old = replace(BASE, status=RunStatus.FAILED), replace(model(2), archived=True)
    assert put_away([failed, old]) == {2}


@pytest.mark.parametrize(("text", "aside"), [("", {1}), ("status=archived", set())])
def test_archived_models_that_stay_for_their_descendants_count_only_when_asked_for(text, aside):
    assert kept_for_lineage([replace(BASE, archived=True), CHILD], text) == aside
