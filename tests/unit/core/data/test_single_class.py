"""Data with a single class: nothing can be learnt from them or told of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from core.data.base import Split, load_data, require_several_classes
from core.data.images import ImageDataset, normalisation
from core.errors import UnusableInput
from core.evaluation.tasks.image_classification import ImageClassification
from core.ports import Silent
from core.registry import discover

discover("core.data.sources")


def images(folder: Path, *classes: str) -> dict[str, str]:
    for split in ("train", "test"):
        for name in classes:
            (folder / split / name).mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(folder / split / name / "a.png")
    return {"path": str(folder)}


def test_a_folder_with_one_class_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="one class only, cat, so there is nothing to tell apart"):
        require_several_classes(load_data("image-folder", images(tmp_path, "cat"), Split.TEST))
    two = load_data("image-folder", images(tmp_path / "two", "cat", "dog"), Split.TEST)
    assert len(require_several_classes(two)) == 2


def test_a_table_with_one_class_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\none,good\ntwo,good\n")
    files = {"path": str(tmp_path), "train_file": "a.csv", "test_file": "a.csv"}
    with pytest.raises(UnusableInput, match="one class only, good"):
        require_several_classes(load_data("text-table", {**files, "label_column": "label"}, Split.TEST))


def pictures(labels: list[int]) -> ImageDataset:
    return ImageDataset(
        torch.zeros(len(labels), 1, 2, 2, dtype=torch.uint8),
        torch.tensor(labels),
        ("cat", "dog"),
        tuple(map(str, range(len(labels)))),
        normalisation([0.5], [0.5]),
    )


@pytest.mark.parametrize(("labels", "only"), [([1, 1, 1], "dog"), ([0, 1], ""), ([], ""), ([-1, -1], "")])
def test_the_only_class_is_known(labels: list[int], only: str) -> None:
    assert pictures(labels).only_class() == only


def test_accuracy_on_a_single_class_is_remarked_upon() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    task, device = ImageClassification(), torch.device("cpu")
    for data, said in ((pictures([1] * 20), True), (pictures([0, 1] * 10), False)):
        found = task.evaluate(module, data, batch_size=8, device=device, progress=Silent())
        assert (
            any(each.startswith("All 20 instances are of the class dog:") for each in found.remarks) is said
        )
