"""The Layers tab, as people use it: the tree, its order and filter, the address, and what is missing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.recipe import SweepStep
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import forest
from core.testing.projects.planted_layers import (
    plant_weights,
    pruned,
    random_tensors,
    rounded,
    store_layers,
    weight_arrays,
)
from core.testing.projects.planting import plant
from tests.browser.conftest import served

NAMES = [
    "stem.weight", "stem.bias", *(f"layer{one}.{two}.conv.weight" for one in (1, 2) for two in (0, 1, 2)),
    "head.weight", "head.bias",
]  # fmt: skip


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where a base, two pruned models and one without anything stored are compared."""
    project = laboratory.project()
    ids = list(plant(laboratory.app, project, forest(4, bases=1)).values())
    plant_weights(laboratory.app, ids[:3], NAMES, [(pruned(0.5), 32), (rounded(7), 4)])
    with served(laboratory) as url:
        yield f"{url}/p/{project.slug}/compare?selected=2-4&baseline=1&tab=layers"


def labels(page: Page) -> list[str]:
    """Return the names of the rows from top to bottom."""
    page.locator(".layers-row").first.wait_for()
    found = page.locator(".layers-row").evaluate_all(
        "rows => rows.map(row => [row.offsetTop, row.querySelector('.layers-label').textContent])"
    )
    return [name for _, name in sorted(found)]


def open_layers(page: Page, address: str, more: str = "") -> None:
    page.goto(address + more)
    page.locator(".layers-row").first.wait_for()


def test_the_tab_opens_from_the_bar_and_shows_a_column_per_model(page: Page, address: str):
    page.goto(address.replace("&tab=layers", "&tab=metrics"))
    page.get_by_role("link", name="Layers", exact=True).click()
    heads = page.locator(".layers-heading")
    expect(heads).to_have_count(5)
    expect(heads.nth(1)).to_contain_text("baseline")
    expect(page.get_by_text("it was made elsewhere, and its weights are not here")).to_be_visible()
    assert labels(page)[:3] == ["stem", "weight", "bias"]


def test_figures_are_those_of_the_weights(page: Page, address: str):
    open_layers(page, address, "&layers=sparsity")
    row = page.locator(".layers-row", has=page.get_by_text("stem", exact=True))
    expect(row.locator(".layers-value")).to_have_text(["0.0 %", "50.0 %", re.compile(r"[\d.]+ %"), "\u2013"])
    canvas = row.locator("canvas").nth(1)
    inked = canvas.evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, c.height / 2, c.width, 1).data;"
        " let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3] && d[i] < 90) n += 1;"
        " return n / c.width; }"
    )
    assert inked == pytest.approx(0.5, abs=0.03)


def test_sorting_flat_rows_is_in_the_address_and_back_undoes_it(page: Page, address: str):
    open_layers(page, address)
    page.get_by_role("button", name="Flat").click()
    expect(page.get_by_text("10 rows")).to_be_visible()
    assert labels(page) == NAMES
    page.locator(".layers-heading button").nth(2).click()
    expect(page).to_have_url(re.compile("sorted=2&flat=1|flat=1&sorted=2"))
    shown = [float(text) for text in column(page, 1)]
    assert shown == sorted(shown, reverse=True)
    page.reload()
    assert [float(text) for text in column(page, 1)] == shown
    page.go_back()
    expect(page.locator(".layers-label").first).to_have_text(NAMES[0])
    assert labels(page) == NAMES
    page.go_back()
    expect(page.get_by_role("button", name="Nested")).to_have_attribute("aria-pressed", "true")


def column(page: Page, place: int) -> list[str]:
    page.locator(".layers-row").first.wait_for()
    found = page.locator(".layers-row").evaluate_all(
        "(rows, place) => rows.map(row => [row.offsetTop, "
        "row.querySelectorAll('.layers-value')[place].textContent])",
        place,
    )
    return [text for _, text in sorted(found)]


def test_a_regular_expression_filters_while_typing_and_a_wrong_one_keeps_the_rows(page: Page, address: str):
    open_layers(page, address)
    search = page.get_by_role("searchbox", name="Modules whose names match")
    search.fill("layer2.*conv.weight")
    expect(page.get_by_text("3 of 26 modules and tensors")).to_be_visible()
    assert labels(page) == ["layer2", "0", "conv", "weight", "1", "conv", "weight", "2", "conv", "weight"]
    search.fill("layer2[")
    expect(page.get_by_role("alert")).to_contain_text("No regular expression")
    assert len(labels(page)) == 10
    search.fill("")
    expect(page.get_by_role("alert")).to_be_hidden()
    search.fill("(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*!")
    expect(page.get_by_role("alert")).to_contain_text("takes longer than 1 s")
    search.fill("head")
    expect(page.get_by_text("3 of 26 modules and tensors")).to_be_visible()


def test_keys_move_open_and_close(page: Page, address: str):
    open_layers(page, address, "&module=layer1")
    grid = page.get_by_role("treegrid")
    grid.focus()
    row = page.locator(".layers-row.selected")
    expect(row).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(row.locator(".layers-label")).to_have_text("layer2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(row).to_have_attribute("aria-expanded", "false")
    expect(page).to_have_url(re.compile("module=layer2"))


def test_the_selected_row_grows_and_shows_every_figure(page: Page, address: str):
    open_layers(page, address)
    row = page.locator(".layers-row", has=page.get_by_text("stem", exact=True))
    before = row.bounding_box()
    row.locator(".layers-label").click()
    expect(row.locator(".layers-large")).to_have_count(4)
    after = row.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"] + 150
    lines = row.locator(".layers-cell").nth(2).locator(".layers-figure")
    labels_there = row.locator(".layers-cell").nth(0).locator(".layers-figure").all_inner_texts()
    values = dict(zip(labels_there, lines.all_inner_texts(), strict=True))
    assert values["Bits per weight [bit]"] == "32.0"
    assert float(values["SQNR [dB]"]) == pytest.approx(-20 * np.log10(float(values["Relative L2"])), abs=0.1)
    row.locator(".layers-large").nth(1).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("values")


def test_a_module_that_is_pressed_in_the_line_is_selected_in_the_tree(page: Page, address: str):
    open_layers(page, address)
    plot = page.locator(".layers-depth-plot svg")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] - 13, "y": 60})
    expect(page.locator(".layers-row.selected")).to_have_attribute("data-node", "25")
    expect(page).to_have_url(re.compile("module=head.bias"))


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_nothing_lies_outside_the_window(page: Page, address: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    open_layers(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in (".layers-depth", ".layers-card", ".layers-table"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_one_sentence_says_where_the_change_concentrates(page: Page, address: str):
    open_layers(page, address)
    expect(page.locator(".compare-insight")).to_have_text(
        re.compile(r"^palettize: .*[\d.]+ % of the squared change of the weights lie in \d of 10 tensors")
    )


@pytest.fixture
def swept(laboratory: Laboratory) -> Iterator[str]:
    """Where a base and a model that a worker of this catalogue pruned are compared."""
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5,)}),),))
    laboratory.play()
    plant_weights(laboratory.app, [base.id, ModelId(2)], NAMES, [(pruned(0.5), 32)])
    with served(laboratory) as url:
        yield f"{url}/p/{project.slug}/compare?selected=2&baseline=1&tab=layers"


def test_ticked_rows_become_a_recipe_in_the_drawer(page: Page, swept: str):
    open_layers(page, swept)
    page.get_by_role("checkbox", name="Choose layer1.0", exact=True).check()
    page.get_by_role("checkbox", name="Choose stem.bias", exact=True).check()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_role("button", name="Exclude these").click()
    dialog = page.get_by_role("dialog", name="New experiment")
    expect(dialog.get_by_role("textbox", name="Technique of step 1")).to_have_value("Magnitude pruning")
    expect(dialog.get_by_role("textbox", name="Sparsity")).to_have_value("0.5")
    rules = dialog.get_by_role("textbox", name="Never layers matching")
    expect(rules).to_have_value("^layer1\\.0(\\.|$)\n^stem(\\.|$)")


def test_a_technique_that_no_worker_offers_is_told(page: Page, swept: str):
    open_layers(page, swept)
    page.get_by_role("checkbox", name="Choose stem", exact=True).check()
    page.get_by_role("button", name="Restore these from the base").click()
    expect(page.get_by_text("restore-layers").first).to_be_visible()
    expect(page.get_by_role("dialog", name="New experiment")).to_be_hidden()


def test_how_sensitive_layers_are_is_measured_from_here(page: Page, swept: str, laboratory: Laboratory):
    page.goto(f"{swept}&layers=sensitivity")
    expect(page.get_by_text("it is not known how much each layer alone loses under its step")).to_be_visible()
    page.get_by_role("button", name="Try its step on one layer at a time").click()
    expect(page.get_by_text("1 run queued")).to_be_visible()
    laboratory.play()
    row = page.locator(".layers-row", has=page.get_by_text("stem", exact=True))
    expect(row.locator(".layers-value")).to_have_text(["\u2013", "\u221210.0"])
    expect(page.get_by_text("its step on one layer of model 1 at a time")).to_be_visible()


def test_what_is_shown_is_taken_away_as_csv_colours_and_picture(page: Page, address: str):
    open_layers(page, address, "&flat=1&pattern=head&sorted=2")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download what is shown as CSV").click()
    lines = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert {line["module"] for line in lines} == {"head.weight", "head.bias"}
    assert [line["model id"] for line in lines] == ["1", "2", "3"] * 2
    assert float(lines[1]["Relative L2"]) >= float(lines[4]["Relative L2"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the figure as node colours for Model Explorer").click()
    told = json.loads(download.value.path().read_text())
    assert all(graph["results"]["head/bias"]["bgColor"].startswith("#") for graph in told.values())
    with page.expect_download() as download:
        page.get_by_role("button", name="Save over depth as SVG").click()
    drawn = ET.parse(download.value.path())
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}path")) == 2


def many(arrays: Arrays, names: list[str]) -> Arrays:
    """Return the rows of a few tensors over and over, under these names."""
    times = len(names) // len(arrays["parameter"])
    found = {key: np.concatenate([rows] * times) for key, rows in arrays.items() if key != "baseline"}
    modules = [name.rpartition(".")[0] for name in names]
    return found | {
        "baseline": arrays["baseline"],
        "parameter": np.array(names),
        "module": np.array(modules),
    }


def test_five_thousand_modules_are_shown_to_the_last(page: Page, laboratory: Laboratory):
    project = laboratory.project()
    ids = list(plant(laboratory.app, project, forest(2, bases=1)).values())
    names = [f"blocks.{block}.experts.{expert}.weight" for block in range(50) for expert in range(100)]
    few = random_tensors(names[:10])
    after = {name: pruned(0.5)(name, values) for name, values in few.items()}
    store_layers(laboratory.app, ids[0], LayerKind.WEIGHTS, many(weight_arrays(few, None, None), names))
    store_layers(laboratory.app, ids[1], LayerKind.WEIGHTS, many(weight_arrays(after, few, ids[0]), names))
    with served(laboratory) as url:
        open_layers(page, f"{url}/p/{project.slug}/compare?selected=2&baseline=1&tab=layers", "&flat=1")
        expect(page.get_by_text("5,000 rows")).to_be_visible()
        assert page.locator(".layers-row").count() < 60
        page.get_by_role("treegrid").focus()
        page.keyboard.press("End")
        expect(page.locator(".layers-row.selected .layers-label")).to_have_text(names[-1])
        expect(page.locator(".layers-row.selected")).to_be_in_viewport()
        page.get_by_role("searchbox").fill(r"blocks\.7\.experts\.\d\.")
        expect(page.get_by_text("10 of 5,000 rows")).to_be_visible()
