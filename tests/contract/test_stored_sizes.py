"""Files of models above a megabyte are as small as the bits that their form needs, within five percent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.registry import discover
from core.testing.predicted import predicted_file

discover("core.compression.techniques")
discover("core.models.sources")

STEPS: Mapping[str, list[tuple[str, Mapping[str, Any]]]] = {
    "pruned": [("magnitude-pruning", {"sparsity": 0.7})],
    "pruned and 8 bits": [("magnitude-pruning", {"sparsity": 0.5}), ("weight-only-quantization", {})],
    "4 bits in groups": [("weight-only-quantization", {"bits": 4, "granularity": "group"})],
    "8 bits in asymmetric groups": [
        ("weight-only-quantization", {"granularity": "group", "scheme": "asymmetric"})
    ],
    "fp16": [("float-casting", {})],
    "fp8": [("float-casting", {"format": "float8-e4m3"})],
    "palette": [("palettization", {"bits": 4})],
    "palettes": [("palettization", {"bits": 4, "granularity": "group"})],
    "factors": [("low-rank", {})],
    "int8 factors": [("low-rank", {}), ("dynamic-int8", {})],
}


@pytest.fixture(scope="module")
def base() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 100})


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS.keys())
def test_files_take_no_more_than_theory_asks_for(
    base: CompressibleModel, steps: list[tuple[str, Mapping[str, Any]]], tmp_path: Path
) -> None:
    model = base
    for technique, parameters in steps:
        model = apply_step(technique, parameters, LayerRules(), model, Context())
    summary = save(model, tmp_path / "model")
    assert summary.theoretical_bytes > 1_000_000
    assert summary.theoretical_bytes <= summary.file_bytes <= 1.05 * summary.theoretical_bytes
    predicted = predicted_file(base, steps, tmp_path)
    assert predicted.unknown == ""
    assert not predicted.at_most
    assert predicted.file_bytes * 0.99 <= summary.file_bytes <= predicted.most_file_bytes * 1.01
