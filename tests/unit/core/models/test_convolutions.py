"""Gradients of slim convolutions are right on every instruction set, and training them harms no memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models.convolutions import sound_gradients

ROOT = Path(__file__).parents[4]
TRAINING = """
import torch
from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.data.images import ImageDataset, normalisation
from core.domain.technique import LayerRules
from core.evaluation.base import tasks
from core.execution.registries import load_registries

load_registries()
torch.manual_seed(0)
data = ImageDataset(
    torch.randint(256, (80, 3, 32, 32), dtype=torch.uint8), torch.arange(80) % 10, tuple("abcdefghij"),
    tuple(map(str, range(80))), normalisation([0.5] * 3, [0.2] * 3),
)
context = Context(data=data, task=tasks.get("image-classification"))
base = CompressibleModel.create("residual-cnn", {"channels": 3, "width": 8})
for ratio in (0.5, 0.25):
    slim = apply_step("channel-pruning", {"ratio": ratio}, LayerRules(), base, context)
    apply_step("fine-tune", {"epochs": 1}, LayerRules(), slim, context)
    apply_step("gradient-pruning", {"sparsity": 0.5}, LayerRules(), slim, context)
print("trained")
"""


@pytest.mark.slow
@pytest.mark.parametrize("instructions", ["AVX2", "DEFAULT"])
def test_a_residual_network_with_few_channels_can_be_fine_tuned(instructions: str) -> None:
    environment = {
        **os.environ,
        "ONEDNN_MAX_CPU_ISA": instructions,  # of oneDNN's kernels, AVX2's wrote beyond their memory
        "OMP_NUM_THREADS": "1",
        "MALLOC_CHECK_": "3",
        "MALLOC_PERTURB_": "165",
        **_debug_allocator(),
    }
    ended = subprocess.run(  # noqa: PLW1510  (asserted below)
        [sys.executable, "-c", TRAINING],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout.splitlines()[-1:]) == (0, ["trained"]), ended.stderr[-500:]


@pytest.mark.parametrize("channels", [3, 4, 6, 12])
@pytest.mark.parametrize("by_keyword", [False, True], ids=["by position", "by keyword"])
def test_the_gradient_of_a_strided_projection_is_that_of_its_definition(
    channels: int, by_keyword: bool
) -> None:
    torch.manual_seed(0)
    projection = nn.Conv2d(channels, 8, 1, stride=2, bias=False)
    images = torch.randn(4, channels, 8, 8).contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(4, 8, 4, 4)
    with sound_gradients(nn.Sequential(projection)):
        out = projection(input=images) if by_keyword else projection(images)
    out.backward(upstream)
    seen = images[..., ::2, ::2].double()
    expected = torch.einsum("nohw,nihw->oi", upstream.double(), seen)
    assert projection.weight.grad is not None
    torch.testing.assert_close(projection.weight.grad[..., 0, 0].double(), expected, rtol=1e-4, atol=1e-4)


def test_only_the_layers_concerned_are_given_another_format_and_only_meanwhile() -> None:
    seen: dict[str, bool] = {}

    class Looking(nn.Conv2d):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (PyTorch's name)
            seen[f"{self.in_channels}x{self.kernel_size[0]}/{self.stride[0]}"] = input.is_contiguous()
            return functional.conv2d(input, self.weight, None, self.stride)

    network = nn.ModuleList(
        [
            Looking(4, 4, 1, stride=2, bias=False),
            Looking(16, 4, 1, stride=2, bias=False),
            Looking(4, 4, 1, bias=False),
            Looking(4, 4, 3, stride=2, bias=False),
        ]
    )
    with sound_gradients(network):
        for layer in network:
            layer(torch.randn(2, layer.in_channels, 8, 8).contiguous(memory_format=torch.channels_last))
    assert seen == {"4x1/2": True, "16x1/2": False, "4x1/1": False, "4x3/2": False}
    network[0](torch.randn(2, 4, 8, 8).contiguous(memory_format=torch.channels_last))
    assert seen["4x1/2"] is False


def _debug_allocator() -> dict[str, str]:
    """Return how glibc's checking allocator is loaded, where there is one."""
    found = next(Path("/usr/lib").glob("*/libc_malloc_debug.so.0"), None)
    return {"LD_PRELOAD": str(found)} if found else {}
