"""Data without labels on the Compare page: what can be compared is, and nothing asks for right answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_pictures
from tests.browser.conftest import served


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Sixty instances without labels, of which the pruned model predicts nine otherwise."""
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    before = np.repeat([0, 1], 30)
    for model, given in zip(
        list_models(laboratory.app, project.id),
        (before, np.where(np.arange(60) < 9, 1, before)),
        strict=True,
    ):
        rows = np.where(given[:, None] == np.arange(2), 0.9, 0.1)
        names = ("plain", "odd")
        answer(
            laboratory, model.id, [-1] * 60, given.tolist(), class_names=names, probabilities=rows,
            measured=False,
        )  # fmt: skip
    keep_pictures(laboratory.app, project.datasets[0].id, range(60, 120))
    with served(laboratory) as url:
        yield f"{url}/p/digits/compare?selected=2"


def test_columns_of_right_answers_are_hidden(page: Page, address: str):
    page.goto(address)
    expect(page.locator(".compare-insight")).to_contain_text("No instance has a label")
    expect(page.locator(".compare-insight")).to_contain_text("85.0 %")  # 51 of 60
    rows = page.locator(".compare-groups tbody th").all_inner_texts()
    assert rows == [
        "Same prediction", "KL mean \N{MIDDLE DOT} median", "KL 99 % \N{MIDDLE DOT} 99.9 %",
        "Squared difference", "SNR \N{MIDDLE DOT} PSNR",
    ]  # fmt: skip
    expect(page.locator(".compare-groups")).to_contain_text("dB")
    for text in ("Change of the confusion matrix", "Loss change", "Largest regression", "regressions"):
        expect(page.get_by_text(text)).to_have_count(0)
    expect(page.get_by_role("group", name="Groups")).to_have_count(0)
    expect(page.locator(".instance-answer.wrong")).to_have_count(0)
    assert "nan" not in page.locator("main").inner_text().casefold()


def test_changed_predictions_are_listed_first_and_filter(page: Page, address: str):
    page.goto(address)
    expect(page.locator(".instance-grid figure").first).to_have_attribute("title", "0.png")
    expect(page.get_by_role("group", name="Order").locator(".current")).to_have_text("Disagreement")
    page.locator(".compare-moves").get_by_role("link", name="plain \N{RIGHTWARDS ARROW} odd").click()
    expect(page.locator(".compare-instances h2")).to_have_text("9 of 60 instances")
    page.locator(".flip-counts").get_by_role("link", name="9 changed").click()
    expect(page.locator(".compare-filter")).to_have_count(2)


def test_metrics_say_that_there_are_no_labels(page: Page, address: str):
    page.goto(f"{address}&tab=metrics")
    expect(page.get_by_text("The data have no labels, so it cannot be measured.").first).to_be_visible()
    expect(page.get_by_role("button", name="Queue an evaluation")).to_have_count(0)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_frozen_copy_has_thumbnails_where_they_are_wanted(
    page: Page, browser: Browser, address: str, tmp_path: Path, wanted: bool
):
    page.goto(address)
    expect(page.locator(".instance-grid .instance-picture").first).to_be_visible()
    page.locator("#shell-share").click()
    page.get_by_label("With thumbnails of instances").set_checked(wanted)
    with page.expect_download() as started:
        page.locator("#shell-freeze").click()
    started.value.save_as(tmp_path / "frozen.html")
    with closing(browser.new_context(offline=True)) as context:
        copy = context.new_page()
        copy.goto((tmp_path / "frozen.html").as_uri())
        picture = copy.locator(".instance-grid .instance-picture").first
        expect(picture).to_be_attached()
        assert picture.evaluate("image => image.naturalWidth") == (8 if wanted else 0)
        assert (picture.get_attribute("alt") == "picture left out") is not wanted
