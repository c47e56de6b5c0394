"""Int8 through torchao: the outputs that our own rounding gives, and nothing of it left behind."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchao.quantization import Int8Tensor
from transformers.pytorch_utils import Conv1D

from core.compression.activation_quantization import native_int8
from core.compression.activation_quantization.activations import DynamicQuantizer, attached
from core.compression.activation_quantization.native_int8 import (
    NativeLayers,
    computing_natively,
    native_layers,
)
from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.claims import claims
from core.compression.model import CompressibleModel
from core.data.dataset import call
from core.domain.technique import LayerRules
from core.models.base import Architecture
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")

WEIGHTS = "weight-only-quantization"


def step(model: CompressibleModel, technique: str, **parameters: object) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context())


def wrapped(*layers: nn.Module) -> CompressibleModel:
    return CompressibleModel(nn.Sequential(*layers).eval(), Architecture("none", {}))


@pytest.mark.parametrize("layer", [nn.Linear(20, 13), nn.Linear(17, 8, bias=False), Conv1D(13, 20)])
@pytest.mark.parametrize("granularity", ["channel", "tensor"])
def test_int8_weights_give_the_outputs_of_the_weights_as_numbers(layer: nn.Module, granularity: str) -> None:
    model = step(wrapped(layer), WEIGHTS, granularity=granularity)
    inputs = torch.randn(3, 5, 17 if getattr(layer, "in_features", 0) == 17 else 20)
    expected = model.module(inputs)
    with computing_natively(model, inputs) as native, torch.no_grad():
        found = model.module(inputs)
        assert isinstance(model.module[0].weight, Int8Tensor)
        assert model.module[0].weight.qdata.dtype is torch.int8
    assert native.weight_only == ("0",)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", [nn.Linear(24, 16), Conv1D(16, 24)])
def test_int8_activations_differ_by_less_than_both_roundings(layer: nn.Module) -> None:
    """torchao's steps of activations are max/127.5, which cuts the largest off; ours are max/127."""
    model = step(wrapped(layer), "dynamic-int8")
    inputs = torch.randn(9, 24) * torch.logspace(-3, 2, 9)[:, None]
    with torch.no_grad():
        ours = model.module(inputs)
    with computing_natively(model, inputs) as native, torch.no_grad():
        theirs = model.module(inputs)
    assert native.dynamic == ("0",)
    weight = model.module[0].weight.detach()
    columns = weight if isinstance(layer, Conv1D) else weight.t()
    step_sizes = inputs.abs().amax(dim=1, keepdim=True) / 127
    bound = step_sizes * columns.abs().sum(dim=0)  # half a step by either
    assert bool(((ours - theirs).abs() <= bound + 1e-5).all())
    assert not torch.equal(ours, theirs)


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5", "vit"])
@pytest.mark.parametrize("technique", [WEIGHTS, "dynamic-int8"])
def test_transformers_out_of_a_file_run_and_are_themselves_again(
    family: str, technique: str, tmp_path: Path
) -> None:
    options = {"family": family, "width": 32, "layers": 1, "context": 16}
    save(step(CompressibleModel.create("tiny-transformer", options), technique), tmp_path / "model")
    model = load(tmp_path / "model")
    inputs = example(family)
    before = {name: id(tensor) for name, tensor in model.module.state_dict(keep_vars=True).items()}
    kinds = [type(child) for child in model.module.modules()]
    with torch.inference_mode():
        expected = call(model.module, inputs)
    with computing_natively(model, inputs) as native, torch.inference_mode():
        found = call(model.module, inputs)
        assert sum(isinstance(value, Int8Tensor) for value in model.module.parameters()) == len(native.names)
    limit = 1e-4 if technique == WEIGHTS else 0.1
    assert 0 <= float((found - expected).norm() / expected.norm()) < limit
    assert len(native.names) >= 5
    assert {name: id(tensor) for name, tensor in model.module.state_dict(keep_vars=True).items()} == before
    assert [type(child) for child in model.module.modules()] == kinds
    with torch.inference_mode():
        assert torch.equal(call(model.module, inputs), expected)


def example(family: str) -> Tensor | dict[str, Tensor]:
    tokens = torch.arange(5)[None]
    named = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    texts = named | ({"decoder_input_ids": tokens} if family == "t5" else {})
    return torch.rand(1, 3, 32, 32) if family == "vit" else texts


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [(WEIGHTS, {"bits": 4})],
        [(WEIGHTS, {"granularity": "group", "group_size": 8})],
        [(WEIGHTS, {"scheme": "asymmetric"})],
        [("palettization", {})],
        [("dynamic-int8", {"per": "tensor"})],
        [("int8-kernels", {})],
    ],
    ids=["nothing", "4 bits", "groups", "asymmetric", "palette", "per tensor", "in int8 already"],
)
def test_other_layers_are_left_alone(steps: list[tuple[str, dict[str, object]]]) -> None:
    model = wrapped(nn.Linear(16, 16))
    for technique, parameters in steps:
        model = step(model, technique, **parameters)
    weight = model.module[0].weight
    with computing_natively(model, torch.zeros(1, 16)) as native:
        assert model.module[0].weight is weight
    assert native == NativeLayers()
    assert str(native) == ""


def test_weights_that_left_their_grid_are_left_alone() -> None:
    model = step(wrapped(nn.Linear(16, 16)), WEIGHTS)
    with torch.no_grad():
        model.module[0].weight[0, 0] += 1e-3
    assert native_layers(model) == NativeLayers()


def test_a_few_linear_layers_at_the_end_are_not_worth_it() -> None:
    class Flat(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values.flatten(1)

    small, large = (wrapped(nn.Conv2d(3, 8, 3), Flat(), nn.Linear(8 * 36, width)) for width in (1, 5))
    # The convolution has 216 weights, the linear layers have 288 and 1440 of which none or all suit.
    small = step(small, WEIGHTS)
    small.encodings.pop("2.weight")
    assert native_layers(small).names == ()
    assert native_layers(step(large, WEIGHTS)).names == ("2",)


def test_claims_name_what_stays_simulated(tmp_path: Path) -> None:
    options = {"family": "vit", "width": 32, "layers": 1, "image_size": 8}
    model = step(CompressibleModel.create("tiny-transformer", options), "dynamic-int8")
    summary = save(model, tmp_path / "model")
    with computing_natively(model, torch.rand(1, 3, 8, 8)) as native:
        found = claims(model, summary, native)
    assert found.speed == "simulated"
    codes, rounded = sorted(found.reasons, reverse=True)
    assert codes.endswith("patch_embeddings.projection.weight")  # a convolution
    assert rounded.startswith("activations are rounded")
    linear = step(wrapped(nn.Linear(64, 64)), "dynamic-int8")
    assert claims(linear, save(linear, tmp_path / "linear")).speed == "real"
    assert claims(linear, save(linear, tmp_path / "linear"), NativeLayers()).speed == "simulated"


@pytest.mark.parametrize("failure", ["an error", "other outputs"])
def test_kernels_that_fail_are_not_used(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = step(wrapped(nn.Linear(16, 16), nn.Linear(16, 8)), "dynamic-int8")
    right = native_int8.native_weight

    def broken(codes: Tensor, scale: Tensor, *, dynamic: bool) -> Tensor:
        if len(codes) == 16:
            return right(codes, scale, dynamic=dynamic)
        if failure == "an error":
            raise RuntimeError("no kernel for this device\nand more")
        return right(codes.flip(0), scale, dynamic=dynamic)

    monkeypatch.setattr(native_int8, "native_weight", broken)
    weights = [layer.weight for layer in model.module]
    with computing_natively(model, torch.randn(3, 16)) as native:
        assert all(layer.weight is weight for layer, weight in zip(model.module, weights, strict=True))
        assert all(isinstance(attached(layer), DynamicQuantizer) for layer in model.module)
    assert native.names == ()
    reason = "no kernel for this device" if failure == "an error" else r"outputs differ by \d+ %"
    assert re.fullmatch(rf"torchao .* is not used: {reason}", str(native))


def test_layers_are_themselves_again_after_an_error() -> None:
    model = step(wrapped(nn.Linear(16, 16)), "dynamic-int8")
    weight = model.module[0].weight
    with pytest.raises(MemoryError), computing_natively(model, torch.randn(3, 16)):
        raise MemoryError
    assert model.module[0].weight is weight
    assert isinstance(attached(model.module[0]), DynamicQuantizer)


def test_files_and_models_do_without_torchao(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = step(wrapped(nn.Linear(16, 16)), WEIGHTS)
    monkeypatch.setitem(sys.modules, "torchao", None)
    monkeypatch.setattr(native_int8, "installed", lambda: "")
    assert native_layers(model) == NativeLayers()
    options = {"family": "bert", "width": 32, "layers": 1}
    made = step(CompressibleModel.create("tiny-transformer", options), "dynamic-int8")
    summary = save(made, tmp_path / "model")
    with torch.inference_mode():
        outputs = [call(one.module, example("bert")) for one in (made, load(tmp_path / "model"))]
    assert torch.equal(*outputs)
    assert claims(made, summary).speed == "simulated"
