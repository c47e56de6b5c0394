"""What the line at the bottom of every page says of the work of a project."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import WorkerId
from core.domain.queue.run import ACTIVE, RunKind
from core.domain.recipe import SweepStep
from core.services.demos.example_projects import FIRST
from core.services.projects.projects import get_project, list_projects
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import SettableClock, open_migrated
from core.testing.laboratory import Laboratory
from core.testing.running import all_runs
from dashboard.address import Address
from dashboard.shell.first_project import make_example, no_project
from dashboard.shell.pulse import begins, pulse


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def laboratory(tmp_path: Path, clock: SettableClock) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path, clock=clock)
    yield Laboratory(app)
    app.close()


def said(laboratory: Laboratory) -> str:
    return begins(laboratory.app, pulse(laboratory.app), "digits")


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
    expected = "The worker is starting: it has been loading PyTorch for 7 s. 1 model to go."
    assert said(laboratory) == expected


def test_what_a_starting_worker_can_do_is_what_is_built_in(laboratory, clock):
    starting(laboratory, clock)
    assert "magnitude-pruning" in {spec.name for spec in workers.catalogue(laboratory.app).techniques}


def test_while_nothing_is_known_of_some_runs_the_time_left_is_a_least_one(laboratory, clock):
    laboratory.open()
    laboratory.base(laboratory.project())
    run = laboratory.claim()
    assert said(laboratory) == "Training the base model: 1 model to go, time left not known yet."
    clock.advance(30)
    run_lifecycle.report_progress(laboratory.app, run.id, run.attempt, 0.5, "epoch 5 of 10")
    # 30 s more at this pace, doubted by a quarter at half the way; the evaluation and the profile come on top
    assert said(laboratory) == "Training the base model: 1 model to go, at least 20 s left."


def test_the_time_left_is_that_of_the_whole_queue(laboratory, clock):
    """11 runs of 4 s on two slots take 22 s; judged by one run of a kind, that is 15 to 33 s."""
    laboratory.open()
    project = laboratory.project()
    pruned = (SweepStep("prune", {"sparsity": (0.3, 0.5, 0.7, 0.9)}),)
    laboratory.sweep(project, laboratory.base(project).id, (pruned,))
    for _ in range(4):
        run = laboratory.claim()
        clock.advance(4)
        run_lifecycle.succeed(laboratory.app, run.id, run.attempt, laboratory.results(run))
    assert sum(run.status in ACTIVE for run in all_runs(laboratory.app)) == 11
    assert said(laboratory) == "4 models to go, 10 to 40 s left."


def test_what_goes_on_is_said_in_the_order_in_which_models_go_through_it(laboratory):
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(1)
    claimed = {laboratory.claim().kind for _ in range(8)}
    assert claimed >= {RunKind.COMPRESS, RunKind.EVALUATE, RunKind.PROFILE}
    assert said(laboratory).startswith("Compressing and measuring: 29 models to go, ")


def test_it_goes_on_until_the_last_run_has_ended(laboratory):
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    before = ""
    while laboratory.play_one():
        assert "to go" in before or not before
        before = said(laboratory)
    assert before == "Nothing is running."


def test_a_project_at_rest_says_so(laboratory):
    laboratory.open()
    laboratory.project()
    assert said(laboratory) == "Nothing is running."


def test_a_page_of_all_projects_says_what_goes_on_in_any(laboratory):
    def everywhere() -> str:
        return begins(laboratory.app, pulse(laboratory.app), "")

    laboratory.open()
    assert everywhere() == ""
    laboratory.project()
    assert everywhere() == "Nothing is running."
    laboratory.base(get_project(laboratory.app, "digits"))
    laboratory.base(laboratory.project("Other", "other"))
    assert everywhere() == "2 models to go, time left not known yet."


def test_a_project_at_rest_beside_one_at_work_does_not_say_that_nothing_runs(laboratory):
    laboratory.open()
    laboratory.project()
    other = laboratory.project("Other", "other")
    laboratory.base(other)
    assert said(laboratory) == "Nothing is running in this project; the queue works on others."


def test_the_button_makes_the_example_without_any_worker(laboratory):
    assert make_example(laboratory.app) == Address(project=FIRST)
    assert make_example(laboratory.app) == Address(project=FIRST)
    assert [project.slug for project in list_projects(laboratory.app)] == [FIRST]
    assert get_project(laboratory.app, FIRST).name == "Digits, long tail"


def test_the_page_without_a_project_leads_to_all_three_ways():
    told = str(no_project())
    for way in ("Make the example project", "Create a project of your own", "Import a study"):
        assert way in told
