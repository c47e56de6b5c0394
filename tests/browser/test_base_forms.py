"""What the forms of data and base models say of each other, and of plug-ins that come while they are open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.catalogue import SourceSpec
from core.domain.data.data_preview import ClassCounts, DataPreview, DataSummary
from core.domain.ids import ModelId
from core.domain.project import Project
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.services.projects.projects import DatasetRequest, ProjectRequest
from core.services.workers import workers
from core.services.workers.built_in import built_in
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.parameters import parameter

IMAGENET = {"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
EXPECTS = "image size 224, mean (0.485, 0.456, 0.406), standard deviation (0.229, 0.224, 0.225)"


def announce(laboratory: Laboratory, **changed: object) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    workers.announce(laboratory.app, worker, replace(built_in(), **changed))


@pytest.fixture
def photos(laboratory: Laboratory) -> Project:
    """A project with small photographs, with all that is built in."""
    announce(laboratory)
    values = {"path": "/photos", "size": 64, "mean": [0.5], "std": [0.5]}
    dataset = DatasetRequest("photos", "image-folder", values)
    request = ProjectRequest("Photos", "image-classification", (dataset,), slug="photos")
    return projects.create_project(laboratory.app, request)


def imported(laboratory: Laboratory, project: Project, name: str) -> None:
    """Let a base be made whose import found what images it expects."""
    made = laboratory.base(project, name)
    laboratory.play(1)
    with laboratory.app.unit_of_work(writing=True) as uow:
        now = datetime.now(UTC)
        manifest = {"preprocessing": IMAGENET}
        uow.models.set_made(ModelId(made.id), artifact="a" * 64, manifest=manifest, at=now)
        uow.projects.touch(project.id)
        uow.commit()


def choose(page: Page, field: Locator, option: str) -> None:
    field.click()
    page.get_by_role("option", name=option).click()


def test_published_weights_say_that_the_data_are_prepared_otherwise(
    page: Page, address: str, photos: Project
) -> None:
    page.goto(f"{address}/p/photos/models?tab=add")
    choose(page, page.locator("#models-base-source"), "torchvision")
    page.get_by_label("Architecture").fill("resnet18")
    said = page.locator("#models-base-expected")
    expect(said).to_be_empty()
    choose(page, page.get_by_role("textbox", name="Published weights"), "yes")
    told = (
        f"The weights expect images prepared otherwise than photos: {EXPECTS}. Change photos on the tab Data."
    )
    expect(said).to_have_text(told)
    expect(page.get_by_role("radio", name="Import its weights")).to_be_checked()
    page.get_by_label("Architecture").fill("inception_v3")
    expect(said).to_contain_text("size 299")
    choose(page, page.get_by_role("textbox", name="Published weights"), "no")
    expect(said).to_be_empty()


def test_data_take_over_what_a_base_expects(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    announce(laboratory, model_sources=CATALOGUE.model_sources)
    imported(laboratory, photos, "my ViT")
    page.goto(f"{address}/p/photos/models?tab=data")
    data = page.get_by_role("tabpanel", name="Data")
    said = data.locator(".models-expected").first
    expect(said).to_contain_text(f"my ViT expects images prepared otherwise: {EXPECTS}.")
    said.get_by_role("button", name="Use these values").click()
    expect(data.get_by_label("Image size").first).to_have_value("224")
    expect(data.get_by_label("Mean").first).to_have_value("0.485, 0.456, 0.406")
    expect(data.locator("[id*=models-data-expected] .models-expected")).to_have_count(0)
    data.get_by_text("Add a data set").click()
    choose(page, page.locator("#models-set-source"), "Image folder")
    further = page.locator(".data-set-form")
    further.get_by_label("Image size").fill("32")
    expect(further.locator(".models-expected")).to_contain_text(
        "my ViT expects images prepared otherwise: image size 224."
    )
    further.get_by_role("button", name="Use these values").click()
    expect(further.get_by_label("Image size")).to_have_value("224")
    expect(further.locator(".models-expected")).to_have_count(0)


def test_classes_and_channels_come_with_the_data_when_they_are_counted(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    page.goto(f"{address}/p/photos/models?tab=add")
    choose(page, page.locator("#models-base-source"), "Small residual network")
    form = page.locator("#models-base-fields")
    expect(form.get_by_label("Classes")).to_have_value("")
    counted(laboratory.app, photos, classes=7, channels=1)
    expect(form.get_by_label("Classes")).to_have_value("7")
    expect(form.get_by_label("Channels")).to_have_value("1")
    form.get_by_label("Channels").fill("3")
    expect(page.get_by_text("The data have 1 channel, not 3. Use 1.")).to_be_visible()


def test_the_first_problem_of_a_long_form_comes_into_view(page: Page, address: str, photos: Project) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/p/photos/models?tab=add")
    choose(page, page.locator("#models-base-source"), "Transformer from scratch")
    expect(page.locator("#models-base-fields").get_by_label("Dropout")).to_be_visible()
    name = page.locator("#models-base-name")
    button = page.locator("#models-base-add")
    button.scroll_into_view_if_needed()
    expect(name).not_to_be_in_viewport()
    button.click()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_in_viewport()
    expect(name).to_be_focused()


def counted(app: Application, project: Project, *, classes: int, channels: int) -> None:
    (dataset,) = project.datasets
    each = ClassCounts(tuple((str(n), 5) for n in range(classes)), classes, 0, ("0", 5), ("1", 5))
    summary = DataSummary("test", 5 * classes, classes=each, channels=channels)
    with app.unit_of_work(writing=True) as uow:
        uow.data_previews.put(dataset, DataPreview(summary), fingerprint="f", at=datetime.now(UTC))
        uow.projects.touch(project.id)
        uow.commit()


FACTORY = parameter("factory", choices=("firstnet",), required=True)
OPTIONS = parameter("options", default="{}")


def test_a_plug_in_that_comes_while_the_page_is_open_is_offered(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    own = SourceSpec("own", "Own model", "Own models.", (FACTORY, OPTIONS))
    announce(laboratory, model_sources=(own,))
    page.goto(f"{address}/p/photos/models?tab=add")
    form = page.locator("#models-base-fields")
    form.get_by_role("textbox", name="Options").fill('{"width": 8}')
    both = (replace(FACTORY, choices=("firstnet", "secondnet")), OPTIONS)
    other = SourceSpec("mine", "Another kind", "Another.")
    stripes = SourceSpec("stripes", "Stripes", "Stripes.")
    announce(
        laboratory,
        model_sources=(replace(own, parameters=both), other),
        data_sources=(*built_in().data_sources, stripes),
    )
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#models-base-source").click()
    expect(page.get_by_role("option", name="Another kind")).to_be_visible()
    page.keyboard.press("Escape")
    form.get_by_role("textbox", name="Factory").click()
    expect(page.get_by_role("option")).to_have_text(["firstnet", "secondnet"])
    page.get_by_role("option", name="secondnet").click()
    expect(form.get_by_role("textbox", name="Options")).to_have_value('{"width": 8}')
    page.locator("#models-new-source").click()
    expect(page.get_by_role("option", name="Stripes")).to_be_visible()


def test_a_technique_that_comes_while_the_drawer_is_open_is_offered(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    page.goto(f"{address}/p/photos/queue")
    page.get_by_role("button", name="+ New experiment").click()
    drawer = page.get_by_role("dialog", name="New experiment")
    drawer.get_by_label("Name").fill("With my own")
    mine = replace(CATALOGUE.technique("prune"), name="mine", label="Signs of mine")
    editor = page.locator("#new-experiment-editor")
    before = editor.get_attribute("data-techniques")
    announce(laboratory, techniques=(*built_in().techniques, mine))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(editor).not_to_have_attribute("data-techniques", before or "")
    page.get_by_role("textbox", name="Technique of step 1").last.fill("signs")
    expect(page.get_by_role("option")).to_contain_text(["Signs of mine"])
    expect(drawer.get_by_label("Name")).to_have_value("With my own")


def test_a_queued_model_leaves_its_weights_and_its_name(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    page.goto(f"{address}/p/photos/models?tab=add")
    choose(page, page.locator("#models-base-source"), "torchvision")
    form = page.locator("#models-base-fields")
    page.locator("#models-base-name").fill("mine")
    form.get_by_label("Architecture").fill("resnet18")
    form.get_by_label("Classes").fill("7")
    form.get_by_role("textbox", name="Weights file").fill("/weights/mine.pt")
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Queued mine")).to_be_visible()
    expect(page.locator("#models-base-name")).to_have_value("")
    expect(form.get_by_role("textbox", name="Weights file")).to_have_value("")
    expect(form.get_by_label("Architecture")).to_have_value("resnet18")
    expect(form.get_by_label("Classes")).to_have_value("7")
    expect(page.get_by_role("radio", name="Train it here")).to_be_checked()
    (made,) = models.list_models(laboratory.app, photos.id)
    assert made.source is not None
    assert made.source.parameters["weights_file"] == "/weights/mine.pt"
    expect(page).to_have_url(re.compile("tab=add"))


def test_what_was_entered_is_kept_for_each_source_until_it_is_queued(
    page: Page, address: str, laboratory: Laboratory, photos: Project
) -> None:
    page.goto(f"{address}/p/photos/models?tab=add")
    source, form = page.locator("#models-base-source"), page.locator("#models-base-fields")
    choose(page, source, "torchvision")
    page.locator("#models-base-name").fill("mine")
    form.get_by_label("Architecture").fill("resnet18")
    form.get_by_role("textbox", name="Weights file").fill("/weights/mine.pt")
    choose(page, source, "Small residual network")
    form.get_by_label("Width").fill("24")
    choose(page, source, "torchvision")
    expect(form.get_by_label("Architecture")).to_have_value("resnet18")
    page.get_by_role("link", name="Queue", exact=True).click()
    expect(form).to_have_count(0)
    page.go_back()
    expect(source).to_have_value("torchvision")
    expect(form.get_by_role("textbox", name="Weights file")).to_have_value("/weights/mine.pt")
    expect(page.locator("#models-base-name")).to_have_value("mine")
    expect(page.get_by_role("radio", name="Import its weights")).to_be_checked()
    choose(page, source, "Small residual network")
    expect(form.get_by_label("Width")).to_have_value("24")


COVERED = """bar => {
  const box = bar.getBoundingClientRect();
  const signs = [...document.querySelectorAll(".models-metrics svg")].map(one => one.getBoundingClientRect());
  const behind = signs.filter(at => at.width && at.top >= box.top && at.bottom <= box.bottom);
  const seen = at => document.elementFromPoint((at.left + at.right) / 2, (at.top + at.bottom) / 2);
  return [behind.length, behind.filter(at => !bar.contains(seen(at))).length];
}"""


def test_the_bar_below_the_settings_covers_what_is_behind_it(page: Page, example_address: str):
    page.set_viewport_size({"width": 1280, "height": 360})
    page.goto(f"{example_address}/p/digits/models?tab=metrics")
    bar = page.locator(".models-foot:visible").first
    expect(page.locator(".models-metrics svg").last).to_be_attached()
    behind, shining = bar.evaluate(COVERED)
    assert (behind > 0, shining) == (True, 0)
