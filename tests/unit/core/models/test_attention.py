"""Attention in separate layers: torch's outputs, gradients and files, and heads that can go."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.models.attention import SeparateAttention, with_separate_attention
from core.registry import discover

discover("core.models.sources")
discover("core.compression.techniques")

VIT = {"architecture": "vit_b_32", "classes": 3}


def fused(*, bias: bool = True) -> nn.MultiheadAttention:
    torch.manual_seed(4)
    attention = nn.MultiheadAttention(24, 3, bias=bias, batch_first=True)
    for parameter in attention.parameters():
        nn.init.normal_(parameter, std=0.3)  # torch begins with biases of zero
    return attention


@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no biases"])
def test_outputs_and_gradients_are_torchs(bias: bool) -> None:
    theirs = fused(bias=bias)
    ours = SeparateAttention.like(theirs)
    query, key, value = torch.randn(3, 2, 5, 24).requires_grad_()
    expected, _ = theirs(query, key, value, need_weights=False)
    found, weights = ours(query, key, value, need_weights=False)
    assert weights is None
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    expected.square().sum().backward()
    found.square().sum().backward()
    projections = torch.cat([ours.get_parameter(f"{name}_proj.weight").grad for name in "qkv"])
    torch.testing.assert_close(projections, theirs.in_proj_weight.grad, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        ours.get_parameter("out_proj.weight").grad, theirs.out_proj.weight.grad, rtol=1e-4, atol=1e-4
    )


def test_attention_is_left_out_while_training_only() -> None:
    attention = SeparateAttention(8, 2, dropout=0.5)
    values = torch.randn(1, 6, 8)
    assert not torch.equal(attention(values, values, values)[0], attention(values, values, values)[0])
    attention.eval()
    assert torch.equal(attention(values, values, values)[0], attention(values, values, values)[0])


def test_a_vision_transformer_computes_as_in_torchvision() -> None:
    torch.manual_seed(0)
    theirs = models.VisionTransformer(32, 8, 2, 4, 32, 64, num_classes=5).eval()
    nn.init.normal_(theirs.heads.head.weight)
    images = torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        expected = theirs(images)
        found = with_separate_attention(theirs)(images)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert not any(isinstance(child, nn.MultiheadAttention) for child in theirs.modules())
    assert not theirs.encoder.layers[0].self_attention.training


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    torch.manual_seed(1)
    module = models.get_model("vit_b_32", num_classes=3).eval()
    nn.init.normal_(module.heads.head.weight)
    return module


def test_torchvisions_own_weights_load_and_every_weight_can_be_compressed(
    theirs: nn.Module, tmp_path: Path
) -> None:
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    model = CompressibleModel.create(
        "torchvision", {**VIT, "weights_file": str(tmp_path / "theirs.safetensors")}
    )
    images = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(model.module(images), theirs(images), rtol=1e-3, atol=1e-4)
    matrices = sum(weight.numel() for weight in theirs.state_dict().values() if weight.dim() == 2)
    linear = [layer for layer in compressible_layers(model.module) if isinstance(layer.module, nn.Linear)]
    assert sum(layer.weight.numel() for layer in linear) == matrices
    pruned = apply_step("head-pruning", {"criterion": "magnitude"}, LayerRules(), model, Context())
    save(pruned, tmp_path / "pruned")
    attention = load(tmp_path / "pruned").module.get_submodule(
        "encoder.layers.encoder_layer_3.self_attention"
    )
    assert attention.num_heads == 6
    assert attention.get_parameter("q_proj.weight").shape == (384, 768)


def test_weights_that_lack_a_projection_are_refused() -> None:
    state = fused().state_dict()
    del state["in_proj_bias"]
    with pytest.raises(RuntimeError, match=r"Missing key.*q_proj\.bias"):
        SeparateAttention(24, 3).load_state_dict(state)
    with pytest.raises(RuntimeError, match=r"size mismatch for k_proj\.weight"):
        SeparateAttention(12, 3).load_state_dict(fused().state_dict())
