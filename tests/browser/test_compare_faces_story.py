"""The story of the faces, told by clicking: two columns hide an intersection whose error rate doubles.

A stand-in for attributes of faces (S. Hooker et al., "Characterising Bias in Compressed Models", 2020): the
label is whether hair is blond, and blond men are rare. Pruning makes hardly any other error.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_pictures
from tests.browser.conftest import served

FACES, RARE = 6_000, 120
"""Of the rare ones, 30 are wrong before and 60 afterwards; of the others 5 %, some of them other ones."""


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    project = laboratory.project("Faces", "faces")
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    draw = np.random.default_rng(0)
    rare = np.arange(FACES) < RARE
    male = rare | (draw.random(FACES) < 0.4)
    blond = np.where(male, rare, draw.random(FACES) < 0.25)
    old = draw.random(FACES) < 0.3
    before = np.where(rare, np.arange(FACES) < 30, draw.random(FACES) < 0.05)
    moved = draw.random(FACES) < 0.004  # errors made elsewhere, as many as mended
    after = np.where(rare, np.arange(FACES) < 60, before ^ (moved & (before | (draw.random(FACES) < 0.06))))
    slices = {
        "hair": np.where(blond, "blond", "dark").tolist(),
        "gender": np.where(male, "male", "female").tolist(),
        "age": np.where(old, "old", "young").tolist(),
    }
    labels = blond.astype(int)
    for model, wrong in zip(list_models(laboratory.app, project.id), (before, after), strict=True):
        given = np.where(wrong, 1 - labels, labels)
        rows = np.where(given[:, None] == np.arange(2), 0.9, 0.1)
        names = ("not blond", "is blond")
        answer(
            laboratory, model.id, labels.tolist(), given.tolist(), class_names=names, probabilities=rows,
            slices=slices,
        )  # fmt: skip
    keep_pictures(laboratory.app, project.datasets[0].id, [int(one) % 200 for one in range(FACES)])
    with served(laboratory) as url:
        yield f"{url}/p/faces/compare?selected=2"


def test_the_intersection_is_found_without_being_told(page: Page, address: str):
    page.goto(address)
    overall = page.locator(".compare-all td").last
    expect(overall).to_contain_text("\N{MINUS SIGN}0.")  # the whole falls by half a point
    page.get_by_role("group", name="Groups").get_by_role("link", name="Found").click()
    expect(page.get_by_text("Nobody chose these groups")).to_be_visible()
    row = page.locator(".compare-groups tbody tr:not(.compare-overall)").first
    name = row.locator("th")
    expect(name).to_contain_text("gender male")
    expect(name).to_contain_text("blond")
    expect(row.locator("td").first).to_have_text("120")
    page.get_by_role("link", name="Error rate vs. baseline").click()
    expect(row.locator("td").last).to_contain_text("+100 % *")
    row.get_by_role("link").click()
    expect(page.locator(".compare-instances h2")).to_have_text("120 of 6,000 instances")
    page.locator(".flip-counts").get_by_role("link", name="regressions").click()
    expect(page.locator(".compare-instances h2")).to_have_text("30 of 6,000 instances")
