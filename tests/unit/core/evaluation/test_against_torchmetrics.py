"""Metrics against those of torchmetrics, and the few places where ours differ on purpose."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_calibration_error,
    multiclass_f1_score,
)
from torchmetrics.functional.text import perplexity, rouge_score, squad
from torchvision.transforms import v2

from core.compression.model import CompressibleModel
from core.data.images import ImageDataset
from core.data.text.encoded import EncodedTexts
from core.data.text.texts import TextDataset, unlabelled
from core.domain.measurement.formulas import CALIBRATION_BINS
from core.evaluation.answers import best, exact_match, rouge_l, token_f1
from core.evaluation.base import tasks
from core.evaluation.metrics import expected_calibration_error
from core.models.base import reader_of
from core.ports import Silent
from core.registry import discover

discover("core.models.sources")
discover("core.evaluation.tasks")

CPU = torch.device("cpu")
CLASSES = 7
WORDS = ["oslo", "Rome,", "by", "train", "the", "a", "An", "2", "U.S.A", "theatre", "?", "it's"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


class Lookup(nn.Module):
    """Answers image i, whose only pixel is i, with row i of a table of logits."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits[images.flatten().long()]


def images(labels: Tensor) -> ImageDataset:
    pixels = torch.arange(len(labels)).reshape(-1, 1, 1, 1).to(torch.uint8)
    names = tuple(map(str, range(CLASSES)))
    ids = tuple(map(str, range(len(labels))))
    return ImageDataset(pixels, labels, names, ids, v2.ToDtype(torch.float32))


@given(seed=st.integers(0, 999), count=st.integers(1, 60), sharpness=st.sampled_from([0.5, 3.0, 30.0]))
def test_metrics_of_classification(seed: int, count: int, sharpness: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, CLASSES, generator=generator) * sharpness
    labels = torch.randint(CLASSES, (count,), generator=generator)
    task = tasks.get("image-classification")
    data = images(labels)
    found = task.evaluate(Lookup(logits), data, batch_size=16, device=CPU, progress=Silent()).metrics
    top = {k: multiclass_accuracy(logits, labels, CLASSES, average="micro", top_k=k) for k in (1, 5)}
    assert found["top1"] == pytest.approx(float(top[1]), abs=1e-6)
    assert found["top5"] == pytest.approx(float(top[5]), abs=1e-6)
    f1 = multiclass_f1_score(logits, labels, CLASSES, average="macro")
    assert found["macro_f1"] == pytest.approx(float(f1), abs=1e-6)
    assert found["loss"] == pytest.approx(float(functional.cross_entropy(logits, labels)), rel=1e-5)
    gap = multiclass_calibration_error(logits, labels, CLASSES, n_bins=CALIBRATION_BINS)
    assert found["ece"] == pytest.approx(float(gap), abs=1e-5)


def test_a_confidence_on_the_edge_of_two_bins_belongs_to_the_lower_one() -> None:
    """Guo et al. define bins as open below; torchmetrics closes them below. Only exact edges differ."""
    edge = 9 / CALIBRATION_BINS
    correct, confidences = np.array([False, True]), np.array([edge, edge + 0.01])
    ours = expected_calibration_error(confidences, correct)
    apart = (edge + 1 - (edge + 0.01)) / 2
    together = abs(2 * edge + 0.01 - 1) / 2
    assert ours == pytest.approx(apart)
    assert apart != pytest.approx(together)


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_loss_and_perplexity_of_generation(family: str) -> None:
    options = {"family": family, "vocabulary": "anna bob oslo rome who ?", "width": 32, "context": 16}
    module = CompressibleModel.create("tiny-transformer", options, seed=3).module
    reader = reader_of("tiny-transformer", options)
    assert reader is not None
    questions = ("anna oslo who ?", "bob rome anna who ?", "who ?")
    answers = (("anna",), ("bob oslo anna",), ("rome bob",))
    texts = TextDataset(questions, tuple("abc"), unlabelled(3), answers=answers).encoded(reader)
    assert isinstance(texts, EncodedTexts)
    task = tasks.get("generation")
    found = task.evaluate(module, texts, batch_size=2, device=CPU, progress=Silent()).metrics
    batch = texts.batch(slice(0, 3))
    with torch.no_grad():
        logits = module(**batch.inputs).logits
    expected = float(perplexity(logits, batch.labels, ignore_index=-100))
    assert found["perplexity"] == pytest.approx(expected, rel=1e-4)
    assert found["loss"] == pytest.approx(math.log(expected), rel=1e-4)


@given(answer=TEXTS, right=st.lists(TEXTS, min_size=1, max_size=3))
def test_exact_match_and_token_f1_are_those_of_the_squad_scorer(answer: str, right: list[str]) -> None:
    theirs = squad(
        {"prediction_text": answer, "id": "1"},
        {"answers": {"text": right, "answer_start": [0] * len(right)}, "id": "1"},
    )
    assert 100 * best(exact_match, answer, right) == pytest.approx(float(theirs["exact_match"]))
    assert 100 * best(token_f1, answer, right) == pytest.approx(float(theirs["f1"]), abs=1e-4)


@given(answer=TEXTS, right=st.lists(TEXTS, min_size=1, max_size=3))
def test_rouge_l_is_torchmetrics(answer: str, right: list[str]) -> None:
    if not any(map(str.isalnum, answer)) or not all(any(map(str.isalnum, text)) for text in right):
        return  # see below
    theirs = rouge_score(answer, [right], rouge_keys="rougeL", accumulate="best")
    assert best(rouge_l, answer, right) == pytest.approx(float(theirs["rougeL_fmeasure"]), abs=1e-6)


@pytest.mark.parametrize(
    ("answer", "right", "ours", "theirs"),
    [("", "", 1.0, 0.0), ("?", "!", 1.0, 0.0), ("Осло поезд", "осло автобус", 0.5, 0.0)],
    ids=["nothing asked, nothing said", "no words", "other alphabets"],
)
def test_rouge_l_knows_silence_and_every_alphabet(
    answer: str, right: str, ours: float, theirs: float
) -> None:
    """An empty answer to an empty reference is right, as in SQuAD; ROUGE's words are Latin letters only."""
    assert rouge_l(answer, right) == ours
    assert float(rouge_score(answer, right, rouge_keys="rougeL")["rougeL_fmeasure"]) == theirs
