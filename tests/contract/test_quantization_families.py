"""Quantization, palettes, casts and factors on every family of networks: outputs, ties and files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.compression.base import Context, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.claims import claims
from core.compression.layers import compressible_layers
from core.compression.sharing import canonical_names
from core.domain.technique import LayerRules, Storage
from core.registry import discover
from core.testing.contracts.families import FAMILIES, Examples, outputs, small_model, small_networks

discover("core.compression.techniques")
discover("core.models.sources")

STEPS = {
    "float16": ("float-casting", {}),
    "fp8": ("float-casting", {"format": "float8-e4m3"}),
    "int4 in groups": ("weight-only-quantization", {"bits": 4, "granularity": "group"}),
    "static int8": ("static-int8", {"samples": 16}),
    "dynamic int8": ("dynamic-int8", {}),
    "gptq": ("gptq", {"samples": 16}),
    "palette": ("palettization", {}),
    "palettes of groups": ("palettization", {"granularity": "group"}),
    "low rank": ("low-rank", {}),
}
CLOSE = {"float16": 0.01, "static int8": 0.2, "dynamic int8": 0.2}  # relative error of outputs


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    with small_networks():
        yield


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", STEPS)
def test_the_file_gives_back_the_same_model(family: str, step: str, tmp_path: Path) -> None:
    model = small_model(family)
    context = Context(seed=1, data=Examples(family))
    technique, parameters = STEPS[step]
    result = apply_step(technique, parameters, LayerRules(), model, context)
    summary = save(result, tmp_path / "model")
    again = load(tmp_path / "model")
    after = outputs(result, family)
    assert torch.equal(outputs(again, family), after)
    assert bool(after.isfinite().all())
    before = outputs(model, family)
    assert not torch.equal(before, after)
    assert float((after - before).norm() / before.norm()) < CLOSE.get(step, float("inf"))
    ties = canonical_names(model.module)
    assert canonical_names(result.module) == canonical_names(again.module) == ties
    assert summary.theoretical_bytes < 0.9 * save(model, tmp_path / "base").theoretical_bytes
    assert claims(result, summary).storage == "stored"
    if step != "low rank":
        coded = {layer.parameter_name for layer in compressible_layers(result.module)}
        assert result.encodings.keys() == coded


def test_every_step_says_that_it_is_stored() -> None:
    assert all(techniques.get(name).storage is Storage.STORED for name, _ in STEPS.values())


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_ties_are_there_to_be_kept(family: str) -> None:
    assert canonical_names(small_model(family).module)
