"""Every technique on a GPU, in its defaults and its other forms: nothing stays behind on the CPU.

The GPU is a pretended one, which mixes devices no more than a real one does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.compression.base import Ancestor, Context, apply_step, techniques
from core.compression.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.data.dataset import call, move
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.registry import discover
from core.testing.families import Examples, LastLogits, small_model, small_networks
from core.testing.pretend_cuda import PretendDriver

discover("core.compression.techniques")
discover("core.models.sources")

CPU, GPU = torch.device("cpu"), torch.device("cuda", 1)
OWN = [name for name, technique in techniques if type(technique).__module__.startswith("core.")]
FAMILIES = ("vgg", "gpt2")  # convolutions; attention, Conv1D and a tied embedding
QUICK = {"epochs": 1, "samples": 16, "rounds": 2, "learning_rate": 1e-4}
# What else the techniques can do, each on the family named.
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
TRAINED = {"fine-tune", "retrain-layers", "distillation", "gradual-pruning"}  # dropout differs by device


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    with small_networks():
        yield


def context_of(family: str, device: torch.device) -> Context:
    ancestors = tuple(Ancestor(name, small_model(family).copy) for name in ("base", "parent"))
    return Context(seed=1, device=device, data=Examples(family), task=LastLogits(), ancestors=ancestors)


def made(name: str, family: str, given: dict[str, Any], device: torch.device) -> CompressibleModel:
    fields = techniques.get(name).Params.model_fields
    quick = {field: value for field, value in QUICK.items() if field in fields}
    return apply_step(name, quick | given, LayerRules(), small_model(family), context_of(family, device))


def refusal(name: str, family: str, given: dict[str, Any], device: torch.device) -> str:
    try:
        made(name, family, given, device)
    except UnusableInput as error:
        return error.message
    return ""


def state(model: CompressibleModel) -> dict[str, Tensor]:
    return dict(model.module.state_dict())


def require_the_same_on_a_gpu(name: str, family: str, given: dict[str, Any], folder: Path) -> None:
    there = made(name, family, given, GPU)
    assert {value.device for value in state(there).values()} == {GPU}
    assert {value.device for value in state(small_model(family)).values()} == {CPU}
    save(there, folder / "model")
    from_file, back = load(folder / "model"), load(folder / "model", GPU)
    for key, value in state(from_file).items():
        assert value.device == CPU
        assert torch.equal(value, state(there)[key].cpu()), key
    inputs = move(Examples(family).inputs(slice(0, 4)), GPU)
    with torch.inference_mode():
        found = call(there.module, inputs)
        assert bool(found.isfinite().all())
        assert torch.equal(found, call(back.module, inputs))
    if name not in TRAINED:
        here = made(name, family, given, CPU)
        for key, value in state(here).items():
            torch.testing.assert_close(state(from_file)[key], value, rtol=1e-4, atol=1e-6, msg=key)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", OWN)
def test_a_technique_computes_on_the_gpu_alone(
    name: str, family: str, gpus: PretendDriver, tmp_path: Path
) -> None:
    reason = refusal(name, family, {}, CPU)
    if reason:
        assert refusal(name, family, {}, GPU) == reason
    else:
        require_the_same_on_a_gpu(name, family, {}, tmp_path)
        assert gpus.clocks_ms[1] > gpus.clocks_ms[0] == 0


def test_each_technique_suits_one_of_the_families() -> None:
    forms = {name for name, _, _ in FORMS.values()}
    left = [name for name in OWN if name not in forms and all(refusal(name, f, {}, CPU) for f in FAMILIES)]
    assert left == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("gpus")
def test_so_do_its_other_forms(form: str, tmp_path: Path) -> None:
    require_the_same_on_a_gpu(*FORMS[form], tmp_path)


@pytest.mark.parametrize("name", [name for name in OWN if techniques.get(name).stochastic])
def test_the_seed_alone_decides_and_random_numbers_of_others_are_left_alone(
    name: str, gpus: PretendDriver
) -> None:
    family = next(each for each in ("gpt2", "vgg", "resnet") if not refusal(name, each, {}, CPU))
    results = []
    for other in (0, 1):
        torch.manual_seed(other)
        before = torch.random.get_rng_state(), gpus.generators[1].get_state()
        results.append(state(made(name, family, {}, GPU)))
        assert torch.equal(before[0], torch.random.get_rng_state())
        assert torch.equal(before[1], gpus.generators[1].get_state())
    assert all(torch.equal(value, results[1][key]) for key, value in results[0].items())
