"""Figures near the ends of what a float can hold do not take the Overview away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.domain.studies.document import study_of
from core.services.imports.studies import import_study
from core.testing.browser.seen import ink, marks_inside, nodes_in_map, points_in_plot, wait_until_drawn
from core.testing.laboratory import Laboratory


def study(*values: float) -> dict[str, object]:
    step = {"name": "prune", "parameters": {"amount": 0.5}}
    models = [
        {
            "id": f"m{at}",
            "base": "m0" if at else None,
            "operation": {**step, "parameters": {"amount": at / 8}},
        }
        | {"metrics": {"acc": value, "size": values[-1 - at]}}
        for at, value in enumerate(values)
    ]
    models[0]["operation"] = None
    return {"operations": [], "metrics": [{"name": "acc"}, {"name": "size"}], "models": models}


@pytest.mark.parametrize(
    ("values", "query"),
    [
        ((1e308, -1e308, 3.0), "?x=size&y=acc&colour=acc&size=acc"),
        ((1e308, 5e-324, 3.0), "?x=size&y=acc&colour=none&size=none&log=x.y"),
        ((1e308, 5e-324, 3.0), "?x=size&y=acc&colour=size&size=size"),
        ((5e-324, 0.0, 1e-323), "?x=size&y=acc&colour=acc&size=acc"),
    ],
    ids=["far apart", "log", "linear", "tiny"],
)
def test_map_plots_filter_and_bars_are_drawn(
    page: Page, address: str, laboratory: Laboratory, values: tuple[float, ...], query: str
) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 500 else None)
    project = import_study(laboratory.app, study_of(study(*values)), name="Odd").project
    page.goto(f"{address}/p/{project.slug}/overview{query}")
    wait_until_drawn(page)
    ids = page.evaluate("() => cnc.map.state.scene.nodes.map(node => node.id)")
    assert points_in_plot(page) == {int(one) for one in ids}
    assert nodes_in_map(page) == set(ids)
    page.evaluate("ids => cnc.selection.set(ids, '')", ids)
    expect(page.locator("#overview-charts .ov-dot").first).to_be_visible()
    dots = [marks_inside(chart, ".ov-dot circle") for chart in page.locator("#overview-charts svg").all()]
    assert all(dots)
    assert "NaN" not in page.inner_html("#overview-charts")
    page.goto(f"{page.url}&tab=filter&filter=metric%3Aacc%3D..&plot=parallel")
    wait_until_drawn(page)
    assert ink(page.locator("#overview-parallel canvas")) > 0.005
    page.get_by_role("tab", name="Table").click()
    expect(page.locator(".ag-row").first).to_be_visible()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    assert wrong == []
