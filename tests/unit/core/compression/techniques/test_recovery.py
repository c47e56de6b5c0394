"""Fine-tuning within the compressed form, and batch-norm calibration."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.transforms import v2

from core.compression.base import Context, apply_step
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset, call
from core.data.images import ImageDataset
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.models.training import Schedule, train


class Classifying:
    """Cross-entropy."""

    def loss(self, module: nn.Module, batch: Batch) -> torch.Tensor:
        return functional.cross_entropy(call(module, batch.inputs), batch.labels)


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Bright images are of class 1, dark ones of class 0."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (256,), generator=generator)
    images = torch.randint(100, (256, 1, 4, 4), generator=generator) + 100 * labels[:, None, None, None]
    return ImageDataset(
        images=images.to(torch.uint8),
        labels=labels,
        class_names=("dark", "bright"),
        ids=tuple(map(str, range(256))),
        preprocess=v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.4], [0.2])]),
    )


@pytest.fixture(scope="module")
def base(data: Dataset) -> CompressibleModel:
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32, 16),
        nn.ReLU(),
        nn.Linear(16, 2),
    )
    train(module, data, task=Classifying(), schedule=Schedule(3, 0.01, 32))
    return CompressibleModel(module, Architecture("none", {}))


@pytest.fixture
def context(data: Dataset) -> Context:
    return Context(seed=1, data=data, task=Classifying())


def step(
    model: CompressibleModel, technique: str, context: Context, **parameters: object
) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, context)


def loss(model: CompressibleModel, data: Dataset) -> float:
    with torch.no_grad():
        return float(Classifying().loss(model.module, data.batch(slice(None))))


def changed(one: CompressibleModel, other: CompressibleModel) -> bool:
    pairs = zip(compressible_layers(one.module), compressible_layers(other.module), strict=True)
    return any(not torch.equal(left.weight, right.weight) for left, right in pairs)


@pytest.mark.parametrize(
    ("technique", "parameters"),
    [
        ("magnitude-pruning", {"sparsity": 0.8}),
        ("weight-only-quantization", {"bits": 2}),
        ("palettization", {"bits": 1}),
    ],
)
def test_fine_tuning_recovers_within_the_compressed_form(
    technique: str, parameters: dict[str, object], base: CompressibleModel, data: Dataset, context: Context
) -> None:
    compressed = step(base, technique, context, **parameters)
    tuned = step(compressed, "fine-tune", context, epochs=6, learning_rate=0.05)
    assert changed(compressed, tuned)
    assert loss(tuned, data) < 0.7 * loss(compressed, data)
    assert tuned.encodings.keys() == compressed.encodings.keys()
    for name, encoding in tuned.encodings.items():
        weight = tuned.module.get_parameter(name).detach()
        assert torch.equal(encoding.project(weight), weight)


def test_masks_survive_fine_tuning_of_quantized_weights(base: CompressibleModel, context: Context) -> None:
    pruned = step(base, "magnitude-pruning", context, sparsity=0.7)
    tuned = step(step(pruned, "weight-only-quantization", context, bits=4), "fine-tune", context, epochs=2)
    for before, after in zip(
        compressible_layers(pruned.module), compressible_layers(tuned.module), strict=True
    ):
        assert bool((after.weight[before.weight == 0] == 0).all())


def test_layers_that_rules_leave_out_keep_their_values(base: CompressibleModel, context: Context) -> None:
    tuned = apply_step("fine-tune", {"epochs": 1}, LayerRules(include=("^6$",)), base, context)
    assert torch.equal(tuned.module.get_parameter("0.weight"), base.module.get_parameter("0.weight"))
    assert torch.equal(tuned.module.get_buffer("1.running_mean"), base.module.get_buffer("1.running_mean"))
    assert not torch.equal(tuned.module.get_parameter("6.weight"), base.module.get_parameter("6.weight"))
    assert all(parameter.requires_grad for parameter in tuned.module.parameters())


def test_a_rate_that_makes_training_diverge_is_named(base: CompressibleModel, context: Context) -> None:
    class Exploding(Classifying):
        def loss(self, module: nn.Module, batch: Batch) -> torch.Tensor:
            return super().loss(module, batch) * float("inf")

    diverging = Context(data=context.data, task=Exploding())
    with pytest.raises(UnusableInput, match="diverged in epoch 1"):
        step(base, "fine-tune", diverging)


def test_calibration_measures_what_the_layer_sees(
    base: CompressibleModel, data: Dataset, context: Context
) -> None:
    result = step(base, "calibrate-batch-norm", context, samples=256, batch_size=64)
    with torch.no_grad():
        seen = base.module[0](data.batch(slice(None)).inputs)  # type: ignore[index, operator]
    torch.testing.assert_close(
        result.module.get_buffer("1.running_mean"), seen.mean(dim=(0, 2, 3)), rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(
        result.module.get_buffer("1.running_var"), seen.var(dim=(0, 2, 3)), rtol=0.05, atol=1e-4
    )
    assert result.module[1].momentum == 0.1  # type: ignore[index, union-attr]
    assert not changed(base, result)


def test_models_without_batch_norm_cannot_be_calibrated(context: Context) -> None:
    model = CompressibleModel(nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), Architecture("none", {}))
    with pytest.raises(UnusableInput, match="no batch-norm layer"):
        step(model, "calibrate-batch-norm", context)


def test_a_task_is_needed_to_train(base: CompressibleModel, data: Dataset) -> None:
    with pytest.raises(UnusableInput, match="no task"):
        step(base, "fine-tune", Context(data=data))
