"""The story of the handwritten digits, told by clicking: pruning hurts a rare digit that accuracy hides.

Real images and real predictions: a linear classifier that saw few eights and nines, and its weights pruned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_images
from tests.browser.conftest import served

TRAINED_ON, RARE = 900, (8, 9)
CLASSES = tuple(map(str, range(10)))


def probabilities(images: NDArray[np.float64], weights: NDArray[np.float64], bias: NDArray[np.float64]):
    logits = images @ weights.T + bias
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.maximum(found / found.sum(axis=1, keepdims=True), 1e-7)


def pruned(weights: NDArray[np.float64], sparsity: float) -> NDArray[np.float64]:
    return np.where(np.abs(weights) > np.quantile(np.abs(weights), sparsity), weights, 0)


@pytest.fixture
def lost(laboratory: Laboratory) -> dict[str, NDArray[np.bool_]]:
    """Evaluate a base and two pruned models; return which eights the one at 90 % lost, and to what."""
    images, labels = load_digits(return_X_y=True)
    seen = [place for place in range(TRAINED_ON) if labels[place] not in RARE or place % 8 == 0]
    trained = LogisticRegression(max_iter=300).fit(images[seen] / 16, labels[seen])
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    tested, right = images[TRAINED_ON:], labels[TRAINED_ON:]
    answers = []
    for model, sparsity in zip(list_models(laboratory.app, project.id), (0.0, 0.5, 0.88), strict=True):
        rows = probabilities(tested / 16, pruned(trained.coef_, sparsity), trained.intercept_)
        answers.append(rows.argmax(axis=1))
        answer(
            laboratory,
            model.id,
            right.tolist(),
            answers[-1].tolist(),
            class_names=CLASSES,
            probabilities=rows,
        )
    pictures = torch.tensor(tested.reshape(-1, 1, 8, 8) * 15.9).to(torch.uint8)
    keep_images(laboratory.app, project.datasets[0].id, pictures)
    return {
        "before": answers[0] == right,
        "after": answers[2] == right,
        "eight": right == 8,
        "to": answers[2],
    }


@pytest.fixture
def address(laboratory: Laboratory, lost: dict[str, NDArray[np.bool_]]) -> Iterator[str]:
    with served(laboratory) as url:
        yield f"{url}/p/digits/compare?selected=2.3"


def test_the_rare_digit_is_named_seen_and_followed(
    page: Page, address: str, lost: dict[str, NDArray[np.bool_]]
):
    before, after, eight = lost["before"], lost["after"], lost["eight"]
    loss, overall = before[eight].mean() - after[eight].mean(), before.mean() - after.mean()
    assert loss > 4 * overall  # the story that the page has to find
    page.goto(address)
    sentence = page.locator(".compare-insight")
    expect(sentence).to_contain_text(re.compile(rf"loses {loss * 100:.0f} points on class 8"))
    expect(sentence).to_contain_text(f"n = {eight.sum()}")

    page.locator(".compare-groups").get_by_role("link", name="8", exact=True).click()
    expect(page.locator(".compare-instances h2")).to_contain_text(f"{eight.sum()} of")
    page.locator(".flip-counts tr").nth(1).get_by_role("link", name=re.compile("regressions")).click()
    regressed = int((before & ~after & eight).sum())
    expect(page.locator(".compare-instances h2")).to_contain_text(f"{regressed} of")
    shown = page.locator(".instance-picture").first
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.naturalWidth") == 8

    to = np.bincount(lost["to"][eight & ~after], minlength=10)
    most = int(to.argmax())
    row = page.locator(".compare-confusion tr", has=page.get_by_role("rowheader", name="8", exact=True))
    cell = row.locator("td").nth(most)
    expect(cell).to_have_class("worse")
    strength = "one => parseFloat(one.style.getPropertyValue('--strength')) || 0"
    cells = [row.locator("td").nth(place).evaluate(strength) for place in range(10) if place != 8]
    assert max(cells) == cell.evaluate(strength)

    page.get_by_role("textbox", name="Name of the group").fill("lost eights")
    page.get_by_role("button", name=f"Save all {regressed} as a group").click()
    expect(page.locator(".saved-groups")).to_contain_text(f"lost eights {regressed}")
    groups = page.get_by_role("group", name="Groups")
    groups.get_by_role("link", name="saved group", exact=True).click()
    saved = page.locator(".compare-groups tr", has=page.get_by_role("rowheader", name="lost eights"))
    expect(saved.locator("td").first).to_have_text(str(regressed))
    expect(saved.locator("td").nth(1)).to_have_text("100.0 %")
