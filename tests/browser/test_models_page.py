"""The Models & data page as people use it: organise, correct, bring in."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import ModelId, WorkerId
from core.domain.metric import Authority, Direction
from core.domain.parameter.spec import Kind
from core.domain.parameter.traits import PathKind, PathTrait
from core.services.imports import studies
from core.services.models import models
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.projects import projects
from core.services.workers import workers
from core.services.workers.built_in import built_in
from core.services.workers.host import place
from core.testing.browser.seen import lines_in_grid
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.parameters import parameter
from core.testing.projects.studies import STUDY
from core.testing.running import wait_for


@pytest.fixture
def made(laboratory: Laboratory) -> Laboratory:
    """A project whose base and first generation, nine models in all, are made."""
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(27)
    return laboratory


def line(page: Page, model: int) -> Locator:
    return page.locator(f".ag-center-cols-container [row-id='{model}']")


def pinned(page: Page, model: int) -> Locator:
    return page.locator(f".ag-pinned-left-cols-container [row-id='{model}']")


def tick(page: Page, *chosen: int) -> None:
    for model in chosen:
        pinned(page, model).locator("input[type=checkbox]").check()


def seen(page: Page) -> list[str]:
    """The names in the lines that lie within the frame of the grid, from top to bottom."""
    return lines_in_grid(page.locator(".models-grid"), "name")


def of(laboratory: Laboratory, model: int):
    return models.get_model(laboratory.app, ModelId(model)).model


def upload(page: Page, content: object, name: str = "pruned_models.json") -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    page.locator("#models-upload input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    )


def test_stars_notes_and_tags_are_kept(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/models")
    page.get_by_role("button", name="Star magnitude pruning 0.5").click()
    expect(page.get_by_role("button", name="Unstar magnitude pruning 0.5")).to_be_visible()
    assert of(made, 3).starred
    line(page, 3).locator("[col-id=note]").dblclick()
    page.locator(".ag-large-text-input textarea").fill("worth a look")
    page.locator(".ag-large-text-input textarea").press("Enter")
    expect(line(page, 3)).to_contain_text("worth a look")
    tick(page, 3, 4)
    page.get_by_role("button", name="Tags").click()
    box = page.get_by_role("dialog", name="Tags of 2 models")
    box.get_by_label("Add").fill("candidate")
    box.get_by_role("button", name="Apply").click()
    expect(line(page, 4)).to_contain_text("candidate")
    assert (of(made, 3).note, of(made, 3).tags, of(made, 4).tags) == (
        "worth a look",
        ("candidate",),
        ("candidate",),
    )
    page.locator("#models-show").get_by_text("Starred").click()
    expect(page.locator("#models-count")).to_have_text("1 model")
    wait_for("the starred line", lambda: seen(page) == ["magnitude pruning 0.5"])
    expect(page).to_have_url(re.compile("show=starred$"))


def test_archived_models_leave_the_list_and_come_back(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/models")
    tick(page, 8, 9)
    page.get_by_role("button", name="Archive").click()
    expect(pinned(page, 8)).to_have_count(0)
    assert of(made, 8).archived
    page.get_by_text("2 models archived").locator("xpath=..").get_by_role("button", name="Undo").click()
    expect(pinned(page, 8)).to_be_visible()
    assert not of(made, 8).archived
    tick(page, 9)
    page.get_by_role("button", name="Archive").click()
    expect(pinned(page, 9)).to_have_count(0)
    page.locator("#models-show").get_by_text("Archived").click()
    tick(page, 9)
    page.get_by_role("button", name="Unarchive").click()
    expect(page.locator("#models-count")).to_have_text("Nothing is archived")


def test_deleting_tells_what_goes_along_and_can_be_undone(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/models")
    tick(page, 2)
    page.get_by_role("button", name="Delete").click()
    box = page.get_by_role("dialog", name="Delete these models?")
    expect(box).to_contain_text("4 models were made from it and go along: fine-tune 2, weight-only")
    expect(box).to_contain_text("will be cancelled")
    box.get_by_role("button", name="Keep them").click()
    expect(box).to_be_hidden()
    page.get_by_role("button", name="Delete").click()
    box.get_by_role("button", name="Delete 5 models").click()
    expect(pinned(page, 2)).to_have_count(0)
    expect(page.locator("#models-count")).to_have_text("24 models")
    wait_for("the lines that stay", lambda: seen(page)[:2] == ["residual CNN", "magnitude pruning 0.5"])
    page.get_by_role("button", name="Undo").click()
    expect(pinned(page, 2)).to_be_visible()
    assert of(made, 2).deleted_at is None
    models.delete_models(made.app, [ModelId(2)], with_descendants=True)
    page.locator("#models-show").get_by_text("Deleted").click()
    expect(page.locator("#models-count")).to_have_text("5 models")
    tick(page, 2)
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("#models-count")).to_have_text("4 models")
    assert of(made, 2).deleted_at is None


def test_metrics_are_corrected_and_problems_stand_beside_their_inputs(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    laboratory.project()
    page.goto(f"{address}/p/digits/models?tab=metrics")
    budget = page.get_by_label("Budget of Loss")
    budget.fill("much")
    page.get_by_label("Budget of Top-1 accuracy", exact=True).fill("90 %")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("'much' is not a number. Write for example 5 nats.")).to_be_visible()
    assert projects.get_project(laboratory.app, "digits").budgets == {}
    budget.fill("")
    page.get_by_label("Label of Loss").fill("Cross-entropy")
    page.get_by_label("Lead of Loss").check()
    page.get_by_role("textbox", name="Name").fill("Digits")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings saved")).to_be_visible()
    project = projects.get_project(laboratory.app, "digits")
    loss = project.metric("loss")
    assert loss is not None
    assert (project.name, project.budgets, loss.label) == ("Digits", {"top1": 0.9}, "Cross-entropy")
    assert loss.authority is Authority.CORRECTED
    assert "loss" in project.primary
    expect(page.locator(".models-mark.checked")).to_have_count(1)


def test_a_study_is_looked_at_imported_and_opened(page: Page, address: str, laboratory: Laboratory) -> None:
    page.goto(f"{address}/models")
    cycle = [{"id": "one", "base": "two"}, {"id": "two", "base": "one"}]
    upload(page, {"models": cycle})
    expect(page.get_by_text("The models descend from themselves: 'one' → 'two' → 'one'.")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    upload(page, STUDY)
    expect(page.get_by_text("2 models, 2 metrics, 1 operation")).to_be_visible()
    expect(page.get_by_text("taken by their names to be better when lower: 'Size'")).to_be_visible()
    expect(page.locator("#models-import-name")).to_have_value("pruned")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("2 models imported into pruned")).to_be_visible()
    expect(page).to_have_url(f"{address}/p/pruned/overview")
    page.get_by_role("link", name="check its metrics").click()
    expect(page.get_by_text("The directions of 2 metrics were guessed")).to_be_visible()
    page.get_by_role("button", name="Confirm the rest").click()
    expect(page.get_by_text("The directions of 2 metrics were guessed")).to_have_count(0)
    metric = projects.get_project(laboratory.app, "pruned").metric("Size")
    assert metric is not None
    assert (metric.direction, metric.authority) == (Direction.LOWER, Authority.CORRECTED)
    page.get_by_role("tab", name="Models").click()
    expect(page.locator("#models-count")).to_have_text("2 models with figures only: no runs on them")


def test_a_name_that_is_taken_is_told_beside_it(page: Page, address: str, laboratory: Laboratory) -> None:
    from core.domain.studies.document import study_of

    studies.import_study(laboratory.app, study_of(STUDY), name="pruned")
    page.goto(f"{address}/p/pruned/models?tab=add")
    upload(page, STUDY)
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("There is a project with the short name 'pruned' already.")).to_be_visible()
    assert len(projects.list_projects(laboratory.app)) == 1


def test_a_newcomer_creates_a_project_and_its_base_model(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    page.goto(f"{address}/models")
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_text("The name is empty. Give it a name.")).to_be_visible()
    page.locator("#models-new-name").fill("My digits")
    page.get_by_role("button", name="Create the project").click()
    expect(page).to_have_url(re.compile(r"/p/my-digits/models\?tab=add"))
    page.locator("#models-base-name").fill("my network")
    page.get_by_label("Epochs").fill("none")
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Epochs: 'none' is not a number.")).to_be_visible()
    page.get_by_label("Epochs").fill("3")
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Queued my network")).to_be_visible()
    (base,) = models.list_models(laboratory.app, projects.get_project(laboratory.app, "my-digits").id)
    assert (base.name, base.status) == ("my network", "queued")
    page.get_by_role("tab", name="Models").click()
    expect(pinned(page, base.id)).to_contain_text("my network")


def test_the_list_as_it_is_searched_becomes_a_file(page: Page, address: str, made: Laboratory) -> None:
    page.goto(f"{address}/p/digits/models?text=pruning 0.5")
    expect(pinned(page, 3)).to_be_visible()
    expect(pinned(page, 1)).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "digits-models.csv"
    heads, *rows = csv.reader(Path(download.value.path()).read_text().splitlines())
    assert {"id", "recipe", "Top-1 accuracy [fraction]"} <= set(heads)
    assert "3" in {row[0] for row in rows}
    assert all("pruning 0.5" in row[heads.index("recipe")] for row in rows)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    listed = json.loads(Path(download.value.path()).read_text())
    assert [row["id"] for row in listed] == [int(row[0]) for row in rows]
    assert {"parameter.sparsity", "top1", "quality_measured_on"} <= set(listed[0])


def test_a_wrong_folder_is_told_at_once_and_right_data_can_still_be_corrected(
    page: Page, address: str, laboratory: Laboratory, tmp_path: Path
) -> None:
    field = parameter("path", place=PathTrait(PathKind.FOLDER), required=True)
    source = SourceSpec("folder", "Folder of images", "Images.", (field,))
    now = datetime.now(UTC)
    near = Worker(WorkerId(f"near-1-{place()}-abcdef"), "near", 1, ("cpu",), 1, now, now)
    for known in workers.list_workers(laboratory.app):
        workers.stop(laboratory.app, known.id)
    workers.announce(laboratory.app, near, replace(CATALOGUE, data_sources=(source,)))
    page.goto(f"{address}/models")
    page.locator("#models-new-name").fill("Pictures")
    page.get_by_label("Path").fill(str(tmp_path / "nowhere"))
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_text(f"There is no folder {tmp_path / 'nowhere'}.")).to_be_visible()
    page.get_by_label("Path").fill(str(tmp_path))
    page.get_by_role("button", name="Create the project").click()
    expect(page).to_have_url(re.compile(r"/p/pictures/models\?tab=add"))
    page.get_by_role("tab", name="Data").click()
    data = page.get_by_role("tabpanel", name="Data")
    expect(data.get_by_label("Path").first).to_have_value(str(tmp_path))
    data.get_by_label("Path").first.fill("/nowhere-either")
    data.get_by_role("button", name="Save the data").click()
    expect(data.get_by_text("There is no folder /nowhere-either.")).to_be_visible()
    (tmp_path / "other").mkdir()
    data.get_by_label("Path").first.fill(str(tmp_path / "other"))
    data.get_by_role("button", name="Save the data").click()
    expect(page.get_by_text("Data of folder saved")).to_be_visible()
    (dataset,) = projects.get_project(laboratory.app, "pictures").datasets
    assert dataset.parameters == {"path": str(tmp_path / "other")}


def test_a_search_counts_what_it_leaves_and_unticks_the_rest(
    page: Page, address: str, made: Laboratory
) -> None:
    page.goto(f"{address}/p/digits/models")
    expect(page.locator("#models-count")).to_have_text("29 models")
    page.locator(".ag-header-select-all input").check()
    page.get_by_role("textbox", name="Search", exact=True).fill("pruning 0.5")
    left = page.locator(".ag-pinned-left-cols-container .ag-row")
    expect(page.locator("#models-count")).to_have_text("5 of 29 models")
    expect(left).to_have_count(5)
    wait_for("five lines", lambda: len(seen(page)) == 5)
    assert seen(page)[:2] == ["magnitude pruning 0.5", "fine-tune 2"]
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete these models?")).to_contain_text("Delete 5 models")
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_role("dialog", name="Delete these models?")).to_be_hidden()
    page.get_by_role("textbox", name="Search", exact=True).fill("no such model")
    expect(page.locator("#models-count")).to_have_text("0 of 29 models")
    expect(page.get_by_text("No model matches the search.")).to_be_visible()
    wait_for("no line", lambda: not seen(page))
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()


def test_a_count_is_never_said_before_its_lines_are_drawn(page: Page, address: str, made: Laboratory) -> None:
    page.add_init_script(
        """window.said = [];
        new MutationObserver(() => {
          const count = document.getElementById('models-count');
          const lines = document.querySelectorAll('.models-grid .ag-row').length;
          if (count && /^[1-9]/.test(count.textContent) && !lines) window.said.push(count.textContent);
        }).observe(document, { childList: true, subtree: true, characterData: true });"""
    )
    page.goto(f"{address}/p/digits/models")
    expect(page.locator("#models-count")).to_have_text("29 models")
    expect(pinned(page, 3)).to_be_visible()
    assert page.evaluate("window.said") == []


def test_saving_the_settings_keeps_what_is_entered_on_other_tabs(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    source = SourceSpec("digits", "Digits", "Digits.", (parameter("path", default="/data"),))
    workers.announce(laboratory.app, worker, replace(CATALOGUE, data_sources=(source,)))
    laboratory.project()
    page.goto(f"{address}/p/digits/models?tab=data")
    data = page.get_by_role("tabpanel", name="Data")
    data.get_by_label("Path").first.fill("/data/half-written")
    page.get_by_role("tab", name="Metrics & project").click()
    page.locator("#models-description").fill("Ten digits")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Settings saved")).to_be_visible()
    page.get_by_role("tab", name="Data").click()
    expect(data.get_by_label("Path").first).to_have_value("/data/half-written")
    data.get_by_text("Add a data set").click()
    page.locator("#models-set-name").fill("again")
    data.get_by_role("button", name="Add the data set").click()
    expect(page.get_by_text("Added again")).to_be_visible()
    expect(data.get_by_label("Path").first).to_have_value("/data/half-written")
    expect(page.locator("#models-set-name")).to_have_value("")
    assert projects.get_project(laboratory.app, "digits").description == "Ten digits"


def test_a_task_brings_the_data_that_suit_it(page: Page, address: str, laboratory: Laboratory) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    workers.announce(laboratory.app, worker, built_in())
    page.goto(f"{address}/models")
    source, options = page.locator("#models-new-source"), page.get_by_role("option")
    expect(source).to_have_value("Handwritten digits (8 x 8)")
    page.locator("#models-new-task").click()
    page.get_by_role("option", name="Text classification").click()
    expect(source).to_have_value("Hugging Face data set of texts")
    expect(page.get_by_label("Text column")).to_be_visible()
    source.click()
    expect(options).to_have_text(
        ["Hugging Face data set of texts", "Texts from a table", "Trip questions (synthetic)"]
    )
    page.keyboard.press("Escape")
    page.get_by_role("switch", name="Show sources for other tasks").check()
    source.click()
    expect(page.get_by_role("option", name="Image folder")).to_be_visible()
    page.get_by_role("option", name="Texts from a table").click()
    expect(page.locator("#models-new-dataset")).to_have_value("text-table")
    page.locator("#models-new-dataset").fill("reviews")
    source.click()
    page.get_by_role("option", name="Trip questions").click()
    expect(page.locator("#models-new-dataset")).to_have_value("reviews")


BASES = (
    parameter("family", default="bert", choices=("bert", "vit")),
    parameter("patch", Kind.INTEGER, 4, label="Patch size", used_with={"family": ("vit",)}),
    parameter("classes", Kind.INTEGER, 10, of_data="classes"),
    parameter("weights", default="", label="Weights file", weights=True),
)


def test_the_form_of_a_base_follows_what_is_chosen_and_typed(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    source = SourceSpec("residual-cnn", "Own network", "A network.", BASES)
    workers.announce(laboratory.app, worker, replace(CATALOGUE, model_sources=(source,)))
    project = laboratory.project()
    measured = BaseModelRequest(project.id, "measured", "residual-cnn", {"classes": 10})
    add_base_model(laboratory.app, measured)
    laboratory.play(3)
    page.goto(f"{address}/p/digits/models?tab=add")
    patch, epochs = page.get_by_label("Patch size"), page.get_by_label("Epochs")
    expect(patch).to_be_hidden()
    page.get_by_role("textbox", name="Family").click()
    page.get_by_role("option", name="vit").click()
    expect(patch).to_be_visible()
    page.get_by_label("Classes").fill("7")
    expect(page.get_by_text("The data have 10 classes, not 7. Use 10.")).to_be_visible()
    page.get_by_label("Classes").fill("10")
    expect(page.get_by_text("The data have 10 classes")).to_have_count(0)
    expect(epochs).to_be_visible()
    page.get_by_role("textbox", name="Weights file").fill("/weights/mine.pt")
    expect(epochs).to_be_hidden()
    expect(page.get_by_role("radio", name="Import its weights")).to_be_checked()
