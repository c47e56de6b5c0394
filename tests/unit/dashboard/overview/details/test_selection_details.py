"""A card is drawn anew when it says something else, not whenever its run has gone a step further."""

from __future__ import annotations

from pathlib import Path

from core.services.queue import run_lifecycle
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from dashboard.projects import snapshot
from dashboard.theme import LIGHT
from dashboard.views.overview.details.selection_details import details, mark_of


def test_progress_changes_the_state_but_not_the_mark_of_a_card(tmp_path: Path) -> None:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    laboratory = Laboratory(app)
    laboratory.open()
    base = laboratory.base(laboratory.project())
    run = laboratory.claim()
    assert run is not None

    def told() -> tuple[str, str]:
        return mark_of(details(app, snapshot.read(app, "digits"), [base.id], LIGHT))

    marks = {}
    for progress in (0.1, 0.5):
        run_lifecycle.report_progress(app, run.id, run.attempt, progress, "")
        mark, state = told()
        marks[state] = mark
    assert list(marks) == ["10 %", "50 %"]
    assert len(set(marks.values())) == 1
    run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
    assert told()[0] not in marks.values()
    app.close()
