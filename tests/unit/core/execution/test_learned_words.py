"""Text models that are built from scratch know the words of the training split, wherever they are used."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.compression.checkpoints.checkpoint import load
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.execution import process
from core.models.vocabulary import SPECIAL, most_frequent
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.models.models import get_model, list_models
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle

GOOD, BAD = "a fine film with fine actors", "a dull film with no plot and no end"
BERT = {"family": "bert", "width": 16, "layers": 1, "heads": 2, "context": 16}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f"{GOOD} {number % 4},good" if number % 2 else f"{BAD} {number % 4},bad" for number in range(80)]
    for split in ("train", "test"):
        unseen = ["a marvellous unseen,good"] if split == "test" else []
        (tmp_path / f"{split}.csv").write_text("\n".join(["text,label", *rows, *unseen]))
    return tmp_path


def add(app: Application, folder: Path, parameters: dict[str, Any], training: Training | None) -> Model:
    data = DatasetRequest("films", "text-table", {"path": str(folder), "label_column": "label"})
    project = create_project(app, ProjectRequest("Films", "text-classification", (data,)))
    request = BaseModelRequest(project.id, "reader", "tiny-transformer", parameters, training=training)
    return add_base_model(app, request)


def work(app: Application) -> None:
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        process._perform(app, run)


def words_of(app: Application, model: Model) -> list[str]:
    kept = get_model(app, model.id).model.artifact
    assert kept is not None
    return str(load(app.artifacts.fetch(kept)).architecture.parameters["vocabulary"]).split()


def test_the_most_frequent_words_are_learnt_and_kept_with_every_descendant(
    app: Application, folder: Path
) -> None:
    base = add(app, folder, {**BERT, "words": 6}, Training(epochs=12, learning_rate=0.01, batch_size=16))
    work(app)
    recipe = (SweepStep("magnitude-pruning", {"sparsity": (0.1,)}), SweepStep("fine-tune", {"epochs": (1,)}))
    submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,)))
    work(app)
    texts = [f"{text} {number % 4}" for number in range(80) for text in [GOOD if number % 2 else BAD]]
    counts = Counter(" ".join(texts).split())
    expected = sorted(counts, key=lambda word: (-counts[word], word))[:6]
    models = list_models(app, base.project_id)
    assert len(models) == 3
    for model in models:
        assert words_of(app, model) == expected
        assert model.metrics["accuracy"] > 0.9  # with other words it would read noise


def test_a_vocabulary_that_is_given_stays(app: Application, folder: Path) -> None:
    base = add(app, folder, {**BERT, "vocabulary": "dull fine"}, Training(epochs=1))
    work(app)
    assert words_of(app, base) == ["dull", "fine"]


@pytest.mark.parametrize("training", [None, Training(epochs=1)], ids=["untrained", "no words asked for"])
def test_bytes_are_read_without_learned_words(
    app: Application, folder: Path, training: Training | None
) -> None:
    base = add(app, folder, {**BERT, "context": 64, "words": 0 if training else 5000}, training)
    work(app)
    assert words_of(app, base) == []
    assert "accuracy" in get_model(app, base.id).model.metrics


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_model_that_writes_is_refused_where_texts_are_classified(
    app: Application, folder: Path, family: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(app, folder, {**BERT, "family": family}, Training(epochs=1))
    (problem,) = caught.value.problems
    assert problem.field == "parameters.purpose"
    assert problem.message == (
        f"An empty purpose means causal for {family}, which is not for text classification, so the model "
        "could not be evaluated."
    )
    assert problem.hint == "Choose text-classification."


def test_a_causal_family_that_classifies_is_taken(app: Application, folder: Path) -> None:
    parameters = {**BERT, "family": "gpt2", "purpose": "text-classification"}
    base = add(app, folder, parameters, Training(epochs=1))
    work(app)
    assert "accuracy" in get_model(app, base.id).model.metrics


def test_words_of_equal_number_are_in_alphabetical_order_and_special_ones_left_out() -> None:
    texts = ["b a b", f"c a {SPECIAL[0]} {SPECIAL[2]}", " d \n\t e"]
    assert most_frequent(texts, 4) == "a b c d"
    assert most_frequent([], 4) == ""


def test_a_student_of_another_size_reads_as_its_teacher(app: Application, folder: Path) -> None:
    base = add(app, folder, {**BERT, "words": 6}, Training(epochs=2))
    work(app)
    student = '{"family": "bert", "width": 8, "layers": 1, "heads": 2, "context": 16}'
    values = {"student": ("another",), "source": ("tiny-transformer",), "source_parameters": (student,)}
    recipe = (SweepStep("distillation", {**values, "epochs": (1,)}),)
    submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,)))
    work(app)
    small = list_models(app, base.project_id)[-1]
    assert small.ready
    assert words_of(app, small) == words_of(app, base)
    assert "accuracy" in small.metrics
