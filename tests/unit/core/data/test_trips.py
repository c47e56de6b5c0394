"""Trip questions can be answered from their reports, and no test question is trained on."""

from __future__ import annotations

from collections import Counter

import pytest

from core.data.base import load_data
from core.data.sources.trips import QUESTIONS, vocabulary
from core.data.text.texts import TextDataset
from core.registry import discover
from core.services.demos.trips import VOCABULARY

discover("core.data.sources")


def load(split: str, **parameters: int) -> TextDataset:
    loaded = load_data("trips", {"train_size": 140, "test_size": 70, **parameters}, split)
    assert isinstance(loaded, TextDataset)
    return loaded


def test_every_type_is_asked_as_often() -> None:
    assert Counter(load("test").slices["question"]) == dict.fromkeys(QUESTIONS, 10)


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_answer_is_in_the_report(split: str) -> None:
    data = load(split)
    for text, (answer,), kind in zip(data.texts, data.answers, data.slices["question"], strict=True):
        report, question = text.split(" . ")
        asked = question.removesuffix(" ?")
        assert report.startswith(f"{answer} went") if kind == "who" else f" {asked} {answer}" in report


def test_the_splits_share_no_text_and_the_seed_decides() -> None:
    train, test = load("train"), load("test")
    assert not set(train.texts) & set(test.texts)
    assert train.texts == load("train").texts
    assert train.texts != load("train", seed=1).texts


def test_the_vocabulary_is_complete_and_the_example_knows_it() -> None:
    used = {word for data in (load("train"), load("test")) for text in data.texts for word in text.split()}
    assert used <= set(vocabulary().split())
    assert vocabulary() == VOCABULARY
