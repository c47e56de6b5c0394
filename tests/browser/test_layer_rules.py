"""The table of modules below the layer rules of a step."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.module_table import ModuleTable
from core.domain.project import Project
from core.services.experiments import experiments
from core.services.models import models
from core.services.workers import workers
from core.testing.browser.seen import lines_in_grid
from core.testing.laboratory import CATALOGUE, Laboratory
from tests.browser.test_new_experiment import choose, expect_base, opened, verdict

ROW_HEIGHT_PX = 26


def table_of(blocks: int) -> ModuleTable:
    """A network of blocks, each of one convolution of 36 weights and one norm of 4, with a head of 10."""
    types = {"": "Net"}
    for block in range(blocks):
        types |= {f"body.{block}.conv": "Conv2d", f"body.{block}.norm": "BatchNorm2d"}
    types["head"] = "Linear"
    weighted = tuple(name for name in types if name)
    layers = tuple((name,) for name, kind in types.items() if kind in {"Conv2d", "Linear"})
    sizes = {"Net": 0, "Conv2d": 36, "BatchNorm2d": 4, "Linear": 10}
    return ModuleTable(types, weighted, layers, {}, {name: sizes[kind] for name, kind in types.items()})


def put(laboratory: Laboratory, model: ModelId, table: ModuleTable) -> None:
    with laboratory.app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(model, kind=LayerKind.MODULES, arrays=table.to_arrays())
        uow.commit()


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    """A project with one base of known modules, and a pruning that works on weights of layers only."""
    (worker,) = workers.list_workers(laboratory.app)
    techniques = tuple(replace(spec, needs_layers=spec.name == "prune") for spec in CATALOGUE.techniques)
    workers.announce(laboratory.app, worker, replace(CATALOGUE, techniques=techniques))
    made = laboratory.project()
    base = laboratory.base(made)
    laboratory.play()
    put(laboratory, base.id, table_of(5))
    return made


@pytest.fixture
def drawer(page: Page, address: str, project: Project) -> Locator:
    """The drawer with one step of pruning, its layer rules unfolded."""
    page.goto(f"{address}/p/{project.slug}/queue")
    drawer = opened(page)
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_text("Layer rules", exact=True).click()
    return drawer


def count(drawer: Locator) -> Locator:
    return drawer.locator(".modules-count")


def seen_lines(drawer: Locator) -> list[str]:
    """The names of the modules whose lines lie within the frame of the table, from top to bottom."""
    return lines_in_grid(drawer.locator(".modules-frame"), "name")


def in_step(drawer: Locator, module: str) -> Locator:
    return drawer.locator(".ag-row", has_text=module).locator("[col-id=reach]")


def test_rules_are_counted_while_they_are_typed(page: Page, drawer: Locator) -> None:
    expect(count(drawer)).to_have_text("Works on 6 of 6 modules, 190 of 190 parameters")
    expect(in_step(drawer, "body.0.norm")).to_have_text("out of reach")
    expect(in_step(drawer, "body.0.conv")).to_have_text("yes")
    drawer.get_by_label("Only layers matching").press_sequentially("body")
    expect(count(drawer)).to_have_text("Works on 5 of 6 modules, 180 of 190 parameters")
    drawer.get_by_label("Never layers matching").fill("^body.[34]")
    expect(count(drawer)).to_have_text("Works on 3 of 6 modules, 108 of 190 parameters")
    drawer.get_by_label("Search modules").fill("conv")
    expect(drawer.locator(".modules-frame .ag-row")).to_have_count(10 // 2)
    assert seen_lines(drawer) == [f"body.{block}.conv" for block in range(5)]
    expect(in_step(drawer, "body.2.conv")).to_have_text("yes")
    expect(in_step(drawer, "body.3.conv")).to_have_text("left out")
    expect(verdict(drawer)).to_contain_text("1 new model")


def test_a_rule_that_is_no_expression_yet_keeps_the_last_match(page: Page, drawer: Locator) -> None:
    field = drawer.get_by_label("Only layers matching")
    field.fill("body.0")
    expect(count(drawer)).to_have_text("Works on 1 of 6 modules, 36 of 190 parameters")
    field.fill("body.0(")
    kept = "Not a regular expression yet; last match: works on 1 of 6 modules, 36 of 190 parameters"
    expect(count(drawer)).to_have_text(kept)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(in_step(drawer, "body.0.conv")).to_have_text("yes")
    expect(in_step(drawer, "body.1.conv")).to_have_text("left out")
    field.fill("body.0(.conv)")
    expect(count(drawer)).to_have_text("Works on 1 of 6 modules, 36 of 190 parameters")


def test_a_press_takes_a_module_in_or_out_and_the_rules_follow(page: Page, drawer: Locator) -> None:
    only, never = drawer.get_by_label("Only layers matching"), drawer.get_by_label("Never layers matching")
    only.fill("body")
    expect(in_step(drawer, "head")).to_have_text("left out")
    in_step(drawer, "head").click()
    expect(only).to_have_value("body\n^head$")
    expect(in_step(drawer, "head")).to_have_text("yes")
    in_step(drawer, "body.2.conv").click()
    expect(never).to_have_value("^body\\.2\\.conv$")
    expect(in_step(drawer, "body.2.conv")).to_have_text("left out")
    in_step(drawer, "body.2.conv").click()
    expect(never).to_have_value("")
    expect(count(drawer)).to_have_text("Works on 6 of 6 modules, 190 of 190 parameters")


def test_ticked_modules_become_rules_and_are_queued(
    page: Page, drawer: Locator, laboratory: Laboratory, project: Project
) -> None:
    expect(drawer.get_by_role("button", name="Never the ticked")).to_be_disabled()
    for name in ("body.1.conv", "head"):
        drawer.locator(".modules-frame .ag-row", has_text=name).locator("input").check()
    drawer.get_by_role("button", name="Never the ticked").click()
    expect(drawer.get_by_label("Never layers matching")).to_have_value("^body\\.1\\.conv$\n^head$")
    expect(count(drawer)).to_have_text("Works on 4 of 6 modules, 144 of 190 parameters")
    drawer.get_by_role("button", name="Queue 1 model").click()
    expect(drawer).to_be_hidden()
    (experiment,) = experiments.list_experiments(laboratory.app, project.id)
    made = models.list_models(laboratory.app, project.id)
    rules = next(model.step.rules for model in made if model.step)
    assert (experiment.models, rules.exclude) == (1, (r"^body\.1\.conv$", "^head$"))


def test_of_thousands_of_modules_only_the_visible_are_drawn(
    page: Page, address: str, laboratory: Laboratory, project: Project
) -> None:
    (base,) = models.list_models(laboratory.app, project.id)
    put(laboratory, base.id, table_of(2_500))
    page.goto(f"{address}/p/{project.slug}/queue")
    drawer = opened(page)
    expect_base(page, "residual CNN")
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_text("Layer rules", exact=True).click()
    expect(count(drawer)).to_have_text("Works on 2,501 of 2,501 modules, 90,010 of 90,010 parameters")
    drawn = drawer.locator(".modules-frame .ag-row")
    expect(drawn.first).to_be_visible()
    assert drawn.count() < 60
    drawer.get_by_label("Only layers matching").fill(r"body\.24..\.")
    expect(count(drawer)).to_have_text("Works on 100 of 2,501 modules, 3,600 of 90,010 parameters")
    drawer.get_by_role("columnheader", name="In this step").click()
    expect(drawn.first).to_contain_text("yes")
    assert all(re.fullmatch(r"body\.24\d\d\.conv", name) for name in seen_lines(drawer))
    assert len(seen_lines(drawer)) >= 5


def test_the_rules_stay_open_when_the_recipe_changes(page: Page, drawer: Locator) -> None:
    expect(count(drawer)).to_contain_text("6 of 6")
    drawer.get_by_role("button", name="+ Add a step").click()
    expect(drawer.get_by_label("Technique of step 2")).to_be_visible()
    expect(drawer.get_by_label("Only layers matching")).to_be_visible()
    expect(in_step(drawer, "body.0.conv")).to_have_text("yes")
    expect(count(drawer)).to_contain_text("6 of 6")


def test_two_bases_are_counted_each(
    page: Page, drawer: Locator, laboratory: Laboratory, project: Project
) -> None:
    other = laboratory.base(project, "wide network", seed=1)
    page.reload()
    again = opened(page)
    page.locator("#new-experiment-bases").click()
    page.get_by_role("option", name="wide network").click()
    choose(page, 1, "Magnitude pruning")
    again.get_by_text("Layer rules", exact=True).click()
    expect(again).to_contain_text("Modules of wide network are listed once it has been made.")
    put(laboratory, other.id, table_of(2))
    page.reload()
    again = opened(page)
    for name in ("residual CNN", "wide network"):
        page.locator("#new-experiment-bases").click()
        page.get_by_role("option", name=name).click()
    choose(page, 1, "Magnitude pruning")
    again.get_by_text("Layer rules", exact=True).click()
    again.get_by_label("Only layers matching").fill("head")
    first = "residual CNN: 1 of 6 modules, 10 of 190 parameters"
    expect(count(again)).to_have_text(f"{first}; wide network: 1 of 3 modules, 10 of 82 parameters")
