"""The Sensitivity panel below the layers, as people use it: bars, estimates, the frontier, and the drawer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.ids import DatasetId, WorkerId
from core.domain.measurement.sensitivity import Approach, Method
from core.domain.queue.run import RunKind
from core.domain.recipe import Step
from core.persistence.figures import refresh
from core.services.measurements.measurements import Measurement
from core.services.measurements.sensitivities import queue_candidates
from core.services.models.models import get_model
from core.services.queue import run_lifecycle
from core.services.queue.results import SensitivityResult
from core.services.queue.runs import list_runs
from core.testing.laboratory import WORKER, Laboratory
from tests.browser.conftest import served

PARTS = ("stem", "body", "head")
CHANGES = {"prune": (0.4, 0.1, 0.02), "quantize": (0.01, 0.02, 0.04)}
BITS = {"prune": 600, "quantize": 250}


def plant(laboratory: Laboratory) -> str:
    """A base of 500 bytes, two steps measured on each of its parts, one of them estimated too."""
    app = laboratory.app
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play()
    with app.unit_of_work(writing=True) as uow:
        uow.models.set_own_metrics(base.id, {"theoretical_bytes": 500.0, "bits_per_weight": 10.0})
        refresh(uow, project.id, [base.id])
        uow.commit()
    steps = [Step("prune", {"sparsity": 0.5}), Step("quantize", {"bits": 8})]
    queue_candidates(app, base.id, steps, Measurement(instances=64))
    queue_candidates(app, base.id, steps[:1], Measurement(instances=64), approach=Approach(Method.ESTIMATE))
    artifact = get_model(app, base.id).model.artifact
    while (run := run_lifecycle.claim_next(app, WorkerId(WORKER), queues=("cpu",))) is not None:
        step = Step(run.payload["step"]["technique"], run.payload["step"]["parameters"])
        change = np.array(CHANGES[step.technique])
        arrays = {
            "layer": np.array(PARTS),
            "modules": np.array(PARTS),
            "module_type": np.array(["Linear"] * 3),
            "weights": np.array([100] * 3),
            "bits_before": np.array([1000] * 3),
            "bits_after": np.full(3, BITS[step.technique]),
            "flops_saved": np.zeros(3),
            "problem": np.array([""] * 3),
        }
        measured = {"change.loss": change, "low.loss": change - 0.015, "high.loss": change + 0.1}
        arrays |= measured if run.payload["method"] == "measure" else {"estimate": change / 2}
        told = {name: run.payload[name] for name in ("method", "grouping")}
        asked = {name: value for name, value in run.payload.items() if name != "step"}
        environment = {**told, "asked": asked, "weights": artifact}
        sensed = SensitivityResult(
            step, DatasetId(run.payload["dataset_id"]), "test", 64, {"loss": 0.3}, arrays, environment
        )
        run_lifecycle.succeed(app, run.id, run.attempt, sensed)
    return f"/p/{project.slug}/compare?selected=2&baseline={base.id}&tab=layers&layers=sensitivity"


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where the base is compared with a model that was made from it."""
    path = plant(laboratory)
    with served(laboratory) as url:
        yield f"{url}{path}"


def painted(page: Page, cell: Locator) -> dict[str, list[float]]:
    """Return from where to where bars and rings are in a cell's drawing, in shares of its width."""
    return cell.locator("canvas").evaluate(
        """(canvas) => {
          const style = getComputedStyle(document.documentElement);
          const context = canvas.getContext("2d");
          const row = context.getImageData(0, Math.round(canvas.height / 2) - 3, canvas.width, 1).data;
          const found = {};
          for (const [name, colour] of [["bar", "--layers-change-2"], ["ring", "--selected"]]) {
            const hex = style.getPropertyValue(colour).trim();
            const rgb = [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16));
            const at = [];
            for (let x = 0; x < canvas.width; x += 1) {
              const near = rgb.every((value, place) => Math.abs(row[4 * x + place] - value) < 40);
              if (near) at.push(x / canvas.width);
            }
            found[name] = [Math.min(...at), Math.max(...at)];
          }
          return found;
        }"""
    )


def test_measured_and_estimated_changes_are_one_table(page: Page, address: str):
    page.goto(f"{address}&figure=loss&flat=1")
    rows = page.locator(".layers-row")
    expect(rows).to_have_count(3)
    expect(page.locator(".sensitivity-table")).to_have_count(0)
    expect(page.locator(".layers-heading", has_text="tried only")).to_have_count(2)
    stem = rows.filter(has=page.get_by_text("stem", exact=True))
    pruned = stem.locator('[title*="measured +0.400"], [title*="measured 0.400"]')
    expect(pruned).to_have_attribute("title", re.compile(r"0\.385 to 0\.500, 95 %\); estimated 0\.200 nat"))
    drawn = painted(page, pruned)
    body = painted(
        page, rows.filter(has=page.get_by_text("body", exact=True)).locator('[title*="0.100 nat"]')
    )
    long, short = (one["bar"][1] - one["bar"][0] for one in (drawn, body))
    assert long / short == pytest.approx(4, rel=0.3)
    assert sum(drawn["ring"]) / 2 == pytest.approx(sum(drawn["bar"]) / 2, abs=0.06)  # half of the change
    expect(page.get_by_text("The worst:")).to_contain_text("in stem: +0.4 (+0.385 to +0.5)")


def test_a_tried_step_is_taken_without_the_ticked_rows(page: Page, address: str):
    page.goto(f"{address}&flat=1")
    page.get_by_role("checkbox", name="Choose stem", exact=True).check()
    start = page.get_by_role("combobox", name="Model that the recipe starts from")
    tried = start.locator("option").last
    start.select_option(value=tried.get_attribute("value"))
    page.get_by_role("button", name="Exclude these").click()
    drawer = page.get_by_role("dialog", name="New experiment")
    expect(drawer).to_be_visible()
    expect(drawer.get_by_label("Never layers matching")).to_have_value("^stem(\\.|$)")


def test_blocks_have_a_table_of_their_own(page: Page, address: str):
    page.goto(address)
    expect(page.locator("[aria-label^='Try its step on one layer']").first).to_be_visible()
    page.locator("input[id*=grouping]").click()
    page.get_by_role("option", name="one block").click()
    expect(page.get_by_text("No sensitivity of this kind is known yet")).to_be_visible()


def test_a_point_opens_the_drawer_with_its_recipe(page: Page, address: str):
    page.goto(address)
    expect(page.get_by_role("button", name="Open the recipe of 219 B")).to_be_visible()
    page.get_by_role("button", name="Open the recipe of 219 B").click()
    drawer = page.get_by_role("dialog", name="New experiment")
    expect(drawer).to_be_visible()
    expect(drawer.get_by_label("Bits")).to_have_value("8")
    include = drawer.get_by_label("Only layers matching")
    expect(include).to_have_value("^stem$\n^body$\n^head$")


def test_a_press_queues_what_is_not_known_and_says_so(page: Page, laboratory: Laboratory, address: str):
    page.goto(address)
    page.get_by_label("Instances").fill("32")
    page.get_by_role("button", name="Measure", exact=True).click()
    said = page.locator("#sensitivity-said")
    expect(said).to_contain_text("Choose at least one")
    assert not [
        row
        for row in list_runs(laboratory.app)
        if row.run.kind is RunKind.SENSITIVITY and not row.run.finished_at
    ]
