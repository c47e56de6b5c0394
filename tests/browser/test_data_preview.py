"""What people see of their data: right counts, every class in pictures, texts with their labels."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from sklearn.datasets import load_digits

from core.data.base import Split
from core.data.dataset import Dataset
from core.data.sources.digits import Digits, DigitsParams
from core.data.text.texts import TextDataset, unlabelled
from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import WorkerId
from core.execution.data.preview_storage import show
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.browser.seen import ink
from core.testing.laboratory import CATALOGUE, Laboratory

GREY_OF_PIXELS = """image => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const drawn = context.getImageData(0, 0, canvas.width, canvas.height).data;
  return Array.from(drawn).filter((_, place) => place % 4 === 0);
}"""
GRAVE = {"serious", "critical"}


def read(laboratory: Laboratory, split: str, data: Dataset) -> None:
    """Have a split of the project's data read, as the first run that needs it does."""
    with laboratory.app.unit_of_work() as uow:
        (project,) = uow.projects.list()
    show(laboratory.app, project.datasets[0], split, data)


def split_card(page: Page, name: str) -> Locator:
    return page.locator(".data-seen .models-card").filter(has=page.get_by_role("heading", name=name))


def require_accessible(page: Page) -> None:
    found = Axe().run(page, context=".data-page").response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in GRAVE] == []


def test_digits_appear_as_soon_as_they_were_read_with_the_counts_of_scikit_learn(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    laboratory.project()
    page.goto(f"{address}/p/digits/models")
    page.get_by_role("tab", name="Data").click()
    test, train = split_card(page, "Test split"), split_card(page, "Training split")
    expect(test).to_contain_text("appear here")
    for split in Split:
        read(laboratory, split, Digits().load(DigitsParams(), split))
    expect(train.get_by_role("img")).to_have_count(12)
    assert all(ink(picture) > 0.1 for picture in train.get_by_role("img").all())
    pixels, labels = load_digits(return_X_y=True)
    shown = [
        [int(count.replace(",", "")) for count in card.locator(".counted-count").all_inner_texts()]
        for card in (test, train)
    ]
    assert np.sum(shown, axis=0).tolist() == np.bincount(labels).tolist()
    for figure in test.locator("figure").all():
        named = re.fullmatch(r"(\d): digit-(\d+), 8 x 8 pixels", figure.get_attribute("title") or "")
        assert named is not None
        digit, index = named[1], int(named[2])
        assert (figure.inner_text(), str(labels[index])) == (digit, digit)
        assert figure.get_by_role("img").get_attribute("alt") == digit
        drawn = figure.locator("img").evaluate(GREY_OF_PIXELS)
        assert drawn == np.rint(pixels[index] * 255 / 16).astype(int).tolist()
    require_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_questions_stand_beside_their_answers_and_splits_fold(
    page: Page, address: str, laboratory: Laboratory, scheme: str
) -> None:
    laboratory.project()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    question = "<b>who</b> went " + "very " * 150 + "far?"
    data = TextDataset(
        texts=(question, "why?"),
        ids=("row 1", "row 2"),
        labels=unlabelled(2),
        answers=(("anna",), ("for fun",)),
        slices={"kind": ("who", "why")},
        problems=("Line 3 of trips.csv has 2 fields instead of 3",),
    )
    read(laboratory, "test", data)
    page.goto(f"{address}/p/digits/models?tab=data")
    test = split_card(page, "Test split")
    expect(test.locator(".models-notice")).to_contain_text("1 of 3 instances is left out")
    expect(test.get_by_role("list", name="Instances by kind").get_by_role("listitem")).to_have_count(2)
    first = test.get_by_role("row").nth(1)
    expect(first.get_by_role("cell").last).to_have_text("anna")
    text = first.get_by_role("cell").first.locator("div")
    expect(text).to_have_attribute("title", f"row 1: {question}")
    assert text.evaluate("box => box.scrollHeight > box.clientHeight && box.clientHeight < 60")
    assert test.evaluate("card => card.scrollWidth <= card.clientWidth")
    require_accessible(page)
    test.locator("summary").press("Enter")
    expect(test.get_by_role("row").first).to_be_hidden()
    expect(test.get_by_text("2 instances")).to_be_visible()


def test_what_was_seen_of_other_data_goes_as_soon_as_the_data_are_changed(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    laboratory.project()
    now = datetime.now(UTC)
    source = SourceSpec("digits", "Digits", "Handwritten digits.", DigitsParams.specs())
    knowing = Worker(WorkerId(f"near-1-{place()}-abcdef"), "near", 1, ("cpu",), 1, now, now)
    workers.announce(laboratory.app, knowing, replace(CATALOGUE, data_sources=(source,)))
    read(laboratory, "test", Digits().load(DigitsParams(), Split.TEST))
    page.goto(f"{address}/p/digits/models?tab=data")
    expect(split_card(page, "Test split").get_by_role("img")).to_have_count(12)
    page.get_by_role("tabpanel", name="Data").get_by_label("Split seed").first.fill("7")
    page.get_by_role("button", name="Save the data").click()
    expect(split_card(page, "Test split")).to_contain_text("appear here")
