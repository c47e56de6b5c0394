"""Own code for texts: a factory with its tokenizer is imported, evaluated, and agrees with plain torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.errors import InvalidInput, UnusableInput
from core.execution import process
from core.execution.catalogue import catalogue
from core.models import factories
from core.models.factories import model_factory
from core.models.vocabulary import tokenizer as of_words
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import get_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle
from core.services.workers import workers

TEXTS = [("good fun", 1), ("bad", 0), ("so bad bad", 0), ("good good good", 1), ("bad good bad good good", 0)]
WORDS = ("<pad>", "<eos>", "<unk>", "good", "bad", "fun", "so")


def ids(text: str) -> list[int]:
    return [WORDS.index(word) for word in text.split()]


class Sum(nn.Module):
    """Adds up a score for each token; padding counts nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Embedding(7, 2)

    def forward(self, x: Tensor, attention_mask: Tensor) -> Tensor:
        return (self.score(x) * attention_mask[:, :, None]).sum(1)


class Unmasked(Sum):
    def forward(self, tokens: Tensor) -> Tensor:  # type: ignore[override]
        return self.score(tokens).sum(1)


class Next(nn.Module):
    """Finds the following token by the last one alone."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(7, 7)

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.table(input_ids)


@pytest.fixture
def own(app: Application, tmp_path: Path) -> Iterator[Path]:
    before = dict(factories._factories)
    of_words("good bad fun so", context=64).save_pretrained(tmp_path / "words")
    model_factory("none")(Sum)
    model_factory("function", tokenizer=ids)(Sum)
    model_factory("maker", tokenizer=lambda: of_words("good bad fun so", context=64))(Sum)
    model_factory("folder", tokenizer=str(tmp_path / "words"))(Sum)
    model_factory("unmasked", tokenizer=ids)(Unmasked)
    model_factory("writer", tokenizer=lambda: of_words("good bad fun so", context=64), writes=True)(Next)
    now = datetime.now(UTC)
    workers.announce(app, Worker(WorkerId("own"), "own", 1, ("cpu",), 1, now, now), catalogue())
    scores = torch.tensor([[0, 0], [0, 0], [0, 0], [0, 1.0], [1.5, 0], [0, 0.1], [0.1, 0]])
    save_file({"score.weight": scores}, tmp_path / "w.safetensors")
    for split in ("train", "test"):
        rows = "".join(f"{text},{label}\n" for text, label in TEXTS)
        (tmp_path / f"{split}.csv").write_text("text,label\n" + rows)
    yield tmp_path
    factories._factories.clear()
    factories._factories.update(before)


def added(app: Application, folder: Path, **source: Any) -> Any:
    data = DatasetRequest("texts", "text-table", {"path": str(folder), "label_column": "label"})
    project = create_project(app, ProjectRequest("Texts", "text-classification", (data,)))
    parameters = {"weights_file": str(folder / "w.safetensors"), **source}
    return add_base_model(app, BaseModelRequest(project.id, "own", "weights-file", parameters))


def expected_accuracy() -> float:
    """Return the share of texts that plain torch gets right: each scored on its own."""
    module = Sum()
    module.score.weight.data = torch.tensor([[0, 0], [0, 0], [0, 0], [0, 1.0], [1.5, 0], [0, 0.1], [0.1, 0]])

    def predicted(tokens: Sequence[int]) -> int:
        one = torch.tensor([tokens])
        return int(module(one, torch.ones_like(one)).argmax())

    return sum(predicted(ids(text)) == label for text, label in TEXTS) / len(TEXTS)


@pytest.mark.parametrize(
    "source",
    [
        {"factory": "function"},
        {"factory": "maker"},
        {"factory": "folder"},
        {"factory": "unmasked"},
        {"factory": "none", "tokenizer": "words"},
    ],
    ids=["function", "maker", "folder of the factory", "without a mask", "folder of the form"],
)
def test_own_code_for_texts_is_evaluated(app: Application, own: Path, source: dict[str, str]) -> None:
    if "tokenizer" in source:
        source = source | {"tokenizer": str(own / "words")}
    model = added(app, own, **source)
    while run := run_lifecycle.claim_next(app, WorkerId("own"), queues=("cpu",)):
        process._perform(app, run)
    metrics = get_model(app, model.id).model.metrics
    assert metrics["accuracy"] == pytest.approx(expected_accuracy())
    assert expected_accuracy() == 1.0


def test_a_model_without_a_tokenizer_is_not_queued(app: Application, own: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        added(app, own, factory="none")
    (problem,) = refused.value.problems
    assert problem.field == "parameters.tokenizer"
    assert problem.message == "The model has no tokenizer, without which it cannot be evaluated on texts."


def writing(app: Application, folder: Path, **source: Any) -> Any:
    """Add a model of questions and answers: after good comes bad, then fun, then the end."""
    rows = "text,answer\nso good,bad fun\ngood,bad fun\nso so good,bad so\n"
    (folder / "answers").mkdir()
    (folder / "answers" / "test.csv").write_text(rows)
    table = torch.zeros(7, 7)
    for token, following in (("good", "bad"), ("bad", "fun"), ("fun", "<eos>")):
        table[WORDS.index(token), WORDS.index(following)] = 9.0
    save_file({"table.weight": table}, folder / "next.safetensors")
    data = DatasetRequest(
        "answers", "text-table", {"path": str(folder / "answers"), "answer_column": "answer"}
    )
    project = create_project(app, ProjectRequest("Answers", "generation", (data,)))
    parameters = {"weights_file": str(folder / "next.safetensors"), **source}
    return add_base_model(app, BaseModelRequest(project.id, "own", "weights-file", parameters))


def test_own_code_that_writes_is_evaluated(app: Application, own: Path) -> None:
    model = writing(app, own, factory="writer")
    while run := run_lifecycle.claim_next(app, WorkerId("own"), queues=("cpu",)):
        process._perform(app, run)
    metrics = get_model(app, model.id).model.metrics
    assert metrics["exact_match"] == pytest.approx(2 / 3)  # `bad fun` is written each time
    wrong = -torch.log_softmax(torch.tensor([0, 0, 0, 0, 0, 9.0, 0]), 0)[0]
    right = -torch.log_softmax(torch.tensor([0, 0, 0, 0, 0, 9.0, 0]), 0)[5]
    never = torch.log(torch.tensor(7.0))  # after `so` every token is as likely
    assert metrics["loss"] == pytest.approx(float((7 * right + wrong + never) / 9), rel=1e-5)


@pytest.mark.parametrize("factory", ["function", "maker"])
def test_a_model_that_cannot_write_is_not_queued_to_generate(
    app: Application, own: Path, factory: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        writing(app, own, factory=factory)
    (problem,) = refused.value.problems
    assert (problem.field, problem.hint) == ("parameters.factory", "Choose writer.")


def test_an_unknown_factory_is_one_problem(app: Application, own: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        added(app, own, factory="writes")
    (problem,) = refused.value.problems
    assert problem.field == "parameters.factory"
    assert "it must be one of" in problem.message


def test_a_model_that_writes_is_not_queued_to_classify(app: Application, own: Path) -> None:
    with pytest.raises(InvalidInput, match="writer is not for text classification"):
        added(app, own, factory="writer")


def test_a_factory_that_writes_needs_a_tokenizer_that_decodes() -> None:
    for tokenizer in (None, ids):
        with pytest.raises(UnusableInput, match="no tokenizer that turns tokens into text"):
            model_factory("mute", tokenizer=tokenizer, writes=True)
