"""What the one question of a page at rest is answered with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.ids import ModelId
from core.services import workers
from core.services.annotations import annotate
from core.testing.laboratory import WORKER, Laboratory
from core.testing.running import Installation
from dashboard.shell.page import BUSY_MS, IDLE_MS
from dashboard.shell.pulse import pulse


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    installation = Installation(tmp_path)
    installation.prepare()
    application = installation.open()
    laboratory = Laboratory(application)
    laboratory.open()
    laboratory.base(laboratory.project())
    yield laboratory
    application.close()


def test_while_runs_are_active_every_question_finds_a_change(laboratory):
    first, second = pulse(laboratory.app, "digits", 1), pulse(laboratory.app, "digits", 2)
    assert first.badge == "1 queued \N{MIDDLE DOT} 2 waiting"
    assert first.interval_ms == BUSY_MS
    assert first.changed != second.changed


def test_at_rest_nothing_changes_and_the_next_question_can_wait(laboratory):
    laboratory.play()
    first, second = pulse(laboratory.app, "digits", 1), pulse(laboratory.app, "digits", 2)
    assert first == second
    assert (first.badge, first.interval_ms) == ("", IDLE_MS)
    assert IDLE_MS > 10_000


def test_it_tells_the_project_that_is_shown_and_the_names_of_all(laboratory):
    laboratory.project("Other", "other")
    found = pulse(laboratory.app, "digits", 1)
    assert found.project is not None
    assert found.project[0] == "digits"
    assert found.projects == ("Digits, long tail", "Other")
    assert pulse(laboratory.app, None, 1).project is None
    assert pulse(laboratory.app, "gone", 1).project is None


@pytest.mark.parametrize(
    "change",
    [
        lambda lab: annotate(lab.app, [ModelId(1)], note="look"),
        lambda lab: lab.project("Other", "other"),
        lambda lab: workers.stop(lab.app, WORKER),
    ],
    ids=["a note", "a project", "a worker that left"],
)
def test_every_change_is_told(laboratory, change):
    laboratory.play()
    before = pulse(laboratory.app, "digits", 1).changed
    change(laboratory)
    assert pulse(laboratory.app, "digits", 1).changed != before


def test_a_worker_that_left_is_missed(laboratory):
    assert pulse(laboratory.app, None, 1).workers == (str(WORKER),)
    workers.stop(laboratory.app, WORKER)
    assert pulse(laboratory.app, None, 1).workers == ()
