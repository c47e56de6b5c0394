"""What one person sees and can do while another one changes the same things."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from core.domain.ids import ModelId, RunId
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.services.projects.project_settings import MetricCorrection, SettingsChange, change_settings
from core.services.queue import runs
from core.testing.laboratory import Laboratory

DRAWN = "() => Boolean(window.cnc?.map?.state.scene && cnc.map.state.scene.nodes.length)"


@pytest.fixture
def made(laboratory: Laboratory) -> Laboratory:
    """A project whose base and first generation, nine models in all, are made; 20 wait."""
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(27)
    return laboratory


def ticks(page: Page, *chosen: int) -> None:
    for model in chosen:
        page.locator(f".ag-pinned-left-cols-container [row-id='{model}'] input[type=checkbox]").check()


def frozen(page: Page) -> None:
    """Keep what the page shows as it is now: what it asks for by itself is not answered any more."""

    def answer(route: Route) -> None:
        changed = route.request.post_data_json["changedPropIds"]
        if not any(name.endswith("-tick.n_intervals") for name in changed):
            route.continue_()

    page.route("**/_dash-update-component*", answer)


def test_deleting_what_somebody_else_has_deleted_says_so(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/models")
    ticks(page, 9)
    page.get_by_role("button", name="Delete").click()
    models.delete_models(made.app, [ModelId(9)], with_descendants=True)
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Delete 1 model")).click()
    expect(page.get_by_text("somebody else was quicker")).to_be_visible()
    expect(page.locator("[row-id='9']")).to_have_count(0)


def test_archiving_what_somebody_else_has_archived_says_so(
    page: Page, address: str, made: Laboratory
) -> None:
    page.goto(f"{address}/p/digits/models")
    ticks(page, 8)
    frozen(page)
    annotate(made.app, [ModelId(8)], archived=True)
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("somebody else was quicker")).to_be_visible()
    expect(page.locator("[row-id='8']")).to_have_count(0)
    expect(page.get_by_role("button", name="Archive", exact=True)).to_be_disabled()


def test_cancelling_what_has_ended_says_so(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/queue?status=queued")
    expect(page.locator("[row-id='28'] .run-status")).to_have_text("Queued")
    ticks(page, 28)
    frozen(page)
    runs.cancel_runs(made.app, [RunId(28)])
    page.locator("#queue-cancel").click()
    expect(page.get_by_text("Nothing was left to cancel")).to_be_visible()
    expect(page.locator("[row-id='28']")).to_have_count(0)
    expect(page.locator("#queue-cancel")).to_be_disabled()


def test_settings_of_somebody_else_are_not_overwritten(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    page.goto(f"{address}/p/digits/models?tab=metrics")
    page.get_by_label("Label of Loss").fill("Mine")
    theirs = SettingsChange(corrections=[MetricCorrection("loss", label="Theirs")])
    change_settings(laboratory.app, project.id, theirs)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else has changed Theirs in the meantime")).to_be_visible()
    expect(page.get_by_label("Label of Loss")).to_have_value("Mine")
    present = projects.get_project(laboratory.app, "digits").metric("loss")
    assert present is not None
    assert present.label == "Theirs"


def test_notes_and_tags_of_two_people_are_both_kept(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/overview?selected=9")
    note = page.get_by_role("textbox", name="Note")
    note.click()
    page.keyboard.type("mine")
    annotate(made.app, [ModelId(9)], note="theirs", add_tags=["theirs"])
    note.blur()
    expect(page.get_by_text("Somebody else has changed this note in the meantime.")).to_be_visible()
    expect(page.get_by_text("It is now: theirs")).to_be_visible()
    expect(note).to_have_value("mine")
    model = models.get_model(made.app, ModelId(9)).model
    assert (model.note, model.tags) == ("theirs", ("theirs",))
    note.press_sequentially(" too")
    note.blur()
    expect(page.get_by_text("Somebody else has changed this note")).to_be_hidden()
    expect(page.locator("#overview-details .mantine-TagsInput-pill")).to_have_text("theirs")
    assert models.get_model(made.app, ModelId(9)).model.note == "mine too"


def test_a_new_name_of_the_project_arrives(page: Page, address: str, laboratory: Laboratory) -> None:
    project = laboratory.project()
    page.goto(f"{address}/p/digits/models")
    expect(page.locator("#project-name")).to_have_text("Digits, long tail")
    change_settings(laboratory.app, project.id, SettingsChange(name="Numbers"))
    expect(page.locator("#project-name")).to_have_text("Numbers")
    expect(page).to_have_title("Models & data: Numbers")


def test_a_deleted_model_leaves_map_and_selection(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/overview?selected=9")
    page.wait_for_function(DRAWN)
    expect(page.locator("#overview-details h2")).to_be_visible()
    models.delete_models(made.app, [ModelId(9)])
    expect(page.locator("#overview-count")).to_contain_text("28 models")
    page.wait_for_function("() => cnc.selection.selected().size === 0")
    expect(page.locator("#overview-details")).to_contain_text("Nothing selected")


def test_a_base_that_was_deleted_is_refused_in_the_drawer(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    page.goto(f"{address}/p/digits/queue")
    page.get_by_role("button", name="+ New experiment").click()
    page.get_by_role("textbox", name="Technique of step 1").click()
    page.get_by_role("option", name="Magnitude pruning").last.click()
    expect(page.get_by_role("button", name="Queue 1 model")).to_be_enabled()
    models.delete_models(laboratory.app, [base.id])
    page.get_by_role("button", name="Queue 1 model").click()
    expect(page.get_by_role("alert").filter(has_text="deleted").first).to_be_visible()
    expect(page.get_by_role("dialog", name="New experiment")).to_be_visible()
    assert len(models.list_models(laboratory.app, project.id)) == 0
