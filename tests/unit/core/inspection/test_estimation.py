"""The estimate is what its formula says, and orders layers as measuring does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.data.dataset import Batch
from core.domain.measurement.sensitivity import Grouping
from core.domain.recipe import Step
from core.errors import UnusableInput
from core.inspection.estimation import Gradients, estimated
from core.inspection.layer_groups import parts
from core.inspection.sensitivity import Examination, Measured, sensitivity, verdict
from core.models.base import Architecture
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")


class Classes:
    """Cross-entropy of classes."""

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        return functional.cross_entropy(module(batch.inputs), batch.labels)


def trained() -> tuple[CompressibleModel, Tensor, Tensor]:
    """A small network near the minimum of its loss, and its data."""
    torch.manual_seed(0)
    inputs = torch.randn(256, 8)
    labels = (inputs[:, :3].sum(1) > 0).long() + (inputs[:, 3] * inputs[:, 4] > 0).long()
    module = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        functional.cross_entropy(module(inputs), labels).backward()
        optimizer.step()
    optimizer.zero_grad()
    return CompressibleModel(module.eval(), Architecture("none", {})), inputs, labels


def gradients(inputs: Tensor, labels: Tensor, size: int) -> Gradients:
    batches = [Batch(inputs[at : at + size], labels[at : at + size]) for at in range(0, len(inputs), size)]
    return Gradients(batches, Classes())


def loss(model: CompressibleModel, inputs: Tensor, labels: Tensor) -> float:
    with torch.no_grad():
        return float(functional.cross_entropy(model.module(inputs), labels))


def test_the_estimate_is_first_order_and_fisher() -> None:
    """Of one linear layer, by formulas that are written down here; batches of one are single instances."""
    torch.manual_seed(0)
    layer = nn.Linear(4, 3, bias=False)
    inputs, labels = torch.randn(32, 4), torch.randint(0, 3, (32,))
    model = CompressibleModel(nn.Sequential(layer).eval(), Architecture("none", {}))
    step = Step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer"})
    pruned = apply_step(step.technique, step.parameters, step.rules, model, Context()).module
    move = (pruned.get_parameter("0.weight") - layer.weight).detach().double().numpy()
    chances = torch.softmax(layer(inputs), 1).detach().double().numpy()
    errors = chances - np.eye(3)[labels.numpy()]
    lost = np.einsum("nc,cd,nd->n", errors, move, inputs.double().numpy())
    _, found = estimated(model, step, Context(), gradients(inputs, labels, 1), Grouping.MODULE)
    expected = lost.mean() + (lost.mean() ** 2 + lost.var(ddof=1)) / 2
    assert found["estimate"] == pytest.approx([expected], rel=1e-4)


def test_where_the_loss_is_flat_the_shares_add_up_to_what_the_whole_step_does() -> None:
    model, inputs, labels = trained()
    for step in (Step("weight-only-quantization", {"bits": 4}), Step("magnitude-pruning", {"sparsity": 0.3})):
        _, found = estimated(model, step, Context(), gradients(inputs, labels, 64), Grouping.MODULE)
        alone = {**step.parameters, **({"scope": "layer"} if "sparsity" in step.parameters else {})}
        result = apply_step(step.technique, alone, step.rules, model, Context())
        change = loss(result, inputs, labels) - loss(model, inputs, labels)
        assert found["estimate"].sum() == pytest.approx(change, rel=0.15)


def test_the_model_is_left_alone() -> None:
    model, inputs, labels = trained()
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    step = Step("weight-only-quantization", {"bits": 2})
    estimated(model, step, Context(), gradients(inputs, labels, 64), Grouping.MODULE)
    assert all(torch.equal(before[name], value) for name, value in model.module.state_dict().items())
    assert all(parameter.grad is None for parameter in model.module.parameters())


def test_the_order_is_that_of_the_measured_changes() -> None:
    model, inputs, labels = trained()

    def evaluate(module: nn.Module) -> Measured:
        with torch.no_grad():
            losses = functional.cross_entropy(module(inputs), labels, reduction="none").numpy()
        return Measured({"loss": float(losses.mean())}, {"loss": losses})

    estimates, measured = [], []
    for bits in (2, 3, 4, 5):
        step = Step("weight-only-quantization", {"bits": bits})
        _, cheap = estimated(model, step, Context(), gradients(inputs, labels, 64), Grouping.MODULE)
        before, real = sensitivity(model, step, Context(), Examination(evaluate, lambda _a, _b: (-1.0, 1.0)))
        assert cheap["layer"].tolist() == real["layer"].tolist()
        np.testing.assert_array_equal(cheap["bits_after"], real["bits_after"])
        np.testing.assert_allclose(
            real["change.loss"], real["metric.loss"] - before["loss"], rtol=1e-4, atol=1e-7
        )
        estimates += cheap["estimate"].tolist()
        measured += real["change.loss"].tolist()
    assert spearmanr(estimates, measured).statistic > 0.8


def test_a_step_that_changes_shapes_cannot_be_estimated() -> None:
    size = {"family": "bert", "width": 16, "heads": 4, "context": 8, "vocabulary": "who went"}
    model = CompressibleModel.create("tiny-transformer", size)
    step = Step("ffn-pruning", {"ratio": 0.5, "criterion": "magnitude"})
    with pytest.raises(UnusableInput, match="changes the shape of"):
        estimated(model, step, Context(), Gradients([], Classes()), Grouping.MODULE)


def test_groups_hold_every_layer_once() -> None:
    size = {"family": "gpt2", "width": 16, "heads": 4, "context": 8, "vocabulary": "who went"}
    model = CompressibleModel.create("tiny-transformer", size)
    step = Step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer"})
    alone = [name for part in parts(model, step) for name in part.names]
    for grouping, names in (
        (Grouping.BLOCK, {"transformer.h.0", "transformer.h.1", "transformer.wpe"}),
        (Grouping.KIND, {"transformer.h.*.attn.c_attn", "transformer.h.*.mlp.c_fc"}),
    ):
        found = parts(model, step, grouping)
        assert names <= {part.name for part in found}
        assert sorted(name for part in found for name in part.names) == sorted(alone)
    everything = Step("magnitude-pruning", {**step.parameters, "weights": "everything"})
    norms = {part.name for part in parts(model, everything)} - {part.name for part in parts(model, step)}
    assert norms == {
        f"transformer.{name}" for name in ("h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f")
    }


def test_weights_and_activations_are_told_apart() -> None:
    """Rounding the weights of a network with 8-bit weights changes nothing; its inputs of one outlier do."""
    model = CompressibleModel(nn.Sequential(nn.Linear(4, 4, bias=False)), Architecture("none", {}))
    with torch.no_grad():
        model.module[0].weight.copy_(torch.eye(4) * 127)
    inputs = torch.tensor([[1000.0, 0.1, 0.2, 0.3]])

    def evaluate(module: nn.Module) -> Measured:
        with torch.no_grad():
            wrong = (module(inputs) - inputs * 127).abs().numpy()[0]
        return Measured({"error": float(wrong.mean())}, {"error": wrong})

    before, found = verdict(model, Step("dynamic-int8", {}), Context(), Examination(evaluate))
    assert before == {"error": 0.0}
    assert found["layer"].tolist() == ["weights", "activations", "weights and activations"]
    weights, activations, both = found["change.error"]
    assert weights == 0
    assert activations == pytest.approx(0.6 * 127 / 4, rel=1e-3)
    assert both == activations
    with pytest.raises(UnusableInput, match="rounds no activations"):
        verdict(model, Step("magnitude-pruning", {}), Context(), Examination(evaluate))
