"""A Compare page that opens is drawn once, and from few components, which Dash looks at with every change."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer

MOST_COMPONENTS = 250
"""Of all answers together; several times that as long as each element was one."""


@pytest.fixture
def models(laboratory: Laboratory) -> tuple[int, int]:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play()
    for model_id, given in ((1, [0, 1, 0, 1]), (2, [0, 1, 1, 1])):
        answer(laboratory, model_id, [0, 1, 0, 1], given, class_names=("no", "yes"))
    return 1, 2


def test_a_page_that_opens_is_drawn_once(page: Page, address: str, models: tuple[int, int]) -> None:
    drawn: list[str] = []
    components: list[int] = []

    def count(response: Response) -> None:
        if "/_dash-update-component" in response.url and response.status == 200:
            told = response.json().get("response", {})
            drawn.extend(
                part for part in ("compare-root", "compare-instances") if "children" in told.get(part, {})
            )
            components.append(response.text().count('"namespace"'))

    page.on("response", count)
    page.goto(f"{address}/p/digits/compare?selected={models[1]}&tab=behaviours")
    expect(page.locator(".compare-instances")).to_be_visible()
    page.wait_for_function("() => Boolean(window.cnc?.live)")
    page.wait_for_load_state("networkidle")
    assert sorted(drawn) == ["compare-instances", "compare-root"]
    assert sum(components) < MOST_COMPONENTS
