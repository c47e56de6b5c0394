"""Filters of the queue and the address they stand in."""

from __future__ import annotations

import pytest

from core.domain.queue.run import RunKind, RunStatus
from core.services.projects import projects
from core.services.queue import runs
from core.testing.laboratory import Laboratory
from dashboard.views.queue.filters import Filters, from_state


def test_an_address_names_filters_and_nonsense_is_left_out() -> None:
    state = {"status": "failed,odd,lost", "kind": "train", "of": "digits", "text": "prune"}
    assert from_state(state) == Filters(
        frozenset({RunStatus.FAILED, RunStatus.LOST}), frozenset({RunKind.TRAIN}), "digits", "prune"
    )
    assert from_state({}) == Filters()


@pytest.mark.parametrize(("state", "project"), [({}, "digits"), ({"of": "trips"}, "trips"), ({"of": ""}, "")])
def test_the_project_of_the_address_is_shown_unless_it_says_otherwise(
    state: dict[str, str], project: str
) -> None:
    assert from_state(state, "digits").project == project


def test_a_row_passes_as_the_service_would_list_it(laboratory: Laboratory) -> None:
    project = laboratory.project()
    laboratory.base(project)
    laboratory.play(1)
    every = runs.list_runs(laboratory.app)
    for filters in (
        Filters(),
        Filters(statuses=frozenset({RunStatus.SUCCEEDED})),
        Filters(kinds=frozenset({RunKind.EVALUATE, RunKind.PROFILE})),
        Filters(project=project.slug),
    ):
        listed = runs.list_runs(laboratory.app, filters.query(projects.list_projects(laboratory.app)))
        assert [row.run.id for row in every if filters.passes(row)] == [row.run.id for row in listed]
        assert listed
    assert not any(Filters(project="other").passes(row) for row in every)
