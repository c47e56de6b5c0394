"""Experiments on the Queue page: found, followed, cancelled, retried, renamed, deleted with a way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.ids import ExperimentId
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.services.experiments import lifecycle
from core.services.experiments.experiments import submit
from core.testing.fakes import acting_as
from core.testing.laboratory import Laboratory


@pytest.fixture
def two_experiments(laboratory: Laboratory) -> Laboratory:
    """One that is done (3 models), one with 2 of 5 models made and a run that goes on."""
    project = laboratory.project()
    base = laboratory.base(project)
    for name, note, author, recipe in (
        ("few bits", "How low can it go?", "Ada", (SweepStep("quantize", {"bits": (8, 4, 2)}),)),
        ("", "", "", (SweepStep("prune", {"sparsity": (0.3, 0.5, 0.7, 0.8, 0.9)}),)),
    ):
        request = ExperimentRequest(project.id, (base.id,), (recipe,), name=name, note=note)
        submit(acting_as(laboratory.app, author), request)
        laboratory.play(3 + 9 if name else 2)
    assert laboratory.claim() is not None
    return laboratory


def bar(page: Page) -> Locator:
    return page.locator("#queue-experiment-bar")


def rows(page: Page) -> Locator:
    return page.locator(".ag-center-cols-container .ag-row")


def test_experiments_are_listed_with_how_far_they_are(
    page: Page, two_experiments: Laboratory, address: str
) -> None:
    page.goto(f"{address}/p/digits/queue")
    page.get_by_text("Experiments", exact=True).click()
    lines = page.locator(".experiments tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("Experiment 2")
    expect(lines.nth(0)).to_contain_text("Running")
    expect(lines.nth(0)).to_contain_text("2 of 5 models made")
    expect(lines.nth(1)).to_contain_text(
        re.compile("few bits.*Done.*3 of 3 models made.*Ada.*How low", re.DOTALL)
    )
    expect(page).to_have_url(re.compile("show=experiments"))
    filled = lines.nth(1).locator(".run-bar > div").bounding_box()
    frame = lines.nth(1).locator(".run-bar").bounding_box()
    assert filled is not None
    assert frame is not None
    assert filled["width"] == pytest.approx(frame["width"], abs=1)
    page.get_by_role("button", name="few bits").click()
    expect(bar(page)).to_contain_text("few bits")
    expect(rows(page)).to_have_count(9)
    expect(page).to_have_url(re.compile("experiment=1"))
    page.reload()
    expect(rows(page)).to_have_count(9)
    page.get_by_role("button", name="Show the runs of all experiments").click()
    expect(rows(page).nth(10)).to_be_visible()


def test_an_experiment_is_cancelled_retried_and_deleted_with_a_way_back(
    page: Page, two_experiments: Laboratory, address: str
) -> None:
    app = two_experiments.app
    page.goto(f"{address}/p/digits/queue?experiment=2")
    expect(bar(page)).to_contain_text("2 of 5 models made")
    expect(bar(page).get_by_role("button", name="Delete")).to_have_count(0)
    bar(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("runs cancelled")).to_be_visible()
    expect(bar(page).get_by_role("button", name="Retry")).to_be_visible()
    bar(page).get_by_role("button", name="Retry").click()
    expect(page.get_by_text("queued again")).to_be_visible()
    page.goto(f"{address}/p/digits/queue?experiment=1")
    bar(page).get_by_role("button", name="Delete").click()
    expect(page.get_by_text("few bits deleted with 3 models")).to_be_visible()
    expect(bar(page)).to_be_empty()
    assert [one.experiment.id for one in lifecycle.list_progress(app)] == [2]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The experiment is back with 3 models")).to_be_visible()
    assert [one.experiment.id for one in lifecycle.list_progress(app)] == [2, 1]


def test_an_experiment_is_renamed(page: Page, two_experiments: Laboratory, address: str) -> None:
    page.goto(f"{address}/p/digits/queue?experiment=2")
    bar(page).get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("sparse ones")
    dialog.get_by_label("Note").fill("Before the deadline")
    dialog.get_by_role("button", name="Save").click()
    expect(bar(page)).to_contain_text("sparse ones")
    expect(bar(page)).to_contain_text("Before the deadline")
    found = lifecycle.list_progress(two_experiments.app)[0].experiment
    assert (found.name, found.note) == ("sparse ones", "Before the deadline")


def test_the_models_of_an_experiment_are_filtered_and_lead_back(
    page: Page, two_experiments: Laboratory, address: str
) -> None:
    page.goto(f"{address}/p/digits/queue?experiment=1")
    bar(page).get_by_role("link", name="Show in the overview").click()
    expect(page.locator("#overview-count")).to_contain_text("3 of 9 models")
    expect(page.locator(".ov-filter-chip")).to_contain_text("Experiment: few bits")
    page.goto(f"{address}/p/digits/overview?selected=2")
    page.locator(".ov-details").get_by_role("link", name="few bits").click()
    expect(bar(page)).to_contain_text("few bits")


def test_a_cancelled_experiment_is_deleted_from_the_list_with_a_way_back(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    many = (SweepStep("quantize", {"bits": (8, 4)}),)
    submit(laboratory.app, ExperimentRequest(project.id, (base.id,), (many,), name="few bits"))
    lifecycle.cancel_experiment(laboratory.app, ExperimentId(1))
    page.goto(f"{address}/p/digits/queue?show=experiments")
    page.get_by_role("button", name="Delete few bits").click()
    expect(page.get_by_text("few bits deleted with 2 models")).to_be_visible()
    expect(page.get_by_text("No experiment yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Delete few bits")).to_be_visible()
    assert [one.experiment.id for one in lifecycle.list_progress(laboratory.app)] == [1]
