"""A project leaves as a file and comes in again, all in the browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from core.services.models import models
from core.services.projects import projects
from core.testing.laboratory import Laboratory


def test_a_project_is_taken_away_and_brought_in_as_another(
    page: Page, laboratory: Laboratory, address: str, tmp_path: Path
) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(27)
    page.goto(f"{address}/p/digits/models?tab=metrics")
    expect(page.locator("#models-take-told")).to_contain_text("At most")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the archive").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.goto(f"{address}/p/digits/models?tab=add")
    card = page.locator("section").filter(has=page.get_by_role("heading", name="Import a project"))
    with page.expect_file_chooser() as chooser:
        card.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(file)
    expect(card.get_by_role("status").filter(has_text="the weights of 0")).to_be_visible()
    card.get_by_label("Name of the new project").fill("Digits elsewhere")
    card.get_by_role("button", name="Import the project").click()
    expect(page.locator("#project-name")).to_have_text("Digits elsewhere")
    assert (
        len(models.list_models(laboratory.app, projects.get_project(laboratory.app, "digits-elsewhere").id))
        == 29
    )
