"""A search is started in the drawer, and followed on the Queue page and the card of a model."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core.domain.ids import ExperimentId
from core.services.experiments.lifecycle import get_progress
from core.services.search.advancing import advance_searches
from core.testing.laboratory import Laboratory


def test_a_search_is_started_and_followed(page: Page, address: str, laboratory: Laboratory) -> None:
    laboratory.base(laboratory.project())
    laboratory.play()
    page.goto(f"{address}/p/digits/queue")
    page.get_by_role("button", name="+ New experiment").click()
    drawer = page.get_by_role("dialog", name="New experiment")
    page.get_by_role("textbox", name="Technique of step 1").last.click()
    page.get_by_role("option", name="Magnitude pruning").last.click()
    drawer.get_by_role("textbox", name="Sparsity").fill("0.1, 0.2, 0.3, 0.4, 0.5, 0.6")
    drawer.locator(".selection").get_by_text("Search", exact=True).click()
    expect(page.locator("#new-experiment-search-goal-0")).to_have_value("File size, smallest")
    expect(page.locator("#new-experiment-search-limit-0")).to_have_value(
        "Top-1 accuracy \N{MIDDLE DOT} recovery, at least"
    )
    page.locator("#new-experiment-search-limit-value-0").fill("98 km")
    expect(drawer.get_by_text("'km' is not a unit of Top-1 accuracy", exact=False)).to_be_visible()
    page.locator("#new-experiment-search-limit-value-0").fill("98 %")
    page.locator("#new-experiment-search-models").fill("3")
    told = "Tries at most 3 of 6 combinations, 2 at once, until 10 in a row improve nothing."
    expect(drawer.locator(".plan-verdict")).to_have_text(told)
    drawer.get_by_role("button", name="Start the search").click()
    expect(page.get_by_text("Search started: at most 3 models of 6 combinations.")).to_be_visible()
    while laboratory.play_one():
        advance_searches(laboratory.app)
    page.goto(f"{address}/p/digits/queue?experiment=1")
    bar = page.locator("#queue-experiment-bar")
    expect(bar).to_contain_text("Looks for the smallest file size with top-1 accuracy")
    expect(bar).to_contain_text("3 of at most 3 models, best so far model ")
    expect(bar).to_contain_text("Ended: 3 models tried, as many as it may.")
    expect(bar.locator(".trials tbody tr")).to_have_count(3)
    expect(bar.locator(".trials .best")).to_contain_text(
        re.compile(r"best so far.*sparsity 0\.\d of 0\.1\.\.0\.6")
    )
    search = get_progress(laboratory.app, ExperimentId(1)).search
    assert search is not None
    bar.locator(".trials .best a").click()
    card = page.get_by_role("heading", name="Why it was tried").locator("..")
    expect(card).to_contain_text(search.standing.best[-1].reason)
