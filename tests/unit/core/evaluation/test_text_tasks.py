"""Text tasks on four small families: outcomes in the data's order, whatever the batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.compression.model import CompressibleModel
from core.data.dataset import Batch
from core.data.text.encoded import EncodedTexts
from core.data.text.texts import TextDataset, unlabelled
from core.errors import UnusableInput
from core.evaluation.base import Evaluation, tasks
from core.models.base import reader_of
from core.models.training import Schedule, train
from core.ports import Silent
from core.registry import discover

for package in ("core.models.sources", "core.evaluation.tasks"):
    discover(package)

WORDS = "anna bob oslo rome went to who where ?"
SENTENCES = ("anna went to oslo who ?", "bob went to rome where ?", "bob went to oslo who ?", "anna who ?")
ANSWERS = (("anna",), ("rome", "to rome"), ("bob",), ("anna",))
WRITERS = ["gpt2", "llama", "t5"]
SOURCE = "tiny-transformer"


def parameters(family: str, **more: Any) -> dict[str, Any]:
    return {"family": family, "vocabulary": WORDS, "width": 32, "context": 16, **more}


def model(family: str, **more: Any) -> torch.nn.Module:
    return CompressibleModel.create(SOURCE, parameters(family, **more), seed=3).module


def texts(family: str, **more: Any) -> EncodedTexts:
    reader = reader_of(SOURCE, parameters(family, **more))
    assert reader is not None
    return questions().encoded(reader)


def questions() -> TextDataset:
    ids = tuple("abcd")
    kinds = {"question": ("who", "where", "who", "who")}
    return TextDataset(SENTENCES, ids, unlabelled(4), answers=ANSWERS, slices=kinds)


def labelled() -> TextDataset:
    return TextDataset(SENTENCES, tuple("abcd"), torch.tensor([0, 1, 0, 0]), ("who", "where"))


def evaluate(task: str, module: torch.nn.Module, data: Any, batch_size: int = 4) -> Evaluation:
    device = torch.device("cpu")
    return tasks.get(task).evaluate(module, data, batch_size=batch_size, device=device, progress=Silent())


@pytest.mark.parametrize("family", WRITERS)
def test_batches_change_no_answer_and_no_order(family: str) -> None:
    module, data = model(family), texts(family)
    together, alone = evaluate("generation", module, data), evaluate("generation", module, data, 1)
    assert together.outcomes["prediction"].tolist() == alone.outcomes["prediction"].tolist()
    np.testing.assert_allclose(together.outcomes["loss"], alone.outcomes["loss"], rtol=1e-4)
    assert together.metrics["loss"] == pytest.approx(alone.metrics["loss"], rel=1e-4)


@pytest.mark.parametrize("family", WRITERS)
def test_what_was_learnt_is_answered(family: str) -> None:
    module, data, task = model(family), texts(family), tasks.get("generation")
    train(module, data, task=task, schedule=Schedule(60, 0.01, batch_size=4))
    found = evaluate("generation", module, data)
    assert found.outcomes["prediction"].tolist() == ["anna", "rome", "bob", "anna"]
    assert found.outcomes["reference"].tolist() == ["anna", "rome", "bob", "anna"]
    assert found.outcomes["correct"].all()
    assert found.metrics["exact_match"] == found.metrics["rouge_l"] == found.metrics["token_f1"] == 1
    assert found.metrics["perplexity"] == pytest.approx(np.exp(found.metrics["loss"]))
    assert found.metrics["perplexity"] < 1.2


@pytest.mark.parametrize("family", WRITERS)
def test_answers_are_written_where_none_is_known_to_be_right(family: str) -> None:
    module, data, task = model(family), texts(family), tasks.get("generation")
    train(module, data, task=task, schedule=Schedule(60, 0.01, batch_size=4))
    reader = reader_of(SOURCE, parameters(family))
    unknown = replace(questions(), answers=((),) * 4).encoded(reader)
    found = evaluate("generation", module, unknown)
    assert found.outcomes["prediction"].tolist() == ["anna", "rome", "bob", "anna"]
    assert found.metrics == {}
    assert "reference" not in found.outcomes
    known = evaluate("generation", module, data)  # right answers, so that their tokens are the model's own
    for name in ("token_log_probabilities", "confidence"):
        np.testing.assert_allclose(found.outcomes[name], known.outcomes[name], rtol=5e-3)
    with pytest.raises(UnusableInput, match="no answers to learn"):
        task.loss(module, unknown.batch(slice(0, 4)))


@pytest.mark.parametrize("family", WRITERS)
def test_losses_are_those_of_one_text_at_a_time(family: str) -> None:
    module, data = model(family), texts(family)
    found = evaluate("generation", module, data)
    for index in range(len(data)):
        batch = data.batch(slice(index, index + 1))
        with torch.no_grad():
            logits = module(**batch.inputs).logits[0].log_softmax(dim=-1)
        expected = [float(logits[place, token]) for place, token in enumerate(batch.labels[0]) if token >= 0]
        assert found.outcomes["loss"][index] == pytest.approx(-np.mean(expected), rel=1e-4)
        stored = found.outcomes["token_log_probabilities"][index]
        np.testing.assert_allclose(stored[: len(expected)], expected, rtol=2e-3)
        assert np.isnan(stored[len(expected) :]).all()
        assert (found.outcomes["top_tokens"][index][len(expected) :] == -1).all()


def test_a_causal_model_learns_the_answer_and_nothing_else() -> None:
    batch = texts("gpt2").batch(torch.tensor([0, 3]))
    assert isinstance(batch.inputs, dict)
    reader = reader_of(SOURCE, parameters("gpt2"))
    assert reader is not None
    ids = {word: reader.tokenizer.convert_tokens_to_ids(word) for word in WORDS.split()}
    assert batch.labels.tolist() == [
        [-100, -100, -100, -100, -100, ids["anna"], reader.end],
        [-100, -100, ids["anna"], reader.end, -100, -100, -100],
    ]
    assert batch.inputs["input_ids"][1].tolist() == [
        ids["anna"], ids["who"], ids["?"], ids["anna"], *[reader.padding] * 3,
    ]  # fmt: skip
    assert batch.inputs["attention_mask"].sum(dim=1).tolist() == [7, 4]


def test_prompts_are_padded_where_they_are_continued() -> None:
    prompts = texts("gpt2").prompts(torch.tensor([0, 3]))
    assert prompts["attention_mask"][1].tolist() == [0, 0, 0, 1, 1, 1]
    assert texts("t5").prompts(torch.tensor([0, 3]))["attention_mask"][1].tolist() == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama"])
def test_texts_are_classified_alike_in_all_batches(family: str) -> None:
    chosen = parameters(family, purpose="text-classification")
    module = model(family, purpose="text-classification")
    reader = reader_of(SOURCE, chosen)
    assert reader is not None
    data = replace(labelled(), origin="org/name@commit").encoded(reader)
    assert data.origin == "org/name@commit"
    train(module, data, task=tasks.get("text-classification"), schedule=Schedule(40, 0.01, batch_size=4))
    together = evaluate("text-classification", module, data)
    alone = evaluate("text-classification", module, data, 1)
    assert together.metrics["accuracy"] == 1
    assert together.outcomes["prediction"].tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(
        together.outcomes["log_probabilities"], alone.outcomes["log_probabilities"], atol=0.01
    )
    assert together.scores["accuracy"].tolist() == [1, 1, 1, 1]


def test_slices_go_with_their_lengths() -> None:
    slices = texts("gpt2").slices
    assert slices["question"] == ("who", "where", "who", "who")
    assert slices["length (tokens)"] == ("5 to 8", "5 to 8", "5 to 8", "up to 4")


def test_the_training_loss_is_the_cross_entropy_of_the_answers() -> None:
    module, batch = model("t5"), texts("t5").batch(slice(0, 4))
    logits = module(**batch.inputs).logits
    counted = batch.labels != -100
    expected = functional.cross_entropy(logits[counted], batch.labels[counted])
    torch.testing.assert_close(tasks.get("generation").loss(module, batch), expected)


def test_a_text_longer_than_the_context_is_named_or_cut() -> None:
    reader = reader_of(SOURCE, parameters("gpt2", context=6))
    assert reader is not None
    with pytest.raises(UnusableInput, match="3 of 4 texts are longer than the 6 tokens") as raised:
        questions().encoded(reader)
    assert "the longest is a with 8 tokens" in raised.value.message
    cut = TextDataset(SENTENCES, tuple("abcd"), unlabelled(4), answers=ANSWERS, truncate=True).encoded(reader)
    assert [len(text) + len(target) for text, target in zip(cut.tokens, cut.targets, strict=True)] == [
        6,
        6,
        6,
        5,
    ]
    assert reader.decoded([cut.tokens[0]]) == ["to oslo who ?"]
    evaluate("generation", model("gpt2", context=6), cut)


def test_texts_and_models_that_do_not_suit_each_other_are_refused() -> None:
    writer, classifier = reader_of(SOURCE, parameters("gpt2")), reader_of(SOURCE, parameters("bert"))
    assert writer is not None
    assert classifier is not None
    with pytest.raises(UnusableInput, match="no answers"):
        labelled().encoded(writer)
    with pytest.raises(UnusableInput, match="needs texts with answers"):
        evaluate("generation", model("bert"), labelled().encoded(classifier))
    with pytest.raises(UnusableInput, match="cannot write text"):
        evaluate("generation", torch.nn.Linear(1, 1), texts("t5"))
    with pytest.raises(UnusableInput, match="predicts 3 classes, but the data have 2"):
        evaluate("text-classification", model("bert", classes=3), labelled().encoded(classifier))
    with pytest.raises(UnusableInput, match="learns from texts with answers"):
        tasks.get("generation").loss(model("bert"), labelled().encoded(classifier).batch(slice(0, 2)))
    with pytest.raises(UnusableInput, match="not encoded"):
        labelled().batch(slice(0, 1))


def test_no_text_at_all_is_refused() -> None:
    reader = reader_of(SOURCE, parameters("gpt2"))
    assert reader is not None
    nothing = TextDataset((), (), unlabelled(0)).encoded(reader)
    with pytest.raises(UnusableInput, match="hold no instance"):
        evaluate("generation", model("gpt2"), nothing)


def test_weights_that_are_not_numbers_give_a_loss_that_is_none() -> None:
    module = model("gpt2")
    with torch.no_grad():
        next(module.parameters()).fill_(float("nan"))
    found = evaluate("generation", module, texts("gpt2"))
    assert np.isnan(found.metrics["loss"])
    assert found.metrics["exact_match"] == 0
    assert isinstance(texts("gpt2").batch(slice(0, 1)), Batch)
