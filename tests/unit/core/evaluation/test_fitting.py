"""Data that a model cannot take are refused in words, by evaluation and by training alike."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import fitting
from core.data.text.texts import TextDataset, unlabelled
from core.errors import UnusableInput
from core.evaluation.base import tasks
from core.models.base import reader_of
from core.models.training import Schedule, train
from core.ports import Silent
from core.registry import discover

for package in ("core.models.sources", "core.data.sources", "core.evaluation.tasks"):
    discover(package)

MISFITS = {
    "too few channels": ("torchvision", {"architecture": "resnet18", "classes": 10}),
    "another patch": ("tiny-transformer", {"family": "vit", "classes": 10, "channels": 1}),
}


@pytest.mark.parametrize("misfit", ["too few channels", "another patch"])
def test_images_of_another_kind_are_refused(misfit: str) -> None:
    source, parameters = MISFITS[misfit]
    module = CompressibleModel.create(source, parameters).module
    task, data = tasks.get("image-classification"), load_data("digits", {}, "test")
    with pytest.raises(UnusableInput, match=r"cannot take these data \(inputs 64 x 1 x 8 x 8\)"):
        task.evaluate(module, data, batch_size=64, device=torch.device("cpu"), progress=Silent())
    with pytest.raises(UnusableInput, match="cannot take these data"):
        train(module, data, task=task, schedule=Schedule(1, 0.1))


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_tokens_that_the_model_does_not_know_are_refused(family: str) -> None:
    chosen: dict[str, Any] = {"family": family, "width": 16, "layers": 1}
    module = CompressibleModel.create("tiny-transformer", {**chosen, "vocabulary": "a b"}).module
    reader = reader_of("tiny-transformer", {**chosen, "vocabulary": "a b c d e f g"})
    assert reader is not None
    labels = torch.tensor([0, 1]) if family == "bert" else unlabelled(2)
    texts = TextDataset(("a g", "g"), ("1", "2"), labels, ("x", "y"), answers=(("g",), ("f",)))
    task = tasks.get("text-classification" if family == "bert" else "generation")
    with pytest.raises(UnusableInput, match=r"input_ids 2 x 2.*index out of range"):
        task.evaluate(
            module, texts.encoded(reader), batch_size=2, device=torch.device("cpu"), progress=Silent()
        )
    with pytest.raises(UnusableInput, match="index out of range"):
        task.loss(module, texts.encoded(reader).batch(slice(0, 2)))


def test_data_without_classes_teach_no_classifier() -> None:
    chosen = {"family": "bert", "width": 16, "layers": 1}
    reader = reader_of("tiny-transformer", chosen)
    assert reader is not None
    data = TextDataset(("a", "b"), ("1", "2"), unlabelled(2), answers=(("x",), ("y",))).encoded(reader)
    module = CompressibleModel.create("tiny-transformer", chosen).module
    with pytest.raises(UnusableInput, match="no classes to learn"):
        tasks.get("text-classification").loss(module, data.batch(slice(0, 2)))


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: unspecified launch failure"), torch.OutOfMemoryError("larger than")]
)
def test_other_failures_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), fitting(torch.zeros(1)):
        raise error
