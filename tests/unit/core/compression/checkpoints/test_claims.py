"""Claims: what a model's file and arithmetic really save."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import core.compression.techniques.dynamic_int8
import core.compression.techniques.float_casting
import core.compression.techniques.low_rank
import core.compression.techniques.magnitude_pruning
import core.compression.techniques.palettization  # noqa: F401
from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.checkpoints.claims import Claims, claims
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.registry import discover

discover("core.models.sources")

CODES = "stored codes become floating-point weights when the model is loaded"
ZEROS = "zero weights are multiplied like all others"
ROUNDED = "activations are rounded to int8 in floating-point arithmetic"


@pytest.mark.parametrize(
    ("steps", "speed", "reasons"),
    [
        ([], "real", ()),
        (["low-rank"], "real", ()),
        (["magnitude-pruning"], "simulated", (ZEROS,)),
        (["float-casting"], "simulated", (CODES,)),
        (["magnitude-pruning", "palettization"], "simulated", (CODES, ZEROS)),
        (["dynamic-int8", "dynamic-int8"], "simulated", (CODES, ROUNDED)),
    ],
    ids=["base", "low rank", "pruned", "cast", "pruned and palettized", "int8 twice"],
)
def test_what_is_simulated_is_said(
    steps: list[str], speed: str, reasons: tuple[str, ...], tmp_path: Path
) -> None:
    model = CompressibleModel.create("residual-cnn", {"width": 16})
    for name in steps:
        model = apply_step(name, {}, LayerRules(), model, Context())
    found = claims(model, save(model, tmp_path / "model"))
    assert found.storage == "stored"
    assert found.speed == speed
    assert set(found.reasons) == set(reasons)
    assert found.to_json()["reasons"] == list(found.reasons)


def test_codes_that_the_file_cannot_use_are_simulated(tmp_path: Path) -> None:
    model = CompressibleModel.create("residual-cnn", {"width": 16})
    model = apply_step("float-casting", {}, LayerRules(), model, Context())
    with torch.no_grad():
        model.module.get_parameter("classifier.weight")[0, 0] += 1e-4
    found = claims(model, save(model, tmp_path / "model"))
    assert found == Claims(
        "simulated", "simulated", (CODES, "classifier.weight stored in full, as coding saves nothing")
    )
