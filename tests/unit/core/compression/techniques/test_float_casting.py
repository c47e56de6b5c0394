"""Float casting: the numbers of torch's own types, stored as such, with scales where eight bits need them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.encoding.encodings import Granularity, Layout, Palette
from core.compression.model import CompressibleModel
from core.compression.techniques.float_casting import FloatCastingParams, fitted_cast
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture
from core.registry import discover

discover("core.models.sources")
discover("core.compression.techniques")

FORMATS = ["float16", "bfloat16", "float8-e4m3", "float8-e5m2"]


def step(model: CompressibleModel, technique: str, **parameters: object) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context())


def cast(module: nn.Module, **parameters: object) -> torch.Tensor:
    model = CompressibleModel(module, Architecture("none", {}))
    return step(model, "float-casting", **parameters).module.get_parameter("0.weight").detach()


@pytest.mark.parametrize(("name", "dtype"), [("float16", torch.float16), ("bfloat16", torch.bfloat16)])
def test_sixteen_bits_are_what_torch_casts_to(name: str, dtype: torch.dtype) -> None:
    module = nn.Sequential(nn.Conv2d(3, 5, 3))
    assert torch.equal(cast(module, format=name), module[0].weight.detach().to(dtype).float())


@pytest.mark.parametrize(
    ("name", "precision"), [("float16", 11), ("bfloat16", 8), ("float8-e4m3", 4), ("float8-e5m2", 3)]
)
def test_the_error_is_within_half_a_unit_of_the_last_place(name: str, precision: int) -> None:
    module = nn.Sequential(nn.Linear(50, 40))
    with torch.no_grad():
        module[0].weight.uniform_(0.5, 2)  # no subnormal numbers
    before = module[0].weight.detach()
    relative = (cast(module, format=name) - before).abs() / before
    assert float(relative.max()) <= 2.0**-precision * 1.001
    assert float(relative.max()) > 2.0**-precision / 4  # not more precise than said


@pytest.mark.parametrize("name", ["float8-e4m3", "float8-e5m2"])
def test_scales_keep_small_channels_of_eight_bits_alive(name: str) -> None:
    module = nn.Sequential(nn.Linear(50, 40))
    with torch.no_grad():
        module[0].weight.mul_(torch.logspace(-12, 0, 40)[:, None])
    before = module[0].weight.detach()

    def lost(scaling: str) -> float:
        after = cast(module, format=name, scaling=scaling)
        return float(((after - before).norm(dim=1) / before.norm(dim=1)).max())

    assert lost("channel") < 0.1
    assert lost("tensor") > 0.9


@pytest.mark.parametrize("name", FORMATS)
def test_casting_again_changes_nothing(name: str) -> None:
    weight = torch.randn(30, 20)
    encoding = fitted_cast(weight, FloatCastingParams(format=name), Layout(Granularity.CHANNEL))
    once = encoding.project(weight)
    assert torch.equal(encoding.project(once), once)
    assert not bool(torch.signbit(once[once == 0]).any())


@pytest.mark.parametrize("name", FORMATS)
def test_the_file_holds_the_short_numbers(name: str, tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 32})
    model = step(base, "float-casting", format=name)
    short = save(model, tmp_path / "model")
    long = save(base, tmp_path / "base")
    assert short.forms["cast"] > 5
    assert short.theoretical_bytes / long.theoretical_bytes < (0.55 if name.endswith("16") else 0.3)
    again = load(tmp_path / "model")
    inputs = torch.rand(3, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(again.module(inputs), model.module(inputs))
    for key, encoding in again.encodings.items():
        weight = again.module.state_dict()[key]
        assert torch.equal(encoding.project(weight), weight)


@pytest.mark.parametrize("name", FORMATS)
def test_pruned_weights_are_left_out_of_the_file(name: str, tmp_path: Path) -> None:
    pruned = step(CompressibleModel.create("residual-cnn", {"width": 16}), "magnitude-pruning", sparsity=0.9)
    summary = save(step(pruned, "float-casting", format=name), tmp_path / "model")
    assert summary.forms["sparse-cast"] > 5


def test_a_palette_stays_a_palette(tmp_path: Path) -> None:
    base = CompressibleModel.create("residual-cnn", {"width": 16})
    model = step(step(base, "palettization", bits=2), "float-casting")
    assert all(isinstance(encoding, Palette) for encoding in model.encodings.values())
    assert save(model, tmp_path / "model").forms["palette"] > 5


def test_weights_beyond_the_range_are_refused() -> None:
    module = nn.Sequential(nn.Linear(4, 4))
    with torch.no_grad():
        module[0].weight[0, 0] = 1e5
    with pytest.raises(UnusableInput, match=r"0\.weight go up to 1e\+05, but float16 ends at 6\.55e\+04"):
        cast(module, format="float16")
    assert float(cast(module, format="bfloat16")[0, 0]) == pytest.approx(1e5, rel=0.01)
    assert float(cast(module, format="float8-e4m3")[0, 0]) == pytest.approx(1e5, rel=0.05)
