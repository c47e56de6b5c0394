"""The story of the trip questions, told by clicking: one type of question collapses first, and how it breaks.

Real questions and real answers: a model that points at words, trained with few questions that ask why, and
its weights pruned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.data.base import Split
from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.pointing import RARE, Pointing, trained, trip_questions
from core.testing.projects.answering import answer_texts
from core.testing.projects.showing import keep_texts
from tests.browser.conftest import served

QUESTIONS = 700


@pytest.fixture
def lost(laboratory: Laboratory) -> list[str]:
    """Evaluate a base and two pruned models; return what the one at 98.6 % answers to the rare question."""
    data = trip_questions(Split.TEST, questions=QUESTIONS)
    right = [answer for (answer,) in data.answers]
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9, 0.986)}),),))
    laboratory.play()
    model, kinds = trained(), data.slices["question"]
    answers: list[str] = []
    for one, sparsity in zip(list_models(laboratory.app, project.id), (0.0, 0.9, 0.986), strict=True):
        answers, outcomes = _answered(model.pruned(sparsity) if sparsity else model, data.texts, right)
        answer_texts(laboratory, one.id, right, outcomes, {"question": kinds})
    keep_texts(laboratory.app, project.datasets[0].id, data.texts)
    return [given for given, kind in zip(answers, kinds, strict=True) if kind == RARE]


def _answered(model: Pointing, texts: tuple[str, ...], right: list[str]):
    answers, spread = model.answers(texts)
    losses = [-each[text.split().index(word)] for text, word, each in zip(texts, right, spread, strict=True)]
    return answers, {
        "prediction": np.array(answers, np.dtypes.StringDType()),
        "loss": np.array(losses, np.float32),
        "token_log_probabilities": -np.array(losses, np.float16)[:, None],
        "answer.polite": np.array([float(len(one) > 4) for one in answers], np.float32),
    }


@pytest.fixture
def address(laboratory: Laboratory, lost: list[str]) -> Iterator[str]:
    with served(laboratory) as url:
        yield f"{url}/p/digits/compare?selected=2.3"


def test_the_question_that_collapses_is_named_and_its_answers_read(page: Page, address: str, lost: list[str]):
    page.goto(address)
    sentence = page.locator(".compare-insight")
    expect(sentence).to_contain_text(f"on question {RARE} (n = 100")
    expect(sentence).to_contain_text("0.986 loses 100 points")
    expect(sentence).to_contain_text("falls by 14")  # 100 of 700
    page.locator(".compare-groups tbody").get_by_role("link", name=RARE, exact=True).click()
    expect(page.locator(".compare-instances h2")).to_have_text("100 of 700 instances")
    first = page.locator(".instance-texts tbody tr").first
    expect(first.locator(".instance-text")).to_contain_text("for ?")
    expect(first.locator("td").last.locator(".answer-added")).to_have_count(1)
    expect(first.locator("td").last.locator(".answer-missing")).to_have_count(1)
    shown = [text.strip() for text in page.locator(".instance-texts .answer-added").all_inner_texts()]
    assert set(shown) <= set(lost)


def test_columns_of_answers_are_counted(page: Page, address: str, lost: list[str]):
    page.goto(f"{address}&chips=group%3Aquestion%3A{RARE}")
    page.get_by_role("link", name="Length in words").click()
    page.get_by_role("link", name="Perplexity of the right answer").click()
    page.get_by_role("link", name="Politeness").click()
    field = page.get_by_role("textbox", name="Regular expression to search answers for")
    field.fill("^[a-m]")
    field.press("Enter")
    means = page.locator(".answer-means")
    expect(means.locator("thead th")).to_have_text(
        [
            "Mean of the listed answers",
            "Length in words",
            "Perplexity of the right answer (geometric mean)",
            "Politeness",
            "matches ^[a-m]",
        ]
    )
    last = means.locator("tbody tr").last
    expect(last.locator("td").nth(0)).to_have_text("1")
    found = np.mean([re.search("^[a-m]", one) is not None for one in lost])
    expect(last.locator("td").nth(3)).to_have_text(f"{found * 100:.1f} %")
    polite = np.mean([len(one) > 4 for one in lost])
    assert math.isclose(float(last.locator("td").nth(2).inner_text()), polite, abs_tol=0.005)
    values = page.locator(".instance-texts tbody tr").first.locator("td").last.locator(".answer-values")
    expect(values).to_contain_text(re.compile(r"length in words 1 .*perplexity .* (yes|no)$"))
    expect(page).to_have_url(re.compile("columns="))


def test_a_wrong_pattern_is_told_and_the_list_stays(page: Page, address: str):
    page.goto(f"{address}&columns=matches%3A(")
    expect(page.get_by_text("( is no regular expression")).to_be_visible()
    expect(page.locator(".instance-texts tbody tr")).to_have_count(20)


def test_the_perplexity_of_models_is_compared(page: Page, address: str):
    page.goto(address)
    row = page.locator(".compare-overall", has=page.get_by_role("rowheader", name="Perplexity"))
    expect(row.locator("td").last).to_contain_text("times")
    expect(row.locator("td").nth(1)).to_have_text(re.compile(r"^1(\.\d+)?$"))  # nearly certain
