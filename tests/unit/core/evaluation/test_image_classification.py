"""Image classification: metrics and outcomes of a model whose logits are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss, top_k_accuracy_score
from torch import Tensor, nn
from torchvision.transforms import v2

from core.data.dataset import Batch
from core.data.images import ImageDataset
from core.errors import UnusableInput
from core.evaluation import classification
from core.evaluation.base import Evaluation, tasks
from core.ports import Silent
from core.registry import discover

discover("core.evaluation.tasks")
CPU = torch.device("cpu")
TASK = tasks.get("image-classification")


class Lookup(nn.Module):
    """Answers image i, whose only pixel is i, with row i of a table of logits."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits[images.flatten().long()]


class Listening:
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def report(self, fraction: float, message: str = "") -> None:
        self.fractions.append(fraction)


def dataset(labels: Tensor, classes: int) -> ImageDataset:
    count = len(labels)
    return ImageDataset(
        torch.arange(count).reshape(-1, 1, 1, 1).to(torch.uint8),
        labels,
        tuple(map(str, range(classes))),
        tuple(map(str, range(count))),
        v2.ToDtype(torch.float32),
    )


def evaluated(logits: Tensor, labels: Tensor, batch_size: int = 7, classes: int = 8) -> Evaluation:
    return TASK.evaluate(
        Lookup(logits), dataset(labels, classes), batch_size=batch_size, device=CPU, progress=Silent()
    )


@pytest.fixture(params=[0, 1])
def case(request: pytest.FixtureRequest) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(request.param)
    return torch.randn(60, 8, generator=generator) * 3, torch.randint(8, (60,), generator=generator)


def test_metrics_are_scikit_learns(case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    found = evaluated(logits, labels).metrics
    probabilities = logits.softmax(dim=1).numpy().astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert found["top1"] == pytest.approx(accuracy_score(labels, logits.argmax(dim=1)))
    assert found["top5"] == pytest.approx(top_k_accuracy_score(labels, logits, k=5, labels=range(8)))
    assert found["loss"] == pytest.approx(log_loss(labels, probabilities, labels=range(8)), rel=1e-5)
    assert set(found) == {metric.name for metric in TASK.metrics}


def test_outcomes_hold_every_instance_in_order(case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    result = evaluated(logits, labels)
    outcomes = result.outcomes
    assert result.instances == 60
    np.testing.assert_array_equal(outcomes["label"], labels)
    np.testing.assert_array_equal(outcomes["prediction"], logits.argmax(dim=1))
    np.testing.assert_array_equal(outcomes["top5"], logits.topk(5).indices)
    np.testing.assert_allclose(outcomes["confidence"], logits.softmax(dim=1).amax(dim=1), rtol=1e-3)
    np.testing.assert_allclose(outcomes["log_probabilities"], logits.log_softmax(dim=1), rtol=1e-3, atol=1e-3)


def test_outcomes_are_compact(case: tuple[Tensor, Tensor]) -> None:
    types = {name: array.dtype for name, array in evaluated(*case).outcomes.items()}
    assert types == {
        "label": np.int16,
        "prediction": np.int16,
        "top5": np.int16,
        "confidence": np.float16,
        "log_probabilities": np.float16,
    }


@pytest.mark.parametrize("batch_size", [1, 60, 1000])
@pytest.mark.parametrize("gathered", [1, 10**6], ids=["reduced at once", "reduced at the end"])
def test_batches_make_no_difference(
    batch_size: int, gathered: int, case: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = evaluated(*case)
    monkeypatch.setattr(classification, "GATHERED_LOGITS", gathered)
    found = evaluated(*case, batch_size=batch_size)
    assert found.metrics == pytest.approx(expected.metrics)
    for name, array in expected.outcomes.items():
        np.testing.assert_array_equal(found.outcomes[name], array)


def test_accuracy_per_class_has_gaps_where_a_class_is_absent() -> None:
    logits = torch.eye(3).repeat(2, 1) * 5
    result = evaluated(logits, torch.tensor([0, 1, 1, 0, 1, 1]), classes=3)
    np.testing.assert_allclose(result.per_class["accuracy"], [1.0, 0.5, np.nan])
    assert result.per_class["instances"].tolist() == [2, 4, 0]


def test_impossible_classes_stay_finite() -> None:
    logits = torch.zeros(4, 3)
    logits[:, 0] = 1e30
    result = evaluated(logits, torch.zeros(4, dtype=torch.int64), classes=3)
    assert np.isfinite(result.outcomes["log_probabilities"]).all()


def test_log_probabilities_are_left_out_where_they_would_be_large(
    case: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classification, "LOG_PROBABILITY_NUMBERS", 100)
    assert "log_probabilities" not in evaluated(*case).outcomes


def test_two_classes_have_no_fifth_guess() -> None:
    result = evaluated(torch.randn(10, 2), torch.randint(2, (10,)), classes=2)
    assert result.metrics["top5"] == 1
    assert result.outcomes["top5"].shape == (10, 2)


@pytest.mark.parametrize("classes", [7, 9])
def test_a_model_for_other_classes_is_refused(classes: int, case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    with pytest.raises(UnusableInput, match=f"predicts 8 classes, but the data have {classes}"):
        evaluated(logits, labels.clamp(max=classes - 1), classes=classes)


def test_no_data_is_refused(case: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(UnusableInput, match="no instance"):
        evaluated(case[0], case[1][:0])


def test_progress_ends_with_one(case: tuple[Tensor, Tensor]) -> None:
    listening = Listening()
    TASK.evaluate(Lookup(case[0]), dataset(case[1], 8), batch_size=7, device=CPU, progress=listening)
    assert listening.fractions[-1] == 1


def test_the_loss_has_a_gradient(case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    module = Lookup(logits)
    loss = TASK.loss(module, dataset(labels, 8).batch(slice(None)))
    loss.backward()
    assert loss.item() == pytest.approx(float(nn.functional.cross_entropy(logits, labels)))
    assert module.logits.grad is not None


def test_a_label_without_an_output_is_refused() -> None:
    with pytest.raises(UnusableInput, match="class 9"):
        TASK.loss(Lookup(torch.zeros(2, 3)), Batch(torch.zeros(1, 1), torch.tensor([9])))


def test_without_labels_there_are_predictions_and_no_metric(case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    found = evaluated(logits, torch.full_like(labels, -1))
    assert found.metrics == {}
    assert found.scores == {}
    assert "No instance has a label" in found.remarks[0]
    assert (found.outcomes["prediction"] == logits.argmax(dim=1).numpy()).all()
    assert found.outcomes["log_probabilities"].shape == (60, 8)


def test_instances_without_a_label_take_no_part_in_metrics(case: tuple[Tensor, Tensor]) -> None:
    logits, labels = case
    some = labels.clone()
    some[:20] = -1
    found, rest = evaluated(logits, some), evaluated(logits[20:], labels[20:])
    assert found.metrics == rest.metrics
    assert found.uncertainty == rest.uncertainty
    assert "20 of 60 instances have no label" in found.remarks[-1]
