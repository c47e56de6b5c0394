"""A recipe from the drawer to another project: built, kept, downloaded, and submitted from the console."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from core.compression.checkpoints.modules import module_table
from core.compression.model import CompressibleModel
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.project import Project
from core.registry import discover
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.services.recipes.saved_recipes import list_recipes
from core.services.workers.built_in import built_in
from core.services.workers.workers import announce, list_workers
from core.testing.laboratory import Laboratory
from core.testing.running import Installation
from tests.browser.conftest import open_laboratory, served
from tests.browser.test_new_experiment import choose, expect_base, opened, verdict

GPT2 = {"family": "gpt2", "width": 32, "heads": 4, "layers": 2}
BASE = "residual CNN"


@dataclass(frozen=True)
class Story:
    """Where the recipe is built and submitted; what is searched for, and which module stays out."""

    project: str
    other: str
    source: str
    parameters: dict[str, Any]
    searched: str
    left_out: str


STORIES = (
    Story("digits", "digits-again", "residual-cnn", {"width": 4}, "stages.1", "classifier"),
    Story("trips", "trips-again", "tiny-transformer", GPT2, "h.1", "transformer.wte"),
)


@dataclass(frozen=True)
class Place:
    """An installation with a project and its twin for each story, and where it is served."""

    laboratory: Laboratory
    folder: Path
    address: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    discover("core.models.sources")
    discover("core.compression.techniques")
    folder = tmp_path_factory.mktemp("story")
    with open_laboratory(folder) as laboratory:
        for story in STORIES:
            table = module_table(CompressibleModel.create(story.source, story.parameters).module)
            for slug in (story.project, story.other):
                base = laboratory.base(laboratory.project(slug.title(), slug), BASE)
                laboratory.play()
                with laboratory.app.unit_of_work(writing=True) as uow:
                    uow.evaluations.put_layer_statistics(
                        base.id, kind=LayerKind.MODULES, arrays=table.to_arrays()
                    )
                    uow.commit()
        (worker,) = list_workers(laboratory.app)
        announce(laboratory.app, worker, built_in())
        with served(laboratory) as address:
            yield Place(laboratory, folder, address)


@pytest.mark.parametrize("story", STORIES, ids=[story.project for story in STORIES])
def test_a_recipe_built_in_the_drawer_makes_the_same_tree_elsewhere(
    page: Page, place: Place, story: Story, tmp_path: Path
) -> None:
    page.goto(f"{place.address}/p/{story.project}/queue")
    drawer = opened(page)
    expect_base(page, BASE)
    names = _build(page, drawer, story)
    expect(verdict(drawer)).to_have_text("Makes 8 new models in 24 runs.")
    file = _kept_and_downloaded(page, drawer, tmp_path)
    own, other = (get_project(place.laboratory.app, slug) for slug in (story.project, story.other))
    assert [(one.name, one.version) for one in list_recipes(place.laboratory.app, own.id)] == [("Mine", 1)]
    said = _submitted(place, file, story.other)
    assert "8 models queued in 24 runs" in said
    _expect_tree(_made(place, other), names, story)
    page.goto(f"{place.address}/p/{story.other}")
    page.wait_for_function(
        "() => cnc.map && cnc.map.state.cy && cnc.map.state.cy.nodes('[!folded]').length >= 9"
    )


def _build(page: Page, drawer: Locator, story: Story) -> list[str]:
    """Enter three steps with rules from the table of modules; return the modules the first step is for."""
    choose(page, 1, "Magnitude pruning")
    drawer.get_by_label("Sparsity").fill("0.5, 0.7")
    for step, technique in ((2, "Fine-tune"), (3, "Weight-only quantization")):
        drawer.get_by_role("button", name="+ Add a step").click()
        choose(page, step, technique)
        expect(drawer.get_by_label("Technique of step")).to_have_count(step)
    drawer.get_by_label("Bits").fill("8, 4")
    first, last = drawer.locator(".step").first, drawer.locator(".step").last
    first.get_by_text("Layer rules", exact=True).click()
    first.get_by_label("Search modules").fill(story.searched)
    rows = first.locator(".modules-frame .ag-center-cols-container .ag-row")
    expect(rows.filter(has_not_text=story.searched)).to_have_count(0)
    expect(rows.first).to_be_visible()
    first.locator(".modules-frame .ag-header-select-all").first.click()
    first.get_by_role("button", name="Only the ticked").click()
    expect(first.get_by_label("Only layers matching")).not_to_have_value("")
    last.get_by_text("Layer rules", exact=True).click()
    last.get_by_label("Search modules").fill(story.left_out)
    cell = last.locator(".modules-frame .ag-row").first.locator("[col-id=reach]")
    expect(cell).to_have_text("yes")
    cell.click()
    expect(cell).to_have_text("left out")
    return first.get_by_label("Only layers matching").input_value().split("\n")


def _kept_and_downloaded(page: Page, drawer: Locator, folder: Path) -> Path:
    drawer.get_by_role("button", name="Keep these").click()
    page.locator("#new-experiment-keep-name").fill("Mine")
    page.locator("#new-experiment-keep-save").click()
    expect(page.get_by_text("Kept as Mine, version 1")).to_be_visible()
    drawer.get_by_role("button", name="Keep these").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as YAML").click()
    file = folder / "mine.yaml"
    download.value.save_as(file)
    return file


def _submitted(place: Place, file: Path, project: str) -> str:
    """Submit the file from the console and return what it says."""
    words = ["submit", str(file), "--project", project, "--base", BASE]
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", *words],
        env={**os.environ, **Installation(place.folder).environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _made(place: Place, project: Project) -> list[Model]:
    return [model for model in list_models(place.laboratory.app, project.id) if model.step is not None]


def _expect_tree(made: list[Model], names: list[str], story: Story) -> None:
    """Two pruned models, each tuned, each of those in 8 and 4 bits, with the rules of the table."""
    steps = {model.id: model.step for model in made if model.step is not None}
    parents = Counter(model.parent_id for model in made)
    by_technique = Counter(step.technique for step in steps.values())
    assert by_technique == {"magnitude-pruning": 2, "fine-tune": 2, "weight-only-quantization": 4}
    assert sorted(parents.values()) == [1, 1, 2, 2, 2]
    for step in steps.values():
        if step.technique == "magnitude-pruning":
            assert step.parameters["sparsity"] in {0.5, 0.7}
            assert list(step.rules.include) == names
            assert len(names) >= 2
        if step.technique == "weight-only-quantization":
            assert step.parameters["bits"] in {8, 4}
            escaped = story.left_out.replace(".", r"\.")
            assert step.rules.exclude == (f"^{escaped}$",)
