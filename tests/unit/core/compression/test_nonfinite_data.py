"""Data for which a model computes NaN: every data-driven step refuses them and names the instance."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Ancestor, Context, apply_step
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, call
from core.data.images import ImageDataset, normalisation
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.evaluation.base import tasks
from core.execution.registries import load_registries
from core.models.base import Architecture
from core.models.training import Silent

CONSTANT = 5  # of the images, which gives 0 / 0


class Standardise(nn.Module):
    """Divides by the standard deviation of each image."""

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        return (images - mean) / images.std(dim=(1, 2, 3), keepdim=True)


class ByKeyword(nn.Module):
    """Calls its layers with keyword arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 3)

    def forward(self, images: Tensor) -> Tensor:
        seen = torch.relu(self.norm(input=self.conv(input=images)))
        answers: Tensor = self.head(input=seen.mean(dim=(2, 3)))
        return answers


class ByPosition(ByKeyword):
    """The same network with plain calls."""

    def forward(self, images: Tensor) -> Tensor:
        seen = torch.relu(self.norm(self.conv(images)))
        answers: Tensor = self.head(seen.mean(dim=(2, 3)))
        return answers


class Classifying:
    """Cross-entropy."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return functional.cross_entropy(call(module, batch.inputs), batch.labels)


@pytest.fixture(scope="module", autouse=True)
def registries() -> None:
    load_registries()


def images(*, constant: bool) -> ImageDataset:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (24, 3, 6, 6), generator=generator).to(torch.uint8)
    if constant:
        pixels[CONSTANT] = 128
    ids = tuple(f"image {number}" for number in range(24))
    return ImageDataset(
        pixels, torch.arange(24) % 3, ("a", "b", "c"), ids, normalisation([0.5] * 3, [0.2] * 3)
    )


def model(kind: type[nn.Module] = ByPosition, *, standardised: bool = False) -> CompressibleModel:
    torch.manual_seed(0)
    network = kind()
    module = nn.Sequential(Standardise(), network) if standardised else network
    return CompressibleModel(module.eval(), Architecture("none", {}))


STEPS = {
    "gptq": {"samples": 24, "batch_size": 8},
    "wanda-pruning": {"samples": 24},
    "gradient-pruning": {"samples": 24, "batch_size": 8},
    "gradual-pruning": {"criterion": "wanda", "rounds": 2, "samples": 24},
    "static-int8": {"samples": 24},
    "calibrate-batch-norm": {"samples": 24},
    "bias-correction": {"samples": 24},
}


def applied(name: str, base: CompressibleModel, data: ImageDataset) -> CompressibleModel:
    context = Context(data=data, task=Classifying(), ancestors=(Ancestor("base", base.copy),))
    return apply_step(name, STEPS[name], LayerRules(), base, context)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", STEPS)
def test_an_instance_that_makes_nan_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnusableInput, match=f"image {CONSTANT}\\b"):
        applied(name, model(standardised=True), images(constant=True))


@pytest.mark.parametrize("name", STEPS)
def test_layers_called_by_keyword_give_the_same_result(name: str) -> None:
    data = images(constant=False)
    plain, named = applied(name, model(ByPosition), data), applied(name, model(ByKeyword), data)
    state = named.module.state_dict()
    assert state.keys() == plain.module.state_dict().keys()
    for key, tensor in plain.module.state_dict().items():
        assert torch.equal(tensor, state[key]), key


@pytest.mark.parametrize(
    "name", ["low-rank", "dynamic-int8", "int8-kernels", "magnitude-pruning", "palettization"]
)
def test_layers_called_by_keyword_compute_after_every_step(name: str) -> None:
    inputs = images(constant=False).batch(slice(None)).inputs
    answers = []
    for kind in (ByPosition, ByKeyword):
        made = apply_step(name, {}, LayerRules(exclude=("conv",)), model(kind), Context())
        with torch.no_grad():
            answers.append(made.module(inputs))
    assert torch.equal(*answers)


def test_the_sample_is_noted_and_zero_takes_all() -> None:
    data = images(constant=False)
    context = Context(seed=3, data=data, task=Classifying())

    def notes(samples: int) -> tuple[str, ...]:
        values = {"samples": samples, "batch_size": 8}
        return apply_step("calibrate-batch-norm", values, LayerRules(), model(), context).notes

    assert notes(16)[0].startswith("Calibrated on 16 of 24 training instances, drawn by seed 3.")
    assert notes(0) == ()


def test_outputs_that_are_nan_count_as_wrong_and_are_named() -> None:
    data = images(constant=True)
    task = tasks.get("image-classification")
    module = model(standardised=True).module
    found = task.evaluate(module, data, batch_size=8, device=torch.device("cpu"), progress=Silent())
    assert found.without_answer == (f"image {CONSTANT}",)
    assert found.outcomes["prediction"][CONSTANT] == -1
    with torch.no_grad():
        right = (module(data.batch(slice(None)).inputs).argmax(1) == data.labels).double()
    right[CONSTANT] = 0
    assert found.metrics["top1"] == pytest.approx(float(right.mean()))
    assert found.metrics["top5"] == pytest.approx(23 / 24)


def test_a_model_whose_answers_are_all_nan_is_right_nowhere() -> None:
    data = images(constant=False)
    base = model()
    base.module.get_buffer("norm.running_mean").fill_(float("nan"))
    found = tasks.get("image-classification").evaluate(
        base.module, data, batch_size=8, device=torch.device("cpu"), progress=Silent()
    )
    assert (found.metrics["top1"], found.metrics["macro_f1"]) == (0, 0)
    assert len(found.without_answer) == 24
    assert base.nonfinite() == {"norm.running_mean": 8}
    with pytest.raises(UnusableInput, match=r"norm\.running_mean"):
        base.require_finite()


def test_attention_masks_of_infinity_are_no_fault() -> None:
    module = nn.Linear(2, 2)
    module.register_buffer("mask", torch.full((2, 2), -torch.inf))
    assert CompressibleModel(module, Architecture("none", {})).nonfinite() == {}
