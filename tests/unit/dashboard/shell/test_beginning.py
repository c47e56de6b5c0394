"""What a project says while there is nothing to compare in it yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import WorkerId
from core.domain.run import RunKind, RunStatus
from core.services import run_life, workers
from core.services.examples import FIRST
from core.services.projects import get_project, list_projects
from core.testing.fakes import SettableClock, open_migrated
from core.testing.laboratory import Laboratory
from core.testing.running import all_runs
from dashboard.address import Address
from dashboard.shell.first_project import make_example, no_project
from dashboard.shell.pulse import pulse


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def laboratory(tmp_path: Path, clock: SettableClock) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path, clock=clock)
    yield Laboratory(app)
    app.close()


def said(laboratory: Laboratory) -> str:
    return pulse(laboratory.app, "digits", 1).beginning


def starting(laboratory: Laboratory, clock: SettableClock) -> None:
    worker = Worker(WorkerId("starting"), "here", 1, ("cpu",), 2, clock.now(), clock.now())
    workers.announce(laboratory.app, worker, Catalogue())


def test_without_a_worker_it_says_how_to_start_one(laboratory, clock):
    laboratory.base(laboratory.project())
    expected = "No worker is connected, 3 runs wait. Start one with: compress-compare worker"
    assert said(laboratory) == expected


def test_a_worker_that_starts_says_for_how_long(laboratory, clock):
    starting(laboratory, clock)
    laboratory.base(laboratory.project())
    clock.advance(7)
    expected = "The worker is starting: it has been loading PyTorch for 7 s. 3 runs to do."
    assert said(laboratory) == expected


def test_what_a_starting_worker_can_do_is_what_is_built_in(laboratory, clock):
    starting(laboratory, clock)
    assert "magnitude-pruning" in {spec.name for spec in workers.catalogue(laboratory.app).techniques}


def test_the_first_run_says_what_it_does_and_how_long_it_needs(laboratory, clock):
    laboratory.open()
    laboratory.base(laboratory.project())
    run = laboratory.claim()
    assert said(laboratory) == "Training residual CNN: time left unknown. 3 runs to do."
    clock.advance(30)
    run_life.report_progress(laboratory.app, run.id, run.attempt, 0.5, "epoch 5 of 10")
    expected = "Training residual CNN, epoch 5 of 10: 20 to 40 s left. 3 runs to do."
    assert said(laboratory) == expected


def test_with_a_second_evaluated_model_nothing_needs_saying(laboratory):
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    while evaluated(laboratory) < 1:
        laboratory.play_one()
    assert said(laboratory)
    while evaluated(laboratory) < 2:
        laboratory.play_one()
    assert said(laboratory) == ""


def evaluated(laboratory: Laboratory) -> int:
    done = [run for run in all_runs(laboratory.app) if run.status is RunStatus.SUCCEEDED]
    return sum(run.kind is RunKind.EVALUATE for run in done)


def test_a_project_at_rest_says_nothing(laboratory):
    laboratory.open()
    laboratory.project()
    assert said(laboratory) == ""
    assert pulse(laboratory.app, None, 1).beginning == ""


def test_the_button_makes_the_example_without_any_worker(laboratory):
    assert make_example(laboratory.app) == Address(project=FIRST)
    assert make_example(laboratory.app) == Address(project=FIRST)
    assert [project.slug for project in list_projects(laboratory.app)] == [FIRST]
    assert get_project(laboratory.app, FIRST).name == "Digits, long tail"


def test_the_page_without_a_project_leads_to_all_three_ways():
    told = str(no_project())
    for way in ("Make the example project", "Create a project of your own", "Import a study"):
        assert way in told
