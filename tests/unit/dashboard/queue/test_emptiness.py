"""Where no run is listed, the page says why, and advises nothing that would not help."""

from __future__ import annotations

import pytest

from core.domain.queue.run import RunStatus
from core.testing.laboratory import Laboratory
from dashboard.live.encoding import written
from dashboard.views.queue.emptiness import nothing
from dashboard.views.queue.filters import Filters
from dashboard.views.queue.live import scene


def said(laboratory: Laboratory, filters: Filters) -> str:
    return written(nothing(scene(laboratory.app, filters.project), filters)).decode()


@pytest.mark.parametrize("filters", [Filters(), Filters(statuses=frozenset({RunStatus.FAILED}))])
def test_a_new_installation_has_nothing_that_a_filter_hides(laboratory: Laboratory, filters: Filters) -> None:
    assert "Create or import a project" in said(laboratory, filters)
    laboratory.project()
    assert "No run yet" in said(laboratory, filters)
    assert "filter" not in said(laboratory, filters)


def test_filters_are_named_only_where_they_hide_runs(laboratory: Laboratory) -> None:
    laboratory.base(laboratory.project())
    laboratory.project("Other", "other")
    assert "No run matches" in said(laboratory, Filters(statuses=frozenset({RunStatus.FAILED})))
    assert "No run in Other yet" in said(laboratory, Filters(project="other"))
