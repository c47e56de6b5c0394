"""The Compare page, as people use it: which group was hurt, sorting, Back, links, baseline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Page, expect

from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from tests.browser.conftest import served

SVG = "{http://www.w3.org/2000/svg}"
MINUS = "\N{MINUS SIGN}"
CLASSES = ("common", "rare", "usual")
LABELS = [0] * 100 + [1] * 100 + [2] * 100
RIGHT = [(98, 90, 95), (98, 88, 95), (90, 20, 95), (97, 41, 95)]


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where a base and three pruned models are compared, the last of which lost the rare class."""
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.3, 0.5, 0.9)}),),))
    laboratory.play()
    for model, right in zip(list_models(laboratory.app, project.id), RIGHT, strict=True):
        predictions = [
            label if position < right[label] else (label + 1) % 3
            for label in range(3)
            for position in range(100)
        ]
        answer(laboratory, model.id, LABELS, predictions, class_names=CLASSES)
    with served(laboratory) as url:
        yield f"{url}/p/{project.slug}/compare"


def rows(page: Page) -> list[str]:
    """Return the names of the groups from top to bottom."""
    return page.locator(".compare-groups tbody tr:not(.compare-overall) th").all_inner_texts()


def test_the_group_that_was_hurt_is_named_and_seen(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    sentence = page.locator(".compare-insight")
    expect(sentence).to_contain_text(
        re.compile(r"loses 70 points on class rare \(n = 100, 95 % interval \d+ to \d+\)")
    )
    expect(sentence).to_contain_text("falls by 26")
    row = page.locator(".compare-groups tr", has=page.get_by_role("rowheader", name="rare", exact=True))
    expect(row.locator("td").nth(3)).to_have_text(f"{MINUS}70.0 *")
    bar = row.locator("td").nth(3).locator(".compare-bar-of > span").bounding_box()
    unhurt = row.locator("td").nth(2).locator(".compare-bar-of > span").bounding_box()
    assert bar is not None
    assert unhurt is not None
    assert bar["width"] > 10 * unhurt["width"]
    matrix = page.locator(".compare-confusion tr", has=page.get_by_role("rowheader", name="rare", exact=True))
    expect(matrix.locator("td")).to_have_text(["", f"{MINUS}70", "+70"])


def test_sorting_is_in_the_address_and_back_undoes_it(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    expect(page.locator(".compare-insight")).to_be_visible()
    assert rows(page) == ["common", "rare", "usual"]
    page.locator("thead .compare-sort").nth(3).click()
    expect(page).to_have_url(re.compile("sort=3"))
    expect(page.locator(".compare-groups tbody tr:not(.compare-overall) th").first).to_have_text("rare")
    assert "baseline" not in page.url
    page.reload()
    expect(page.locator(".compare-groups tbody tr:not(.compare-overall) th").first).to_have_text("rare")
    page.go_back()
    expect(page.locator(".compare-groups tbody tr:not(.compare-overall) th").first).to_have_text("common")


def test_models_are_removed_added_and_the_baseline_changed(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    chips = page.locator(".compare-chip")
    expect(chips).to_have_count(3)
    chips.nth(1).get_by_role("link").click()
    expect(chips).to_have_count(2)
    expect(page).to_have_url(re.compile(r"selected=2\.4"))
    page.get_by_role("textbox", name="Add a model").click()
    page.get_by_role("option").first.click()
    expect(chips).to_have_count(3)
    page.get_by_role("textbox", name="Baseline").click()
    page.get_by_role("option", name=re.compile("0.3")).click()
    expect(page).to_have_url(re.compile("baseline=2"))
    expect(page.locator(".compare-table thead")).to_contain_text("baseline")


def test_a_page_without_models_says_what_to_do(page: Page, address: str):
    page.goto(address)
    expect(page.get_by_text("Choose models to compare")).to_be_visible()
    page.get_by_role("link", name="Go to the Overview").click()
    expect(page).to_have_url(re.compile("/overview"))


def test_models_that_are_not_in_the_project_are_named_and_left_out(
    page: Page, address: str, laboratory: Laboratory
):
    other = laboratory.base(laboratory.project("Other", "other"), "stranger", seed=7)
    laboratory.play()
    page.goto(f"{address}?selected=2-4.{other.id}.99")
    expect(page.get_by_text(f"Not in this project, or deleted: model {other.id}, 99.")).to_be_visible()
    expect(page.locator(".compare-chip")).to_have_count(3)
    expect(page.locator("body")).not_to_contain_text("stranger")
    page.goto(f"{address}?selected=99")
    expect(page.get_by_text("Choose models to compare")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_nothing_lies_outside_the_window(page: Page, address: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}?selected=2-4")
    expect(page.locator(".compare-insight")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in (".compare-groups", ".compare-where", ".compare-bar"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_metrics_are_dots_whose_places_are_their_values(page: Page, address: str):
    page.goto(f"{address}?selected=2-4&tab=metrics")
    card = page.locator(".compare-metric", has=page.get_by_role("heading", name=re.compile("Top-1 accuracy")))
    expect(card.get_by_role("heading")).to_contain_text("worse in 2 of 3 models")
    expect(page.locator(".compare-insight")).to_contain_text(f"{MINUS}26.0 pts")
    plot, dots = card.locator(".compare-dot-plot").first.bounding_box(), card.locator(".compare-dot")
    assert plot is not None
    centres = [
        box["x"] + box["width"] / 2 for box in (dots.nth(each).bounding_box() for each in range(4)) if box
    ]
    shares = [sum(right) / 300 for right in RIGHT]
    distances = [(centre - centres[0]) / (centres[3] - centres[0]) for centre in centres]
    wanted = [(share - shares[0]) / (shares[3] - shares[0]) for share in shares]
    assert distances == pytest.approx(wanted, abs=0.02)
    assert plot["x"] <= min(centres)
    assert max(centres) <= plot["x"] + plot["width"]
    row = card.locator("tr", has=page.get_by_role("rowheader", name=re.compile("0.3")))
    expect(row).to_contain_text("not significant")


@pytest.mark.parametrize("width", [1280, 1440])
def test_cards_of_metrics_cut_no_column(page: Page, address: str, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}?selected=2-4&tab=metrics")
    expect(page.locator(".compare-metric").first).to_contain_text("Recovery")
    beyond = "cards => cards.map(card => card.scrollWidth - card.clientWidth)"
    assert set(page.locator(".compare-metric").evaluate_all(beyond)) == {0}


def test_tabs_keep_the_models_and_back_returns(page: Page, address: str):
    page.goto(f"{address}?selected=2-4&baseline=2")
    page.get_by_role("link", name="Metrics", exact=True).click()
    expect(page).to_have_url(re.compile("tab=metrics"))
    expect(page.locator(".compare-chip")).to_have_count(3)
    expect(page.locator(".compare-baseline").first).to_contain_text("0.3")
    page.go_back()
    expect(page.locator(".compare-groups")).to_be_visible()


def test_models_are_compared_from_the_overview_which_keeps_its_selection(page: Page, address: str):
    overview = address.replace("/compare", "/overview")
    page.goto(f"{overview}?selected=2-4")
    page.get_by_role("link", name="Compare 3 models", exact=True).first.click()
    expect(page.locator(".compare-chip")).to_have_count(3)
    page.go_back()
    expect(page.get_by_role("link", name="Compare 3 models", exact=True).first).to_be_visible()


def test_models_of_an_experiment_are_compared(page: Page, address: str):
    page.goto(f"{address}?experiment=1")
    expect(page.locator(".compare-chip")).to_have_count(3)
    page.locator(".compare-chip").first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"selected=3\.4"))


def test_groups_are_found_and_filter_the_instances(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    page.get_by_role("link", name="Found", exact=True).click()
    expect(page).to_have_url(re.compile("by=%40found"))
    row = page.locator(".compare-groups tbody tr:not(.compare-overall)").first
    expect(row.get_by_role("rowheader")).to_contain_text("class rare")
    expect(row.get_by_role("rowheader")).to_contain_text("more than elsewhere")
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(page.locator(".compare-filter")).to_contain_text("class rare")


def test_the_report_and_what_is_shown_are_downloaded(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    expect(page.locator(".compare-insight")).to_be_visible()
    with page.expect_download() as report:
        page.get_by_role("button", name="Download a report on these models").click()
    assert "loses 70 points on class rare" in report.value.path().read_text()
    with page.expect_download() as table:
        page.get_by_role("button", name="Download what is shown as CSV").click()
    assert "class,rare,100,0.9,3," in table.value.path().read_text()


def test_a_plot_is_saved_as_shapes_and_as_a_picture(page: Page, address: str):
    page.goto(f"{address}?selected=2-4&tab=metrics")
    card = page.locator(".compare-metric").first
    with page.expect_download() as drawing:
        card.get_by_role("button", name="Save Top-1 accuracy as SVG").click()
    assert drawing.value.suggested_filename == "top-1-accuracy.svg"
    root = ET.fromstring(drawing.value.path().read_text())
    texts = "".join(each.text or "" for each in root.iter(f"{SVG}text"))
    assert "Top-1 accuracy" in texts
    assert f"{MINUS}26.0 pts" in texts
    dots = [each for each in root.iter(f"{SVG}rect") if each.get("rx") == "4.00"]  # inside a border of 2 px
    places = [float(each.get("x", "nan")) for each in dots]
    shares = [sum(right) / 300 for right in RIGHT]
    wanted = [(share - shares[0]) / (shares[2] - shares[0]) for share in shares]
    assert [(place - places[0]) / (places[2] - places[0]) for place in places] == pytest.approx(
        wanted, abs=0.02
    )
    with page.expect_download() as picture:
        card.get_by_role("button", name="Save Top-1 accuracy as PNG").click()
    content = picture.value.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    width = int.from_bytes(content[16:20], "big")
    assert width == 2 * int(root.get("width", "0"))


def test_predictions_come_in_from_the_page(page: Page, address: str, laboratory: Laboratory):
    page.goto(f"{address}?selected=2-4")
    expect(page.locator(".compare-insight")).to_be_visible()
    page.get_by_role("button", name="Import predictions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model that made them").click()
    page.get_by_role("option", name=re.compile("0.9")).click()
    right = ["id,prediction", *(f"{place},{CLASSES[label]}" for place, label in enumerate(LABELS))]
    upload(page, [*right[:2], "1,strange", *right[3:]])
    expect(dialog.get_by_text("predictions.csv", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text(
        "Line 3, column prediction: there is no class 'strange'"
    )
    upload(page, right)
    expect(dialog.get_by_role("alert")).to_have_count(0)  # the other file has come in
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported 300 predictions of model 4, 300 of them right.")).to_be_visible()
    row = page.locator(".compare-all")
    expect(row.locator("td").nth(4)).to_contain_text("+5.7")  # 283 of 300 were right before


def upload(page: Page, lines: list[str]) -> None:
    content = "\n".join(lines).encode()
    file = {"name": "predictions.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("#compare-import-file input[type=file]").set_input_files([file])


def test_how_alike_models_are_is_seen(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    cells = page.locator(".compare-alike td")
    expect(cells.first).to_be_visible()
    assert cells.all_inner_texts()[1] == "99.3"  # 2 of 300 predictions differ
    fills = page.locator(".compare-alike td[style]").evaluate_all(
        "cells => cells.map((cell) => getComputedStyle(cell).backgroundColor)"
    )
    assert len(set(fills)) > 2


def test_names_of_classes_are_corrected(page: Page, address: str):
    page.goto(f"{address}?selected=2-4")
    page.get_by_role("button", name="Correct class names").click()
    dialog = page.get_by_role("dialog")
    names = dialog.get_by_label("One name per line")
    expect(names).to_have_value("common\nrare\nusual")
    names.fill("common\ncommon\nusual")
    dialog.get_by_role("button", name="Save names").click()
    expect(dialog).to_contain_text("Two classes are called 'common'")
    names.fill("common\nseldom\nusual")
    dialog.get_by_role("button", name="Save names").click()
    expect(page.get_by_role("rowheader", name="seldom").first).to_be_visible()
    expect(page.locator(".compare-insight")).to_contain_text("on class seldom")
