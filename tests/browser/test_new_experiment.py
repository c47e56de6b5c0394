"""The New experiment drawer in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.measurement.evaluation import LayerKind
from core.domain.module_table import ModuleTable
from core.domain.project import Project
from core.services.experiments import experiments
from core.services.models import models
from core.services.workers import workers
from core.services.workers.built_in import built_in
from core.services.workers.workers import stop
from core.testing.laboratory import CATALOGUE, WORKER, Laboratory


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    """A project with one base model that is made."""
    made = laboratory.project()
    laboratory.base(made)
    laboratory.play()
    return made


@pytest.fixture
def drawer(page: Page, address: str, project: Project) -> Locator:
    """The open drawer on the queue page."""
    page.goto(f"{address}/p/{project.slug}/queue")
    return opened(page)


def opened(page: Page) -> Locator:
    page.get_by_role("button", name="+ New experiment").click()
    dialog = page.get_by_role("dialog", name="New experiment")
    expect(dialog.get_by_text("Recipe 1", exact=True)).to_be_visible()
    return dialog


def choose(page: Page, step: int, technique: str) -> None:
    page.get_by_role("textbox", name=f"Technique of step {step}").last.click()
    page.get_by_role("option", name=technique).last.click()


def expect_base(page: Page, name: str) -> None:
    expect(page.locator(".new-experiment .mantine-MultiSelect-pill", has_text=name)).to_be_visible()


def verdict(drawer: Locator) -> Locator:
    return drawer.locator(".plan-verdict")


def test_the_list_of_models_closes_over_the_recipe_once_one_is_chosen(
    page: Page, drawer: Locator, project: Project
) -> None:
    expect_base(page, "residual CNN")
    drawer.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".new-experiment .mantine-MultiSelect-pill")).to_have_count(0)
    page.locator("#new-experiment-bases").click()
    page.get_by_role("option", name="residual CNN").click()
    expect_base(page, "residual CNN")
    expect(page.get_by_role("option", name="residual CNN")).to_have_count(0)
    expect(page.locator("#new-experiment-bases")).not_to_have_attribute("data-expanded", "true")
    expect(drawer.get_by_label("Technique of step 1")).to_be_visible()


def test_a_sweep_is_built_previewed_and_queued(
    page: Page, drawer: Locator, laboratory: Laboratory, project: Project
) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0.1..0.5 step 0.2")
    expect(verdict(drawer)).to_have_text("Makes 3 new models in 9 runs.")
    drawer.get_by_role("button", name="+ Add a step").click()
    choose(page, 2, "Weight-only quantization")
    drawer.get_by_label("Bits").fill("8, 4")
    expect(verdict(drawer)).to_have_text("Makes 9 new models in 27 runs.")
    drawer.get_by_label("Name").fill("First sweep")
    page.keyboard.press("Control+Enter")
    expect(drawer).to_be_hidden()
    page.get_by_role("link", name="Show its models in the overview").click()
    expect(page.locator("#overview-count")).to_contain_text("10 models")
    (experiment,) = experiments.list_experiments(laboratory.app, project.id)
    assert (experiment.name, experiment.models) == ("First sweep", 9)
    made = models.list_models(laboratory.app, project.id)
    assert sorted({model.step.parameters.get("sparsity") for model in made if model.step} - {None}) == [
        0.1,
        0.3,
        0.5,
    ]


def test_techniques_are_found_by_what_their_summary_says(page: Page, drawer: Locator) -> None:
    wanted = next(spec for spec in CATALOGUE.techniques if spec.name == "prune")
    field = page.get_by_role("textbox", name="Technique of step 1").last
    field.fill(wanted.summary.upper())
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.locator(".technique-option > div").first).to_have_text(wanted.label)
    field.fill("no such thing")
    expect(page.get_by_text("No technique of such a name or purpose")).to_be_visible()


def test_matches_in_names_come_before_matches_in_descriptions(
    page: Page, laboratory: Laboratory, address: str, project: Project
) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    workers.announce(laboratory.app, worker, built_in())
    page.goto(f"{address}/p/{project.slug}/queue")
    opened(page)
    field = page.get_by_role("textbox", name="Technique of step 1").last
    field.click()
    groups = page.locator(".mantine-Select-groupLabel")
    expect(groups).to_have_text(
        ["Weight pruning", "Structured pruning", "Quantization", "Palettization", "Low rank", "Distillation",
         "Training", "Correction", "Export"]
    )  # fmt: skip
    field.fill("int8")
    expect(groups).to_have_text(["Quantization", "Found in descriptions"])
    about = page.locator(".technique-option .technique-about")
    expect(about).to_have_count(4)
    texts = about.all_inner_texts()
    assert len(set(texts)) == 4
    assert sum("same speed" in text for text in texts) == 2
    assert sum("really faster" in text for text in texts) == 1
    field.fill("k-means")
    expect(groups).to_have_text(["Found in descriptions"])
    expect(page.get_by_role("option")).to_contain_text(["Palettization"])
    field.fill("calibrat")
    expect(groups).to_have_text(["Correction", "Found in descriptions"])
    named = page.locator(".technique-option > div:first-child").all_inner_texts()
    described = next(place for place, name in enumerate(named) if "calibrat" not in name.lower())
    assert all("calibrat" in name.lower() for name in named[:described])
    assert not any("calibrat" in name.lower() for name in named[described:])


def test_only_what_counts_with_the_chosen_values_is_asked_for(
    page: Page, laboratory: Laboratory, address: str, project: Project
) -> None:
    (worker,) = workers.list_workers(laboratory.app)
    workers.announce(laboratory.app, worker, built_in())
    page.goto(f"{address}/p/{project.slug}/queue")
    drawer = opened(page)
    choose(page, 1, "Low rank")
    rank, size = drawer.get_by_label("Rank", exact=True), drawer.get_by_label("Size", exact=True)
    expect(size).to_be_visible()
    expect(rank).to_be_hidden()
    size.fill("wrong")
    expect(drawer).to_contain_text("1 entry above cannot be used yet.")
    drawer.locator(".mantine-MultiSelect-input").last.click()
    page.get_by_role("option", name="rank").click()
    expect(rank).to_be_visible()
    expect(size).to_be_visible()
    page.keyboard.press("Escape")
    drawer.locator(".mantine-Pill-root", has_text="size").locator("button").click()
    expect(size).to_be_hidden()
    expect(drawer).not_to_contain_text("1 entry above cannot be used yet.")


def test_the_count_of_wrong_entries_leads_to_the_first(page: Page, drawer: Locator) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_text("Layer rules").click()
    drawer.get_by_label("Never layers matching").fill("conv(")
    expect(drawer.get_by_text("1 entry above cannot be used yet.")).to_be_visible()
    drawer.get_by_text("Layer rules").click()
    for _ in range(3):
        drawer.get_by_role("button", name="+ Add a step").click()
    expect(drawer.get_by_label("Technique of step 4")).to_be_visible()
    expect(drawer).to_contain_text("4 entries above cannot be used yet.")
    drawer.locator(".new-experiment-fields").evaluate("area => { area.scrollTop = area.scrollHeight; }")
    drawer.get_by_role("button", name="4 entries above").click()
    expect(drawer.get_by_label("Never layers matching")).to_be_focused()
    expect(drawer.get_by_label("Never layers matching")).to_be_in_viewport()


def test_escape_closes_the_open_list_and_not_the_drawer(page: Page, drawer: Locator) -> None:
    for field in (
        page.get_by_role("textbox", name="Technique of step 1").last,
        page.locator("#new-experiment-bases"),
    ):
        field.click()
        expect(page.get_by_role("listbox")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_have_count(0)
        expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_every_error_stands_at_its_own_input(page: Page, drawer: Locator) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0.5, 1.5")
    drawer.get_by_label("Seeds").fill("one")
    expect(drawer.get_by_text("1.5")).to_be_visible()
    expect(drawer.get_by_text("'one' is not a number")).to_be_visible()
    expect(drawer.get_by_role("button", name="Queue", exact=True)).to_be_disabled()
    expect(drawer).to_contain_text("2 entries above cannot be used yet.")
    drawer.get_by_label("Sparsity").fill("0.5")
    drawer.get_by_label("Seeds").fill("0")
    expect(drawer.get_by_role("button", name="Queue 1 model")).to_be_enabled()


def test_what_is_entered_survives_closing_and_editing(page: Page, drawer: Locator) -> None:
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0.25")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("link", name="Overview").click()
    again = opened(page)
    expect(again.get_by_label("Sparsity")).to_have_value("0.25")
    again.get_by_role("button", name="Duplicate this step").click()
    expect(again.get_by_label("Sparsity")).to_have_count(2)
    again.get_by_label("Sparsity").nth(1).fill("0.75")
    again.get_by_role("button", name="Move up").nth(1).click()
    expect(again.get_by_label("Sparsity").first).to_have_value("0.75")
    again.get_by_role("button", name="Remove this step").first.click()
    expect(again.get_by_label("Sparsity")).to_have_count(1)
    expect(again.get_by_label("Sparsity")).to_have_value("0.25")
    again.get_by_role("button", name="Clear").click()
    expect(again.get_by_label("Sparsity")).to_have_count(0)


def test_a_large_sweep_asks_for_confirmation(page: Page, drawer: Locator) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0..0.9 step 0.003")
    expect(verdict(drawer)).to_contain_text("301 new models")
    expect(drawer.get_by_role("button", name="Queue 301 models")).to_be_disabled()
    drawer.get_by_label("Yes, make 301 models").check()
    expect(drawer.get_by_role("button", name="Queue 301 models")).to_be_enabled()


def test_layer_rules_that_match_no_module_are_refused_where_they_stand(
    page: Page, drawer: Locator, laboratory: Laboratory, project: Project
) -> None:
    (base,) = models.list_models(laboratory.app, project.id)
    arrays = ModuleTable({"stem": "Conv2d"}, ("stem",), (("stem",),)).to_arrays()
    with laboratory.app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(base.id, kind=LayerKind.MODULES, arrays=arrays)
        uow.commit()
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_text("Layer rules").click()
    drawer.get_by_label("Only layers matching").fill("nomatch")
    said = "The layer pattern 'nomatch' matches no module of residual CNN. Modules are named stem ..."
    expect(drawer.get_by_text(said)).to_be_visible()
    expect(drawer.get_by_role("button", name="Queue", exact=True)).to_be_disabled()
    drawer.get_by_label("Only layers matching").fill("stem")
    expect(verdict(drawer)).to_contain_text("1 new model")


def test_layer_rules_that_are_no_patterns_are_refused_where_they_stand(page: Page, drawer: Locator) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_text("Layer rules").click()
    drawer.get_by_label("Never layers matching").fill("conv(")
    expect(drawer.get_by_label("Never layers matching")).to_have_attribute("aria-invalid", "true")


def test_queue_from_here_opens_the_drawer_with_the_model(page: Page, address: str, project: Project) -> None:
    page.goto(f"{address}/p/{project.slug}/overview?selected=1")
    page.get_by_role("button", name="Queue from here").click()
    dialog = page.get_by_role("dialog", name="New experiment")
    expect(dialog.locator(".mantine-MultiSelect-pill").first).to_contain_text("residual CNN")


def test_without_any_worker_the_drawer_says_how_to_start_one(
    page: Page, address: str, laboratory: Laboratory, project: Project
) -> None:
    stop(laboratory.app, WORKER)
    page.goto(f"{address}/p/{project.slug}/queue")
    dialog = opened(page)
    expect(dialog).to_contain_text("No worker is connected")
    expect(dialog).to_contain_text("compress-compare worker")
    laboratory.open()
    expect(dialog.get_by_text("No worker is connected")).to_be_hidden(timeout=15_000)


def test_a_model_that_is_made_meanwhile_loses_its_remark(
    page: Page, laboratory: Laboratory, address: str
) -> None:
    laboratory.base(laboratory.project())
    page.goto(f"{address}/p/digits/queue")
    opened(page)
    expect_base(page, "residual CNN (being made)")
    laboratory.play()
    pill = page.locator(".new-experiment .mantine-MultiSelect-pill")
    expect(pill).to_have_text("residual CNN")


def test_quick_presses_are_all_carried_out(page: Page, drawer: Locator) -> None:
    page.locator(".recipe-add-step").evaluate(
        "(button) => { button.click(); button.click(); button.click(); }"
    )
    expect(drawer.get_by_role("textbox", name="Technique of step")).to_have_count(4)
    drawer.get_by_role("button", name="+ Add a recipe").dblclick()
    expect(drawer.get_by_text("Recipe 3", exact=True)).to_be_visible()
    drawer.get_by_role("button", name="Clear", exact=True).click()
    expect(drawer.get_by_role("textbox", name="Technique of step")).to_have_count(1)
    drawer.get_by_role("button", name="+ Add a step").click()
    expect(drawer.get_by_role("textbox", name="Technique of step")).to_have_count(2)


def test_recipes_are_kept_compared_and_taken_again(
    page: Page, drawer: Locator, laboratory: Laboratory, project: Project
) -> None:
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0.3")
    drawer.get_by_role("button", name="Keep these").click()
    name = page.locator("#new-experiment-keep-name")
    page.locator("#new-experiment-keep-save").click()
    expect(page.get_by_text("The name is empty")).to_be_visible()
    name.fill("Third")
    page.locator("#new-experiment-keep-save").click()
    expect(page.get_by_text("Kept as Third, version 1")).to_be_visible()
    expect(name).to_be_hidden()
    drawer.get_by_label("Sparsity").fill("0.9")
    drawer.get_by_role("button", name="Take a recipe").click()
    unsuited = page.locator(".library-preset", has_text="First look")
    expect(unsuited).to_contain_text("No worker offers weight-only-quantization")
    expect(unsuited).to_be_disabled()
    page.get_by_role("button", name="Differences").click()
    difference = page.locator(".library-difference")
    expect(difference).to_contain_text("+      sparsity: 0.3")
    box = difference.bounding_box()
    assert box is not None
    on_top = "([x, y]) => document.elementFromPoint(x, y).closest('.library-difference') !== null"
    assert page.evaluate(on_top, [box["x"] + 10, box["y"] + 10])
    page.keyboard.press("Escape")
    expect(difference).to_be_hidden()
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Take a recipe").click()
    page.locator(".library-kept").get_by_role("button", name="Take").click()
    expect(drawer.get_by_text("Recipe 2", exact=True)).to_be_visible()
    expect(verdict(drawer)).to_have_text("Makes 2 new models in 6 runs.")
    drawer.get_by_role("button", name="Switch this step off").first.click()
    expect(verdict(drawer)).to_have_text("Makes 1 new model in 3 runs.")
