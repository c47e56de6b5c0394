"""A small encoder learns the sentiment of real sentences, from a table without a header."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score

from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.text.encoded import EncodedTexts
from core.data.text.texts import TextDataset
from core.evaluation.base import tasks
from core.models.base import reader_of
from core.models.training import Schedule, train
from core.ports import Silent
from core.registry import discover

for package in ("core.models.sources", "core.data.sources", "core.evaluation.tasks"):
    discover(package)


@pytest.mark.slow
def test_sentiment_is_learnt(data_folder: Path) -> None:
    table = {
        "path": str(data_folder / "sst2"),
        "train_file": "train.tsv",
        "test_file": "dev.tsv",
        "header": False,
        "text_column": "column1",
        "label_column": "column2",
        "classes": ["negative", "positive"],
        "truncate": True,
    }

    def texts(split: str) -> TextDataset:
        loaded = load_data("text-table", table, split)
        assert isinstance(loaded, TextDataset)
        return loaded

    counted = Counter(word for text in texts("train").texts for word in text.split())
    words = " ".join(word for word, _ in counted.most_common(4000))
    chosen = {"family": "bert", "layers": 1, "width": 64, "context": 48, "vocabulary": words, "dropout": 0.2}
    reader = reader_of("tiny-transformer", chosen)
    assert reader is not None
    data: EncodedTexts = texts("test").encoded(reader)
    module, task = (
        CompressibleModel.create("tiny-transformer", chosen).module,
        tasks.get("text-classification"),
    )
    train(module, texts("train").encoded(reader), task=task, schedule=Schedule(4, 0.002))
    found = task.evaluate(module, data, batch_size=64, device=torch.device("cpu"), progress=Silent())
    labels, predictions = data.labels.numpy(), found.outcomes["prediction"]
    assert found.metrics["accuracy"] == accuracy_score(labels, predictions)
    assert found.metrics["macro_f1"] == pytest.approx(f1_score(labels, predictions, average="macro"))
    assert found.metrics["accuracy"] > 0.72
