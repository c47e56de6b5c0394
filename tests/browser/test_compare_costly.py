"""What costs more than the page arrives later: the page is there at once, and then the divergences are."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.comparison.behaviour.divergence import divergence
from core.domain.recipe import SweepStep
from core.services.behaviour import divergences
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from tests.browser.conftest import served

LABELS = [0, 1] * 20


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Count nothing as computed quickly, and let each divergence wait for a release."""
    turns = threading.Semaphore(0)

    def slowly(before, after):
        assert turns.acquire(timeout=60)
        return divergence(before, after)

    monkeypatch.setattr(divergences, "AT_ONCE", 0)
    monkeypatch.setattr(divergences, "divergence", slowly)
    yield turns
    turns.release(16)


@pytest.fixture
def address(laboratory: Laboratory, let_go: threading.Semaphore) -> Iterator[str]:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    for model, sure in zip(list_models(laboratory.app, project.id), (0.9, 0.8, 0.6), strict=True):
        rows = [[sure, 1 - sure] if label == 0 else [1 - sure, sure] for label in LABELS]
        answer(laboratory, model.id, LABELS, LABELS, class_names=("a", "b"), probabilities=rows)
    with served(laboratory) as url:
        yield f"{url}/p/digits/compare?selected=2.3"


def test_divergences_follow_the_page_with_progress(page: Page, address: str, let_go: threading.Semaphore):
    page.goto(address)
    expect(page.locator(".compare-groups tbody tr:not(.compare-overall)")).to_have_count(2)
    told = page.get_by_role("status").filter(has_text="Comparing probabilities")
    expect(told).to_have_text("Comparing probabilities: 0 of 2 models")
    let_go.release()
    expect(told).to_have_text("Comparing probabilities: 1 of 2 models")
    let_go.release()
    row = page.locator(".compare-overall", has=page.get_by_role("rowheader", name=re.compile("^KL mean")))
    expect(row.locator("td").nth(2)).to_contain_text(re.compile(r"0\.036"))  # 0.9 ln 9/8 + 0.1 ln 1/2
    expect(told).to_have_count(0)
    page.get_by_role("link", name="Share right").click()
    expect(page.locator(".compare-switch.current", has_text="Share right")).to_be_visible()
    expect(row).to_be_visible()  # kept
    expect(told).to_have_count(0)


def test_a_page_that_moved_on_stays(page: Page, address: str, let_go: threading.Semaphore):
    page.goto(address)
    expect(page.get_by_text("Comparing probabilities: 0 of 2 models")).to_be_visible()
    page.get_by_role("link", name="Metrics", exact=True).click()
    expect(page.locator(".compare-metric").first).to_be_visible()
    let_go.release(2)
    page.get_by_role("link", name="Behaviours", exact=True).click()
    expect(page.get_by_role("rowheader", name=re.compile("^KL mean"))).to_be_visible()
