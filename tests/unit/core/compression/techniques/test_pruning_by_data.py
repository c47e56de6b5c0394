"""Gradient, Wanda, random, gradual and N:M pruning: what is chosen, and exactly how much."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune
from torchvision.transforms import v2
from transformers.pytorch_utils import Conv1D

from core.compression.base import Context, apply_step
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.selection.saliency import input_norms, input_saliency
from core.compression.techniques import (
    gradient_pruning,
    gradual_pruning,
    magnitude_pruning,
    n_m_pruning,
    random_pruning,
    wanda_pruning,
)
from core.data.dataset import Batch, call
from core.data.images import ImageDataset
from core.domain.technique import LayerRules
from core.errors import InvalidInput, UnusableInput
from core.models.base import Architecture

assert gradient_pruning
assert magnitude_pruning
assert n_m_pruning
assert random_pruning
assert wanda_pruning

EVERYWHERE = LayerRules()


class Classifying:
    """Cross-entropy."""

    def loss(self, module: nn.Module, batch: Batch) -> torch.Tensor:
        return functional.cross_entropy(call(module, batch.inputs), batch.labels)


class Model(nn.Module):
    """Convolutions with and without groups, Conv1D, linear, and a parameter that nothing uses."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.grouped = nn.Conv2d(4, 6, 1, groups=2)
        self.transposed = Conv1D(5, 24)
        self.head = nn.Linear(5, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.grouped(functional.relu(self.conv(images)))
        out: torch.Tensor = self.head(functional.relu(self.transposed(hidden.flatten(1))))
        return out


def network(seed: int = 0) -> CompressibleModel:
    torch.manual_seed(seed)
    return CompressibleModel(Model(), Architecture("none", {}))


@pytest.fixture(scope="module")
def context() -> Context:
    generator = torch.Generator().manual_seed(0)
    data = ImageDataset(
        images=torch.randint(255, (48, 1, 4, 4), generator=generator).to(torch.uint8),
        labels=torch.randint(2, (48,), generator=generator),
        class_names=("dark", "bright"),
        ids=tuple(map(str, range(48))),
        preprocess=v2.Compose([v2.ToDtype(torch.float32, scale=True)]),
    )
    return Context(seed=3, data=data, task=Classifying())


def weights(model: CompressibleModel) -> list[torch.Tensor]:
    return [layer.weight.detach() for layer in compressible_layers(model.module)]


def zeros(model: CompressibleModel) -> int:
    return sum(int((weight == 0).sum()) for weight in weights(model))


def rounded(model: CompressibleModel, decimals: int) -> CompressibleModel:
    """The model with many equal weights, zeros among them."""
    with torch.no_grad():
        for layer in compressible_layers(model.module):
            layer.weight.copy_(layer.weight.round(decimals=decimals))
    return model


QUICK = {"gradual-pruning": {"rounds": 2}, "gradient-pruning": {"samples": 16}}


@pytest.mark.parametrize("name", ["gradient-pruning", "random-pruning", "gradual-pruning"])
@settings(max_examples=15)
@given(sparsity=st.floats(0, 0.999), seed=st.integers(0, 100), decimals=st.sampled_from([1, 8]))
def test_exactly_the_share_asked_for_is_zero(
    context: Context, name: str, sparsity: float, seed: int, decimals: int
) -> None:
    model = rounded(network(seed), decimals)
    parameters = {"sparsity": sparsity, **QUICK.get(name, {})}
    result = apply_step(name, parameters, EVERYWHERE, model, context)
    total = sum(weight.numel() for weight in weights(model))
    wanted = round(sparsity * total)
    if name == "gradual-pruning" and zeros(model) > wanted:  # what is not pruned is trained
        assert wanted <= zeros(result) <= zeros(model)
    else:
        assert zeros(result) == max(wanted, zeros(model))


@settings(max_examples=15)
@given(sparsity=st.floats(0, 0.999), decimals=st.sampled_from([1, 8]))
def test_wanda_prunes_every_output_channel_alike(context: Context, sparsity: float, decimals: int) -> None:
    model = rounded(network(), decimals)
    result = apply_step("wanda-pruning", {"sparsity": sparsity}, EVERYWHERE, model, context)
    pairs = zip(compressible_layers(model.module), compressible_layers(result.module), strict=True)
    for before, after in pairs:
        gone = after.weight.movedim(after.output_axis, 0).flatten(1) == 0
        already = before.weight.movedim(after.output_axis, 0).flatten(1) == 0
        wanted = sparsity * gone.shape[1]
        assert bool(((gone.sum(1) - wanted).abs() < 1).logical_or(gone.sum(1) == already.sum(1)).all())
        if not already.any():
            assert gone.sum() == round(sparsity * gone.numel())


def test_gradient_pruning_takes_what_the_loss_misses_least(context: Context) -> None:
    model = network()
    result = apply_step(
        "gradient-pruning", {"sparsity": 0.6, "samples": 48, "batch_size": 48}, EVERYWHERE, model, context
    )
    assert context.data is not None
    loss = Classifying().loss(model.module, context.data.batch(slice(None)))
    loss.backward()
    chosen = [(layer.module, "weight") for layer in compressible_layers(model.module)]
    scores = {(owner, name): (owner.weight * owner.weight.grad).abs() for owner, name in chosen}
    prune.global_unstructured(chosen, prune.L1Unstructured, importance_scores=scores, amount=0.6)
    for (owner, _), weight in zip(chosen, weights(result), strict=True):
        assert torch.equal(owner.weight, weight)


def test_wanda_weighs_linear_inputs_as_the_paper_does(context: Context) -> None:
    model = network()
    assert context.data is not None
    seen: list[torch.Tensor] = []
    hook = model.module.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))  # type: ignore[union-attr]
    with torch.no_grad():
        model.module(context.data.batch(slice(None)).inputs)
    hook.remove()
    scores = weights(model)[3].abs() * seen[0].norm(dim=0)
    result = apply_step("wanda-pruning", {"sparsity": 0.4}, EVERYWHERE, model, context)
    expected = torch.zeros_like(scores, dtype=torch.bool)
    expected.scatter_(1, scores.argsort(dim=1)[:, :2], True)
    assert torch.equal(weights(result)[3] == 0, expected)


def test_wanda_weighs_each_input_channel_of_a_grouped_convolution(context: Context) -> None:
    model = network()
    with torch.no_grad():
        model.module.grouped.weight.fill_(1.0)  # type: ignore[union-attr, operator]
        model.module.conv.bias.copy_(torch.tensor([5.0, 50.0, 50.0, 5.0]))  # type: ignore[union-attr, operator, arg-type]
    result = apply_step("wanda-pruning", {"sparsity": 0.5}, EVERYWHERE, model, context)
    kept = result.module.grouped.weight.flatten(1) != 0  # type: ignore[union-attr, operator]
    assert kept.tolist() == [[False, True]] * 3 + [[True, False]] * 3


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_wanda_of_wider_scopes_takes_what_torch_takes_by_its_scores(scope: str, context: Context) -> None:
    model = network()
    assert context.data is not None
    layers = compressible_layers(model.module)
    norms = input_norms(model.module, layers, [context.data.batch(slice(None))])
    result = apply_step("wanda-pruning", {"sparsity": 0.6, "scope": scope}, EVERYWHERE, model, context)
    scores = {
        (layer.module, "weight"): input_saliency(layer, norms[layer.parameter_name]) for layer in layers
    }
    if scope == "global":
        prune.global_unstructured(list(scores), prune.L1Unstructured, importance_scores=scores, amount=0.6)
    else:
        for (owner, name), importance in scores.items():
            prune.l1_unstructured(owner, name, amount=0.6, importance_scores=importance)
    for (owner, _), weight in zip(scores, weights(result), strict=True):
        assert torch.equal(owner.weight, weight)


def test_wanda_with_a_pattern_keeps_the_pattern(context: Context) -> None:
    result = apply_step("wanda-pruning", {"pattern": "2:4"}, EVERYWHERE, network(), context)
    kept = (weights(result)[2] != 0).T.reshape(5, 6, 4)
    assert bool((kept.sum(2) == 2).all())


@pytest.mark.parametrize("pattern", ["2:4", "4:8"])
def test_n_m_pruning_keeps_the_largest_of_each_group(pattern: str) -> None:
    model = network()
    result = apply_step("n-m-pruning", {"pattern": pattern}, EVERYWHERE, model, Context())
    kept, _, group = pattern.partition(":")
    before = weights(model)[2].T.reshape(5, -1, int(group)).abs()
    after = weights(result)[2].T.reshape(5, -1, int(group)).abs()
    torch.testing.assert_close(after.sum(2), before.topk(int(kept), dim=2).values.sum(2))


def test_a_first_convolution_with_27_inputs_keeps_14_of_them_under_2_4() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3))
    model = CompressibleModel(module, Architecture("none", {}))
    result = apply_step("n-m-pruning", {"pattern": "2:4"}, EVERYWHERE, model, Context())
    assert ((weights(result)[0] != 0).flatten(1).sum(1) == 14).all()


def test_random_pruning_follows_the_seed() -> None:
    results = [
        apply_step("random-pruning", {}, EVERYWHERE, network(), Context(seed=seed)) for seed in (1, 1, 2)
    ]
    first, again, other = (torch.cat([weight.flatten() for weight in weights(r)]) for r in results)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_sparsity_of_rounds_follows_the_cubic_schedule() -> None:
    steps = [gradual_pruning.scheduled(0.0, 0.8, number / 4) for number in range(1, 5)]
    assert steps == pytest.approx([0.4625, 0.7, 0.7875, 0.8])
    assert gradual_pruning.scheduled(0.9, 0.8, 0.25) == 0.8


@pytest.mark.parametrize("criterion", ["magnitude", "gradient", "wanda", "random"])
def test_gradual_pruning_trains_between_rounds_and_keeps_zeros(criterion: str, context: Context) -> None:
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.3}, EVERYWHERE, network(), context)
    parameters = {"sparsity": 0.7, "rounds": 3, "criterion": criterion, "learning_rate": 0.01}
    result = apply_step("gradual-pruning", parameters, EVERYWHERE, pruned, context)
    for before, after in zip(weights(pruned), weights(result), strict=True):
        assert bool((after[before == 0] == 0).all())
        assert not torch.equal(after[after != 0], before[after != 0])
    assert zeros(result) == round(0.7 * sum(weight.numel() for weight in weights(result)))


class Counted(ImageDataset):
    """Counts the batches that are read without being varied, as calibration does."""

    reads = 0

    def batch(self, indices: torch.Tensor | slice, *, augmented: bool = False) -> Batch:
        self.reads += not augmented
        return super().batch(indices, augmented=augmented)


def test_gradual_pruning_looks_at_the_data_once_in_each_round(context: Context) -> None:
    data = context.training_data()
    counted = Counted(**{field.name: getattr(data, field.name) for field in fields(ImageDataset)})
    reads = {}
    for criterion in ("gradient", "wanda"):
        counted.reads = 0
        parameters = {"rounds": 3, "criterion": criterion, "scope": "layer"}
        apply_step("gradual-pruning", parameters, EVERYWHERE, network(), replace(context, data=counted))
        reads[criterion] = counted.reads
    assert reads == {"gradient": 3, "wanda": 3}


def test_layers_left_out_keep_their_values_while_others_are_pruned_and_trained(context: Context) -> None:
    rules = LayerRules(exclude=("^conv$",))
    model = network()
    result = apply_step("gradual-pruning", {"rounds": 2}, rules, model, context)
    assert torch.equal(weights(result)[0], weights(model)[0])
    assert not torch.equal(weights(result)[3], weights(model)[3])


def test_a_loss_that_is_no_number_is_named(context: Context) -> None:
    class Broken(Classifying):
        def loss(self, module: nn.Module, batch: Batch) -> torch.Tensor:
            return super().loss(module, batch) * float("nan")

    with pytest.raises(UnusableInput, match=r"loss on the training instance \d+ is nan"):
        apply_step("gradient-pruning", {}, EVERYWHERE, network(), Context(data=context.data, task=Broken()))


WANDA = {"wanda-pruning": {}, "gradual-pruning": {"criterion": "wanda", "rounds": 2}}


@pytest.mark.parametrize("technique", WANDA)
def test_wanda_leaves_layers_that_are_never_called_and_tells_their_share(
    technique: str, context: Context
) -> None:
    model = network()
    plain = apply_step(technique, WANDA[technique], EVERYWHERE, model, context)
    model.module.add_module("unused", nn.Linear(3, 30, bias=False))
    pruned = apply_step(technique, WANDA[technique], EVERYWHERE, model, context)
    assert zeros(pruned) == zeros(plain)
    assert not bool((pruned.module.unused.weight == 0).any())
    numbers = sum(parameter.numel() for parameter in model.module.parameters())
    told = f"Left as they are: unused.weight (90 weights, {9000 / numbers:.0f} % of the model)"
    assert any(note.startswith(told) for note in pruned.notes)


@pytest.mark.parametrize("technique", WANDA)
def test_wanda_refuses_to_prune_only_what_is_never_called(technique: str, context: Context) -> None:
    model = network()
    model.module.add_module("unused", nn.Linear(3, 30, bias=False))
    with pytest.raises(UnusableInput, match="inputs of unused cannot be seen"):
        apply_step(technique, WANDA[technique], LayerRules(include=("unused",)), model, context)


def test_wanda_leaves_embeddings_and_what_is_tied_to_them_alone(context: Context) -> None:
    module = nn.Sequential(nn.Embedding(4, 3), nn.Linear(3, 4, bias=False))
    module[1].weight = module[0].weight
    model = CompressibleModel(module, Architecture("none", {}))
    with pytest.raises(UnusableInput, match="only embeddings"):
        apply_step("wanda-pruning", {}, EVERYWHERE, model, context)


@pytest.mark.parametrize("pattern", ["3:4", "2:5", "", 2])
def test_unknown_patterns_are_refused(pattern: object) -> None:
    with pytest.raises(InvalidInput, match="pattern is"):
        apply_step("n-m-pruning", {"pattern": pattern}, EVERYWHERE, network(), Context())
