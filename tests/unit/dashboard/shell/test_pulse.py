"""What every page follows, whatever it shows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.ids import ModelId
from core.services.models.annotations import annotate
from core.services.workers import workers
from core.testing.fakes import RecordingDispatcher
from core.testing.laboratory import WORKER, Laboratory
from core.testing.running import Installation
from dashboard.shell.pulse import pulse, shown_project


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


def test_the_badge_counts_what_is_to_do_and_is_empty_at_rest(laboratory):
    assert pulse(laboratory.app).badge == "1 queued \N{MIDDLE DOT} 2 waiting runs"
    laboratory.play()
    assert pulse(laboratory.app).badge == ""


def test_it_tells_the_project_that_is_shown_and_the_names_of_all(laboratory):
    laboratory.project("Other", "other")
    known = pulse(laboratory.app).projects
    assert [project.name for project in known] == ["Digits, long tail", "Other"]
    shown = shown_project(known, "digits")
    assert shown is not None
    assert shown[0] == "digits"
    assert shown_project(known, "") is None
    assert shown_project(known, "gone") is None


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
    before = pulse(laboratory.app)
    assert pulse(laboratory.app) == before
    change(laboratory)
    assert pulse(laboratory.app) != before


def test_a_worker_that_left_is_missed(laboratory):
    assert pulse(laboratory.app).workers == (str(WORKER),)
    workers.stop(laboratory.app, WORKER)
    assert pulse(laboratory.app).workers == ()


def test_a_broker_that_is_away_is_told(laboratory):
    away = replace(laboratory.app, dispatcher=RecordingDispatcher(reachable=False))
    assert pulse(laboratory.app).broker == ""
    assert pulse(away).broker == "The broker does not answer."
