"""Training: learns, repeats itself under a seed, reports, and says when it diverges."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms import v2

from core.data.dataset import Batch, call
from core.data.images import ImageDataset
from core.errors import UnusableInput
from core.models.curve_recorder import CurveRecorder, ValidationMetrics
from core.models.training import Schedule, train
from core.models.training import log as training_log


class Classifying:
    """Cross-entropy."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return functional.cross_entropy(call(module, batch.inputs), batch.labels)


class Listening:
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, str]] = []
        self.points: list[tuple[int, float, dict[str, float]]] = []

    def report(self, fraction: float, message: str = "") -> None:
        self.reports.append((fraction, message))

    def record(self, updates: int, epochs: float, values: Mapping[str, float]) -> None:
        self.points.append((updates, epochs, dict(values)))


def dataset(count: int = 65) -> ImageDataset:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    images = torch.randint(80, (count, 1, 3, 3), generator=generator) + 120 * labels[:, None, None, None]
    return ImageDataset(
        images.to(torch.uint8),
        labels,
        ("a", "b"),
        tuple(map(str, range(count))),
        v2.ToDtype(torch.float32, scale=True),
    )


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(9, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2)
    )


def trained(seed: int, **schedule: object) -> nn.Module:
    module = network()
    options = {"epochs": 4, "learning_rate": 0.05, "batch_size": 16} | schedule
    train(module, dataset(), task=Classifying(), schedule=Schedule(**options), seed=seed)
    return module


def test_the_loss_falls() -> None:
    module = network()
    first = train(module, dataset(), task=Classifying(), schedule=Schedule(1, 0.02, 16))
    last = train(module, dataset(), task=Classifying(), schedule=Schedule(6, 0.02, 16))
    assert last < 0.5 * first
    assert not module.training


def test_a_seed_decides_everything() -> None:
    torch.manual_seed(1)
    one = trained(7).state_dict()
    torch.manual_seed(2)
    same, other = trained(7).state_dict(), trained(8).state_dict()
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_a_last_batch_of_one_instance_does_not_stop_it() -> None:
    assert len(dataset()) % 16 == 1
    trained(0)


def test_progress_ends_with_one_and_never_goes_back() -> None:
    listening = Listening()
    train(network(), dataset(), task=Classifying(), schedule=Schedule(2, 0.01, 16), progress=listening)
    fractions = [fraction for fraction, _ in listening.reports]
    assert fractions == sorted(fractions)
    assert listening.reports[-1] == (1.0, "epoch 2 of 2")


def test_modules_that_are_frozen_keep_their_statistics() -> None:
    module = network()
    norm = module.get_submodule("2")
    norm.requires_grad_(requires_grad=False)
    train(module, dataset(), task=Classifying(), schedule=Schedule(1, 0.01, 16))
    assert int(norm.get_buffer("num_batches_tracked")) == 0


def test_diverging_is_said_in_words() -> None:
    class Nothing(Classifying):
        def loss(self, module: nn.Module, batch: Batch) -> Tensor:
            return super().loss(module, batch) * math.nan

    with pytest.raises(UnusableInput, match="diverged in epoch 1"):
        train(network(), dataset(), task=Nothing(), schedule=Schedule(3, 0.01))


def test_diverging_names_the_update_and_says_what_to_try() -> None:
    with pytest.raises(UnusableInput) as caught:
        train(network(), dataset(64), task=Classifying(), schedule=Schedule(3, 1e30, 16))
    found = re.fullmatch(
        r"Training diverged in epoch (\d+), at update (\d+) of 12: the loss is (nan|inf) for the batch of 16 "
        r"instances from \d+ to \d+\.",
        caught.value.message,
    )
    assert found is not None
    assert math.ceil(int(found[2]) / 4) == int(found[1])  # four batches an epoch
    assert re.fullmatch(
        r"Use a smaller learning rate; it was \d[\d.]*e\+\d\d at that update\.", caught.value.hint
    )


@pytest.mark.parametrize("normed", [False, True], ids=["plain", "with batch norm"])
def test_an_instance_that_alone_has_no_loss_is_named(normed: bool) -> None:
    """As with a constant image in a network that divides by its standard deviation."""
    images = dataset(64).images.clone()
    images[37] = 9
    data = replace(dataset(64), images=images, ids=tuple(f"photo {place}" for place in range(64)))

    class Standardise(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            mean, std = (values.mean((1, 2, 3), keepdim=True), values.std((1, 2, 3), keepdim=True))
            return (values - mean) / std

    norm = nn.BatchNorm2d(1) if normed else nn.Identity()
    module = nn.Sequential(Standardise(), norm, nn.Flatten(), nn.Linear(9, 2))
    with pytest.raises(UnusableInput) as caught:
        train(module, data, task=Classifying(), schedule=Schedule(1, 0.01, 16, augmented=False))
    assert "in epoch 1, at update" in caught.value.message
    assert "because of the training instance photo 37;" in caught.value.message
    assert caught.value.hint.startswith("Leave that instance out of the data")


def test_no_data_is_said_in_words() -> None:
    with pytest.raises(UnusableInput, match="training split is empty"):
        train(network(), dataset(0), task=Classifying(), schedule=Schedule(1, 0.01))


def test_the_rate_rises_then_falls_to_nothing() -> None:
    schedule = Schedule(10, 0.1)
    rates = [schedule.rate(step, 100) for step in range(100)]
    assert max(rates) == pytest.approx(0.1)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001


def test_each_epoch_leaves_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", training_log.name):
        loss = train(network(), dataset(), task=Classifying(), schedule=Schedule(3, 0.02, 16))
    lines = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in lines] == ["Epoch 1 of 3", "Epoch 2 of 3", "Epoch 3 of 3"]
    assert lines[-1].endswith(f"mean loss {loss:.4g}")


def curve_of(
    schedule: Schedule, watch: ValidationMetrics | None = None
) -> list[tuple[int, float, dict[str, float]]]:
    listening = Listening()
    train(network(), dataset(), task=Classifying(), schedule=schedule, progress=listening, watch=watch)
    return listening.points


def test_a_short_training_has_a_point_per_update() -> None:
    points = curve_of(Schedule(2, 0.02, 16))
    assert [updates for updates, _, _ in points] == [1, 1, 1, 1, 1] * 2
    assert sum(epochs for _, epochs, _ in points) == pytest.approx(2)


def test_a_long_training_has_about_a_hundred_points_and_none_of_its_updates_is_left_out() -> None:
    points = curve_of(Schedule(60, 0.001, 16))  # 300 updates
    assert sum(updates for updates, _, _ in points) == 300
    assert 100 <= len(points) <= 160


def test_the_loss_of_a_point_is_the_mean_over_its_updates() -> None:
    losses = iter([1.0, 2.0, 6.0])

    class Given(Classifying):
        def loss(self, module: nn.Module, batch: Batch) -> Tensor:
            return super().loss(module, batch) * 0 + next(losses)

    listening = Listening()
    recorder = CurveRecorder(listening, 300, 3, None)  # a point every three updates
    module = network()
    for indices in torch.arange(48).split(16):
        recorder.updated(Given().loss(module, dataset().batch(indices)).detach())
    assert listening.points == [(3, 1.0, {"loss": 3.0})]


def test_metrics_are_looked_at_after_epochs_and_change_nothing() -> None:
    def watch(module: nn.Module) -> dict[str, float]:
        module.eval()
        torch.rand(3)
        return {"top1": 0.5}

    watched = [values for _, _, values in curve_of(Schedule(3, 0.02, 16), watch) if "top1" in values]
    assert len(watched) == 3
    with_watch, without = network(), network()
    for module, looked in ((with_watch, watch), (without, None)):
        train(module, dataset(), task=Classifying(), schedule=Schedule(3, 0.02, 16), watch=looked)
    states = with_watch.state_dict(), without.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_metric_that_cannot_be_measured_ends_no_training() -> None:
    def watch(_: nn.Module) -> dict[str, float]:
        raise UnusableInput("The model predicts 3 classes.", "")

    assert all(set(values) <= {"loss"} for _, _, values in curve_of(Schedule(2, 0.02, 16), watch))


@pytest.mark.parametrize(
    ("limits", "updates", "message"),
    [
        ({"max_steps": 7}, 7, "epoch 2 of 2"),
        ({"max_steps": 3}, 3, "epoch 1 of 1"),
        ({"max_steps": 1000}, 20, "epoch 4 of 4"),
        ({"instances": 20}, 8, "epoch 4 of 4"),
        ({"instances": 20, "max_steps": 5}, 5, "epoch 3 of 3"),
        ({"instances": 1000}, 20, "epoch 4 of 4"),
    ],
    ids=["steps", "less-than-an-epoch", "steps-to-spare", "instances", "both", "instances-to-spare"],
)
def test_limits_end_a_training_early(limits: dict[str, int], updates: int, message: str) -> None:
    listening = Listening()
    schedule = Schedule(4, 0.01, 16, **limits)  # 5 updates per epoch without limits
    train(network(), dataset(), task=Classifying(), schedule=schedule, progress=listening)
    assert sum(point[0] for point in listening.points) == updates
    assert listening.reports[-1] == (1.0, message)
