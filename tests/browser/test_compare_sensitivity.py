"""The Sensitivity panel below the layers, as people use it: bars, estimates, the frontier, and the drawer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

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


def box(page: Page, selector: str, place: int) -> tuple[float, float]:
    """Return left and right of a mark."""
    found = page.locator(selector).nth(place).bounding_box()
    assert found is not None
    return found["x"], found["x"] + found["width"]


def test_bars_are_as_long_as_the_changes_and_rings_are_where_the_estimates_are(page: Page, address: str):
    page.goto(address)
    expect(page.locator(".sensitivity-bar")).to_have_count(6)
    expect(page.locator(".sensitivity-ring")).to_have_count(3)
    head = page.locator(".sensitivity-table thead th").all_inner_texts()
    rows = page.locator(".sensitivity-table tbody tr")
    expect(rows).to_have_count(3)
    place = next(index for index, text in enumerate(head) if "pruning" in text.lower() or "0.5" in text) - 1
    stem = page.locator(".sensitivity-table tbody tr").nth(0).locator("td").nth(place)
    body = page.locator(".sensitivity-table tbody tr").nth(1).locator("td").nth(place)
    one, other = (cell.locator(".sensitivity-bar").bounding_box() for cell in (stem, body))
    assert one is not None
    assert other is not None
    assert one["width"] / other["width"] == pytest.approx(4, rel=0.1)
    ring = stem.locator(".sensitivity-ring").bounding_box()
    assert ring is not None
    assert ring["x"] + ring["width"] / 2 == pytest.approx(one["x"] + one["width"] / 2, abs=3)
    expect(stem).to_contain_text("+0.4")
    expect(stem).to_contain_text("75 B")
    expect(page.get_by_text("The worst:")).to_contain_text("in stem: +0.4 (+0.385 to +0.5)")


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
