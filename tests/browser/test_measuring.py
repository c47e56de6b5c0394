"""Measure models again from the card, from a selection, and where values are missing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.domain.ids import ModelId
from core.domain.queue.run import RunKind
from core.services.measurements.protocol import ProtocolChange, change_protocol
from core.services.queue import runs
from core.services.queue.runs import RunQuery
from core.testing.browser.seen import points_in_plot
from core.testing.laboratory import Laboratory
from core.testing.running import wait_for


def last_runs(laboratory: Laboratory, kind: RunKind) -> list[tuple[ModelId, object, object]]:
    rows = runs.list_runs(laboratory.app, RunQuery(kinds=frozenset({kind})))
    queued = [row.run for row in rows if row.run.status.value == "queued"]
    return [(run.model_id, run.payload.get("instances"), run.payload.get("precision")) for run in queued]


def test_one_model_is_evaluated_on_fewer_instances(page: Page, address: str, laboratory: Laboratory) -> None:
    laboratory.base(laboratory.project())
    laboratory.play()
    page.goto(f"{address}/p/digits/overview?selected=1")
    page.get_by_role("button", name="Measure again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 model will be measured, one run each.")
    dialog.get_by_label("Instances at most").fill("many")
    dialog.get_by_role("button", name="Queue").click()
    expect(dialog).to_contain_text("many is no whole number")
    dialog.get_by_label("Instances at most").fill("128")
    dialog.get_by_role("textbox", name="Precision").click()
    page.get_by_role("option", name="bfloat16").click()
    dialog.get_by_role("button", name="Queue").click()
    expect(page.get_by_text("1 run queued")).to_be_visible()
    assert last_runs(laboratory, RunKind.EVALUATE) == [(1, 128, "bfloat16")]


def test_models_without_a_value_are_evaluated_from_the_legend(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play(7)  # the base and four more are made, only the base is measured
    page.goto(f"{address}/p/digits/overview")
    legend = page.locator("#overview-map-legend")
    expect(legend).to_contain_text("no value: 4")
    expect(legend.get_by_role("button")).to_have_count(0)  # they are about to be measured
    rows = runs.list_runs(laboratory.app, RunQuery(kinds=frozenset({RunKind.EVALUATE, RunKind.PROFILE})))
    runs.cancel_runs(laboratory.app, [row.run.id for row in rows if row.run.status.value != "succeeded"])
    page.get_by_role("button", name="Measure them").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("4 models will be measured, one run each.")
    dialog.get_by_role("button", name="Queue").click()
    expect(page.get_by_text("4 runs queued")).to_be_visible()
    assert len(last_runs(laboratory, RunKind.EVALUATE)) == 4


@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)], ids=["1280", "1440"])
def test_a_protocol_without_values_says_so_and_measures_under_it(
    page: Page, address: str, laboratory: Laboratory, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    laboratory.play()
    change_protocol(laboratory.app, project.id, ProtocolChange(split="train", instances=3))
    page.goto(f"{address}/p/digits/overview")
    said = "29 models have not been measured on train"
    plot, notice = page.locator(".ov-plot-empty"), page.locator("#overview-map-notice")
    for place in (plot, notice):
        expect(place).to_contain_text(said)
        expect(place).to_be_in_viewport(ratio=1)
    expect(
        page.locator("#overview-scatter")
    ).to_be_hidden()  # neither axes nor an outline of what will not come
    plot.get_by_role("button", name="Measure them").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("29 models will be measured, one run each.")
    expect(dialog.get_by_role("textbox", name="Split")).to_have_value("train")
    expect(dialog.get_by_label("Instances at most")).to_have_value("3")
    dialog.get_by_role("button", name="Queue").click()
    expect(page.get_by_text("29 runs queued")).to_be_visible()
    expect(plot).to_have_count(0)
    laboratory.play()
    wait_for("all points", lambda: page.wait_for_timeout(200) or len(points_in_plot(page)) == 29, within_s=30)
    expect(notice).to_be_empty()


def test_a_double_click_makes_one_thing(page: Page, address: str, laboratory: Laboratory) -> None:
    laboratory.base(laboratory.project())
    laboratory.play()
    page.goto(f"{address}/p/digits/overview")
    expect(page.locator("#overview-count")).to_have_text("1 model")
    page.get_by_role("button", name="Views").click()
    name = page.get_by_label("Name of this view")
    name.fill("mine")
    page.get_by_role("button", name="Save this view").dblclick()
    expect(page.locator("#overview-view-list a")).to_have_text(["mine"])
    expect(name).to_have_value("")
    expect(name).not_to_have_attribute("aria-invalid", "true")
