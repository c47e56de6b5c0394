"""What every technique promises of a device: it computes there alone, and its file serves any machine.

For pretended GPUs and real ones; the caller has registered techniques, sources and the small networks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.compression.base import Ancestor, Context, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.data.dataset import call, move
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.testing.contracts.families import Examples, LastLogits, small_model

FAMILIES = ("vgg", "gpt2")
"""Of convolutions; of attention, Conv1D and a tied embedding."""
QUICK = {"epochs": 1, "samples": 16, "rounds": 2, "learning_rate": 1e-4}
FORMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "by layer": ("magnitude-pruning", "vgg", {"scope": "layer"}),
    "wanda of all layers": ("wanda-pruning", "llama", {"scope": "global"}),
    "wanda in a pattern": ("wanda-pruning", "vgg", {"pattern": "2:4"}),
    "gradual by gradients": ("gradual-pruning", "vgg", {"criterion": "gradient"}),
    "gradual by inputs": ("gradual-pruning", "gpt2", {"criterion": "wanda"}),
    "gradual by lot": ("gradual-pruning", "vgg", {"criterion": "random"}),
    "batch norm": ("calibrate-batch-norm", "resnet", {}),
    "channels of all layers": ("channel-pruning", "resnet", {"scope": "global"}),
    "heads by magnitude": ("head-pruning", "t5", {"criterion": "magnitude"}),
    "bfloat16": ("float-casting", "vgg", {"format": "bfloat16"}),
    "fp8": ("float-casting", "gpt2", {"format": "float8-e4m3"}),
    "groups of 4 bits": ("weight-only-quantization", "gpt2", {"bits": 4, "granularity": "group"}),
    "2 bits": (
        "weight-only-quantization",
        "vgg",
        {"bits": 2, "granularity": "tensor", "scheme": "asymmetric"},
    ),
    "observer of extremes": ("static-int8", "vgg", {"observer": "min-max"}),
    "observer of errors": ("static-int8", "gpt2", {"observer": "mse"}),
    "dynamic by tensor": ("dynamic-int8", "vgg", {"per": "tensor"}),
    "gptq in groups": ("gptq", "vgg", {"granularity": "group", "scheme": "asymmetric"}),
    "palettes of groups": ("palettization", "gpt2", {"granularity": "group"}),
    "rank by energy": ("low-rank", "vgg", {"criterion": "energy"}),
    "fresh layers": ("retrain-layers", "gpt2", {"start": "fresh"}),
    "its own student": ("distillation", "vgg", {"student": "itself", "teacher": "base"}),
}
"""What else techniques can do: technique, family and parameters."""
_TRAINED = {"fine-tune", "retrain-layers", "distillation", "gradual-pruning"}  # dropout differs by device
_CPU = torch.device("cpu")


def context_of(family: str, device: torch.device) -> Context:
    """Return what a step on a small network of the family is given."""
    ancestors = tuple(Ancestor(name, small_model(family).copy) for name in ("base", "parent"))
    return Context(seed=1, device=device, data=Examples(family), task=LastLogits(), ancestors=ancestors)


def made(name: str, family: str, given: dict[str, Any], device: torch.device) -> CompressibleModel:
    """Return what a technique makes of a small network; parameters not given are such that it is quick."""
    fields = techniques.get(name).Params.model_fields
    quick = {field: value for field, value in QUICK.items() if field in fields}
    return apply_step(name, quick | given, LayerRules(), small_model(family), context_of(family, device))


def refusal(name: str, family: str, given: dict[str, Any], device: torch.device) -> str:
    """Return why a technique does not suit the family, empty if it does."""
    try:
        made(name, family, given, device)
    except UnusableInput as error:
        return error.message
    return ""


def state(model: CompressibleModel) -> dict[str, Tensor]:
    """Return the model's tensors by name."""
    return dict(model.module.state_dict())


def require_the_same_on(
    device: torch.device, folder: Path, step: tuple[str, str, dict[str, Any]], *, differing: float = 0.0
) -> None:
    """Apply a technique, given with family and parameters, on a GPU, and check model, file and weights.

    differing: share of weights that may be rounded otherwise than on a CPU; those trained may anyway.
    """
    there = made(*step, device)
    assert {value.device for value in state(there).values()} == {device}
    assert {value.device for value in state(small_model(step[1])).values()} == {_CPU}
    save(there, folder / "model")
    from_file, back = load(folder / "model"), load(folder / "model", device)
    for key, value in state(from_file).items():
        assert value.device == _CPU
        assert torch.equal(value, state(there)[key].cpu()), key
    inputs = move(Examples(step[1]).inputs(slice(0, 4)), device)
    with torch.inference_mode():
        found = call(there.module, inputs)
        assert bool(found.isfinite().all())
        torch.testing.assert_close(found, call(back.module, inputs))
    if step[0] not in _TRAINED:
        _require_alike(state(from_file), state(made(*step, _CPU)), differing)


def _require_alike(found: dict[str, Tensor], expected: dict[str, Tensor], differing: float) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        alike = torch.isclose(found[key].double(), value.double(), rtol=1e-4, atol=1e-5)
        assert float((~alike).double().mean()) <= differing, key
