"""Figures against what others published: torchvision's table of weights, and quantizers of a Gaussian."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision import models

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.evaluation.profiling.operations import operation_counter
from core.inspection.weights import weight_statistics
from core.models.base import Architecture
from core.registry import discover

_MEBIBYTE = 2**20
_AUXILIARY = {"googlenet", "inception_v3"}
"""Whose files also hold classifiers for training, which the model source leaves out."""
_COARSE = {"shufflenet_v2_x0_5"}
"""Of so few operations that the table's digits leave more than 1 % open."""
_COMPUTED = "regnet"
"""Whose widths are computed with tensors, so that it cannot be built without numbers."""
_OTHER_SIZE = {"vit_h_14"}
"""Whose published weights take larger images than the architecture does without them."""


@pytest.fixture(autouse=True)
def registries() -> None:
    discover("core.models.sources")
    discover("core.compression.techniques")


def _measured(name: str, size: int) -> tuple[int, float, int]:
    """Return parameters, billions of multiply-adds and bytes of all tensors, without any number in memory."""
    with torch.device("meta"):
        module = Architecture("torchvision", {"architecture": name}).build()
        with torch.no_grad(), operation_counter() as counter:
            module(torch.empty(1, 3, size, size))
    parameters = sum(value.numel() for value in module.parameters())
    held = sum(value.numel() * value.itemsize for value in module.state_dict().values())
    return parameters, counter.get_total_flops() / 2e9, held


@pytest.mark.slow
def test_parameters_operations_and_sizes_are_torchvisions() -> None:
    """Of 64 architectures, which can be built without numbers; two operations per multiply-add."""
    compared = 0
    for name in models.list_models(module=models):
        if name.startswith(_COMPUTED) or name in _OTHER_SIZE:
            continue
        weights = models.get_model_weights(name)["DEFAULT"]
        published: Mapping[str, Any] = weights.meta
        parameters, operations, held = _measured(name, weights.transforms().crop_size[0])
        assert operations == pytest.approx(published["_ops"], rel=0.013 if name in _COARSE else 0.01), name
        if name not in _AUXILIARY:
            assert parameters == published["num_params"], name
            assert held / _MEBIBYTE == pytest.approx(published["_file_size"], rel=0.01), name
        compared += 1
    assert compared >= 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "published", "float_mebibytes"),
    [("resnet18", 11.238, 44.661), ("resnet50", 24.953, 97.781), ("mobilenet_v3_large", None, 21.114)],
)
def test_int8_files_are_as_large_as_published(
    name: str, published: float | None, float_mebibytes: float, tmp_path: Path
) -> None:
    """Torchvision's int8 file of MobileNetV3-L, 21.554 MB, is no smaller than its float file, as it also
    holds observers and float copies; codes and scales alone take a quarter.
    """
    base = CompressibleModel.create("torchvision", {"architecture": name})
    save(base, tmp_path / "float")
    step = ("weight-only-quantization", {"bits": 8, "granularity": "channel"}, LayerRules())
    coded = apply_step(*step, base, Context())
    save(coded, tmp_path / "int8")
    whole, small = ((tmp_path / kind).stat().st_size for kind in ("float", "int8"))
    assert whole / _MEBIBYTE == pytest.approx(float_mebibytes, rel=0.01)
    if published is not None:
        assert small / _MEBIBYTE == pytest.approx(published, rel=0.05)
    uses = file_bytes(tmp_path / "int8", coded.module)
    assert uses["bytes"].sum() == small
    codes = uses["bytes"][uses["kind"] == "codes"].sum()
    assert codes == sum(value.numel() for value in base.module.parameters() if value.dim() > 1)
    assert small < 0.29 * whole


@pytest.mark.parametrize(
    ("bits", "decibels"),
    [(1, 4.40), (2, 9.30), (3, 14.62), (4, 20.22), (5, 26.01)],
)
def test_palettes_of_a_gaussian_are_lloyd_and_max(bits: int, decibels: float) -> None:
    """J. Max, "Quantizing for minimum distortion", IRE Trans. Inform. Theory 6, 1960, table I."""
    base = CompressibleModel.create("residual-cnn", {"width": 16})
    torch.manual_seed(0)
    layer = next(child for child in base.module.modules() if isinstance(child, nn.Conv2d))
    layer.weight = nn.Parameter(torch.randn(512, *layer.weight.shape[1:3], 64)[..., None].squeeze(-1))
    name = next(name for name, value in base.module.named_parameters() if value is layer.weight)
    rules = LayerRules(include=(f"^{name.removesuffix('.weight')}$",))
    coded = apply_step("palettization", {"bits": bits}, rules, base, Context())
    found = weight_statistics(coded.module, baseline=base.module.state_dict())
    row = found["parameter"].tolist().index(name)
    assert found["count"][row] > 90_000
    assert found["sqnr_db"][row] == pytest.approx(decibels, abs=0.15)
