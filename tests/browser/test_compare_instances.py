"""Instances on the Compare page: what filters show, pictures that are seen, one enlarged, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.domain.ids import ModelId
from core.domain.queue.run import RunKind
from core.domain.recipe import SweepStep
from core.services.behaviour.behaviour import behaviour
from core.services.behaviour.instance_groups import save_group
from core.services.models.models import list_models
from core.services.queue.runs import list_runs
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_pictures, keep_texts
from tests.browser.conftest import served

CLASSES = ("plain", "a, b", "<b>\N{PILE OF POO}</b>")
LABELS = [0] * 30 + [1] * 30 + [2] * 30
RIGHT = [(29, 27, 29), (28, 10, 29)]


def predictions(right: tuple[int, int, int]) -> list[int]:
    return [label if place < right[label] else (label + 1) % 3 for label in range(3) for place in range(30)]


def probabilities(given: list[int]) -> list[list[float]]:
    return [[0.8 if one == index else 0.1 for index in range(3)] for one in given]


@pytest.fixture
def shown(laboratory: Laboratory) -> list[int]:
    """Ids of a base and a pruned model that lost 17 of the class `a, b`, with a grey square per instance."""
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    for model_id, right in zip(ids, RIGHT, strict=True):
        given = predictions(right)
        answer(laboratory, model_id, LABELS, given, class_names=CLASSES, probabilities=probabilities(given))
    keep_pictures(laboratory.app, project.datasets[0].id, [40 + 2 * place for place in range(90)])
    return ids


@pytest.fixture
def address(laboratory: Laboratory, shown: list[int]) -> Iterator[str]:
    with served(laboratory) as url:
        yield f"{url}/p/digits/compare?selected={shown[1]}"


def labels(page: Page) -> list[str]:
    return page.locator(".instance-grid figcaption strong").all_inner_texts()


def test_a_click_on_a_move_shows_those_pictures(page: Page, address: str):
    page.goto(address)
    expect(page.locator(".compare-instances h2")).to_have_text("90 instances")
    page.locator(".compare-moves").get_by_role("link").first.click()
    expect(page.locator(".compare-instances h2")).to_have_text("17 of 90 instances")
    assert labels(page) == ["a, b"] * 17
    expect(page.locator(".compare-filter")).to_contain_text("a, b")
    sizes = page.eval_on_selector_all(".instance-picture", "all => all.map(one => one.naturalWidth)")
    assert sizes == [8] * 17
    page.wait_for_function(
        "() => document.querySelector('.compare-instances').getBoundingClientRect().top < innerHeight / 2"
    )
    page.locator(".compare-filter").get_by_role("link", name=re.compile("^Remove the filter .*a, b")).click()
    expect(page.locator(".compare-instances h2")).to_have_text("90 instances")


def test_the_pixels_are_those_of_the_instance(page: Page, address: str):
    page.goto(f"{address}&chips=ids%3A31.png")
    expect(page.locator(".instance-grid li")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('.instance-picture').complete")
    shade = page.evaluate(
        """() => {
          const image = document.querySelector(".instance-picture");
          const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(4, 4, 1, 1).data[0];
        }"""
    )
    assert shade == 40 + 2 * 31


def test_rows_and_cells_filter_and_filters_are_anded(page: Page, address: str):
    page.goto(address)
    page.locator(".compare-groups").get_by_role("link", name="a, b", exact=True).click()
    expect(page.locator(".compare-instances h2")).to_have_text("30 of 90 instances")
    page.locator(".compare-confusion").get_by_role("link", name="+17").click()
    expect(page.locator(".compare-instances h2")).to_have_text("20 of 90 instances")  # 3 were there before
    expect(page.locator(".compare-filter")).to_have_count(2)
    page.get_by_role("textbox", name="Search text or id").fill("35.p")
    page.keyboard.press("Enter")
    expect(page.locator(".compare-filter")).to_have_count(3)
    expect(page.get_by_text("No instance passes all filters.")).to_be_visible()
    page.get_by_role("link", name="Remove all filters").click()
    expect(page.locator(".compare-instances h2")).to_have_text("90 instances")


def test_pages_turn_and_the_order_is_in_the_address(page: Page, address: str):
    page.goto(address)
    expect(page.locator(".instance-grid li")).to_have_count(24)
    assert labels(page)[:18] == ["plain"] + ["a, b"] * 17  # right before and wrong now come first
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".compare-pager")).to_contain_text("page 2 of 4")
    page.get_by_role("link", name="As in the data").click()
    expect(page.locator(".compare-pager")).to_contain_text("page 1 of 4")
    expect(page).to_have_url(re.compile("order=data"))
    expect(page.locator(".instance-grid figure").first).to_have_attribute("title", "0.png")
    page.go_back()
    expect(page.locator(".compare-pager")).to_contain_text("page 2 of 4")


def test_one_instance_is_enlarged_and_keys_lead_on(page: Page, address: str):
    page.goto(f"{address}&order=data")
    page.get_by_role("link", name="Enlarge 1.png", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 of 90")
    expect(dialog.locator("tbody tr")).to_have_count(4)  # the prediction and three classes
    row = dialog.locator("tr", has=page.get_by_role("rowheader", name="plain", exact=True))
    expect(row.locator("td").first).to_contain_text("80.0 %")
    widths = dialog.locator(".instance-bar > span").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert widths[0] == pytest.approx(8 * widths[2], rel=0.05)
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("3 of 90")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("2 of 90")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("1 of 90")
    box = dialog.bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size["height"]
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name="Enlarge 1.png", exact=True)).to_be_focused()


def test_deleted_pictures_are_said_and_can_be_made_again(page: Page, address: str, laboratory: Laboratory):
    with laboratory.app.unit_of_work() as uow:
        project = uow.projects.find("digits")
        assert project is not None
        found = uow.instances.of(project.datasets[0].id, "test", "same data")
    assert found is not None
    laboratory.app.artifacts.delete(found.packs[0])
    page.goto(address)
    expect(page.get_by_text("Pictures of these instances were deleted.")).to_be_visible()
    page.get_by_role("button", name="Keep them now").click()
    expect(page.get_by_text(re.compile(r"Run \d+ is queued."))).to_be_visible()
    kinds = [row.run.kind for row in list_runs(laboratory.app)]
    assert kinds.count(RunKind.INSTANCES) == 1


def test_instances_without_anything_kept_are_listed_all_the_same(
    page: Page, address: str, laboratory: Laboratory, shown: list[int]
):
    for model_id, right in zip(shown, RIGHT, strict=True):
        answer(
            laboratory, model_id, LABELS, predictions(right), class_names=CLASSES, fingerprint="other data"
        )
    page.goto(address)
    expect(page.get_by_text("Pictures and texts of these instances were not kept yet.")).to_be_visible()
    expect(page.locator(".instance-texts tbody tr")).to_have_count(24)


def test_texts_are_shown_with_every_answer(
    page: Page, address: str, laboratory: Laboratory, shown: list[int]
):
    for model_id, right in zip(shown, RIGHT, strict=True):
        answer(laboratory, model_id, LABELS, predictions(right), class_names=CLASSES, fingerprint="texts")
    with laboratory.app.unit_of_work() as uow:
        project = uow.projects.find("digits")
    assert project is not None
    texts = [
        f"review {place} <script>alert(1)</script> \N{SMILING FACE WITH SUNGLASSES}" for place in range(90)
    ]
    keep_texts(laboratory.app, project.datasets[0].id, texts, fingerprint="texts")
    page.goto(f"{address}&order=data")
    rows = page.locator(".instance-texts tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.first.locator("td").first).to_have_text(texts[0])
    expect(rows.first.locator("td").nth(2)).to_have_text("plain")


@pytest.mark.parametrize("width", [1280, 1440])
def test_nothing_lies_outside_the_window(page: Page, address: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    expect(page.locator(".instance-grid li")).to_have_count(24)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in (*page.locator(".instance-grid figure").all(), page.locator(".compare-instances")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width


def middle(page: Page, model: int, share: float) -> tuple[float, float]:
    """Return the point of a histogram's plot area that lies at a share of its width."""
    plot = page.locator(f".histogram[data-model='{model}']")
    plot.evaluate("one => one.scrollIntoView({ block: 'center' })")
    box = plot.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def drag(page: Page, model: int, first: float, last: float) -> None:
    page.mouse.move(*middle(page, model, first))
    page.mouse.down()
    page.mouse.move(*middle(page, model, (first + last) / 2))
    page.mouse.move(*middle(page, model, last))
    page.mouse.up()


def test_brushes_of_two_models_are_anded_and_bars_are_seen(
    page: Page, laboratory: Laboratory, shown: list[int]
):
    sure = [[0.9, 0.05, 0.05]] * 60 + [[0.4, 0.3, 0.3]] * 30
    unsure = [[0.9, 0.05, 0.05]] * 20 + [[0.4, 0.3, 0.3]] * 70
    for model_id, rows in zip(shown, (sure, unsure), strict=True):
        answer(laboratory, model_id, LABELS, [0] * 90, class_names=CLASSES, probabilities=rows)
    with served(laboratory) as url:
        page.goto(f"{url}/p/digits/compare?selected={shown[1]}&quantity=confidence")
        expect(page.locator(".histogram")).to_have_count(2)
        heights = page.locator(f".histogram[data-model='{shown[1]}'] .all").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height)"
        )
        assert sorted(heights) == pytest.approx([16, 56], abs=2)  # 20 and 70 of at most 70 in 56 pixels
        drag(page, shown[0], 0.80, 0.99)
        expect(page.locator(".compare-instances h2")).to_have_text("60 of 90 instances")
        expect(page.locator(".compare-filter")).to_have_text(re.compile("confidence at least 0.792"))
        drag(page, shown[1], 0.30, 0.50)
        expect(page.locator(".compare-instances h2")).to_have_text("40 of 90 instances")
        drag(page, shown[1], 0.80, 0.99)  # in place of the other range of this model
        expect(page.locator(".compare-instances h2")).to_have_text("20 of 90 instances")
        expect(page.locator(".compare-filter")).to_have_count(2)
        page.go_back()
        expect(page.locator(".compare-instances h2")).to_have_text("40 of 90 instances")
        page.locator(f".histogram[data-model='{shown[0]}'] a").first.click()
        expect(page.locator(".compare-instances h2")).to_have_text("30 of 90 instances")


def test_a_quantity_that_is_not_known_is_said(page: Page, laboratory: Laboratory, shown: list[int]):
    for model_id in shown:
        answer(laboratory, model_id, LABELS, [0] * 90, class_names=CLASSES)
    with served(laboratory) as url:
        page.goto(f"{url}/p/digits/compare?selected={shown[1]}")
        page.get_by_role("link", name="KL divergence").click()
        expect(page.get_by_text("KL divergence is not known")).to_be_visible()


def test_a_saved_group_is_used_again(page: Page, address: str):
    page.goto(address)
    page.locator(".compare-moves").get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Save all 17 as a group")).to_be_visible()
    page.get_by_role("textbox", name="Name of the group").fill("lost, <b>all</b>")
    page.get_by_role("button", name="Save all 17 as a group").click()
    expect(page.get_by_text("Saved lost, <b>all</b> with 17 instances.")).to_be_visible()
    page.locator(".compare-filter").get_by_role("link").click()
    groups = page.get_by_role("group", name="Groups")
    groups.get_by_role("link", name="saved group", exact=True).click()
    row = page.locator(".compare-groups tr", has=page.get_by_role("rowheader", name="lost, <b>all</b>"))
    expect(row.locator("td").first).to_have_text("17")
    expect(row.locator("td").nth(2)).to_contain_text("100.0")
    row.get_by_role("link").click()
    expect(page.locator(".compare-instances h2")).to_have_text("17 of 90 instances")
    page.get_by_role("button", name="Delete the group lost, <b>all</b>").click()
    expect(page.get_by_role("link", name="saved group", exact=True)).to_have_count(0)
    expect(page.locator(".compare-instances")).to_contain_text("means nothing here")


def test_runs_are_queued_on_a_saved_group(page: Page, address: str, laboratory: Laboratory, shown: list[int]):
    found = behaviour(laboratory.app, [ModelId(shown[1])])
    save_group(laboratory.app, found.evaluation, "lost, <b>all</b>", range(40, 57))
    page.goto(address)
    page.get_by_role("button", name="Queue runs on the group lost, <b>all</b>").click()
    dialog = page.get_by_role("dialog", name="Queue runs on lost, <b>all</b> (17 instances)")
    dialog.get_by_role("button", name="Queue evaluations").click()
    expect(page.get_by_text("2 runs queued")).to_be_visible()
    expect(dialog).not_to_be_visible()
    page.get_by_role("button", name="Queue runs on the group lost, <b>all</b>").click()
    step = dialog.get_by_role("textbox", name="Which layers bear a step?")
    expect(step).to_have_value(re.compile("prun.* on residual CNN", re.IGNORECASE))
    dialog.get_by_role("button", name="Queue sensitivity").click()
    expect(page.get_by_text("1 run queued")).to_be_visible()
    with laboratory.app.unit_of_work() as uow:
        runs = uow.runs.of_models([ModelId(one) for one in shown])
    queued = [
        (run.kind, run.model_id) for run in runs if run.payload.get("group", "").startswith("lost, <b>")
    ]
    assert sorted(queued) == [
        (RunKind.EVALUATE, shown[0]),
        (RunKind.EVALUATE, shown[1]),
        (RunKind.SENSITIVITY, shown[0]),
    ]
    laboratory.play()
    page.goto(address.replace("compare?", "compare?tab=metrics&"))
    expect(page.get_by_role("heading", name="Top-1 accuracy \N{MIDDLE DOT} group lost")).to_be_visible()


def test_ticked_instances_of_several_pages_are_saved(page: Page, address: str):
    page.goto(f"{address}&order=data")
    page.get_by_role("button", name="Pick 0.png", exact=True).click()
    page.get_by_role("button", name="Pick 5.png", exact=True).click()
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("button", name="Pick 30.png", exact=True).click()
    page.get_by_role("textbox", name="Name of the group").fill("three")
    page.get_by_role("button", name="Save 3 picked as a group").click()
    expect(page.locator(".saved-groups")).to_contain_text("three 3")
    expect(page.get_by_role("button", name="Save all 90 as a group")).to_be_visible()
    page.locator(".saved-groups").get_by_role("link").click()
    expect(page.locator(".instance-grid figure")).to_have_count(3)


def test_counts_of_flips_filter(page: Page, address: str):
    page.goto(address)
    counts = page.locator(".flip-counts")
    expect(counts).to_contain_text("18 regressions")  # 29 to 28, and 27 to 10
    counts.get_by_role("link", name="5 both wrong").click()  # 1, 3 and 1 of the classes
    expect(page.locator(".compare-instances h2")).to_have_text("5 of 90 instances")


def test_a_click_that_overtakes_the_page_keeps_the_filter_before(page: Page, address: str):
    page.goto(f"{address}&page=1")
    expect(page.locator(".compare-pager")).to_contain_text("page 2 of 4")
    page.evaluate(
        """() => {
          const groups = Array.from(document.querySelectorAll(".compare-groups a"));
          document.querySelector(".compare-moves a").click();
          groups.find((link) => link.textContent === "a, b").click();
        }"""
    )
    expect(page.locator(".compare-filter")).to_have_count(2)
    expect(page.locator(".compare-instances h2")).to_have_text("17 of 90 instances")
    expect(page.locator(".compare-pager")).to_contain_text("page 1 of 1")


def test_a_filter_of_the_table_keeps_the_order_of_the_list(page: Page, address: str):
    page.goto(address)
    page.get_by_role("link", name="As in the data").click()
    expect(page.locator(".instance-grid figure").first).to_have_attribute("title", "0.png")
    page.locator(".compare-moves").get_by_role("link").first.click()
    expect(page.locator(".compare-instances h2")).to_have_text("17 of 90 instances")
    expect(page).to_have_url(re.compile("order=data"))


def test_keys_pressed_before_the_instance_has_changed_count(page: Page, address: str):
    page.goto(f"{address}&order=data&instance=1")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 of 90")
    page.evaluate(
        """() => ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"].forEach((key) =>
          document.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true })))"""
    )
    expect(dialog).to_contain_text("5 of 90")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_layers_that_drift_for_a_group_are_shown(
    page: Page, address: str, laboratory: Laboratory, shown: list[int]
):
    found = behaviour(laboratory.app, [ModelId(shown[1])])
    save_group(laboratory.app, found.evaluation, "lost", range(40, 57))
    page.goto(address)
    page.get_by_role("button", name="Queue runs on the group lost").click()
    dialog = page.get_by_role("dialog", name="Queue runs on lost (17 instances)")
    dialog.get_by_role("button", name="Queue drift of layers").click()
    page.get_by_role("link", name="Show it in Layers").click()
    expect(page.get_by_text("The run that compares them is under way.")).to_be_visible()
    laboratory.play()
    told = page.locator(".layers-drift-told")
    expect(told).to_contain_text("1 of 2 layers drift more for lost (17 instances)")
    expect(told).to_contain_text("most: stem, 1.50 times (relative L2 0.3, random groups 0.15 to 0.25).")
    rows = page.locator(".layers-drift tbody tr")
    bars = [rows.nth(place).locator(".layers-drift-bar").bounding_box() for place in range(2)]
    assert bars[0] is not None
    assert bars[1] is not None
    assert bars[0]["width"] / bars[1]["width"] == pytest.approx(3, rel=0.05)
    ends = rows.first.locator(".layers-drift-range").bounding_box()
    assert ends is not None
    assert ends["x"] - bars[0]["x"] == pytest.approx(bars[0]["width"] / 2, abs=3)
