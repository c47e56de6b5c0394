"""Every technique on a pretended GPU, in its defaults and its other forms: nothing stays on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.compression.base import techniques
from core.compression.model import CompressibleModel
from core.execution.device.numerics import reproducible
from core.registry import discover
from core.testing.contracts.device_contract import FAMILIES, FORMS, made, refusal, require_the_same_on, state
from core.testing.contracts.families import small_networks
from core.testing.pretend_cuda import PretendDriver

discover("core.compression.techniques")
discover("core.models.sources")

CPU, GPU = torch.device("cpu"), torch.device("cuda", 1)
OWN = [
    name
    for name, technique in techniques
    if type(technique).__module__.startswith("core.") and not technique.runtime  # those compute on the CPU
]


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    with small_networks():
        yield


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", OWN)
def test_a_technique_computes_on_the_gpu_alone(
    name: str, family: str, gpus: PretendDriver, tmp_path: Path
) -> None:
    reason = refusal(name, family, {}, CPU)
    if reason:
        assert refusal(name, family, {}, GPU) == reason
    else:
        require_the_same_on(GPU, tmp_path, (name, family, {}))
        assert gpus.clocks_ms[1] > gpus.clocks_ms[0] == 0


def test_each_technique_suits_one_of_the_families() -> None:
    forms = {name for name, _, _ in FORMS.values()}
    left = [name for name in OWN if name not in forms and all(refusal(name, f, {}, CPU) for f in FAMILIES)]
    assert left == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("gpus")
def test_so_do_its_other_forms(form: str, tmp_path: Path) -> None:
    require_the_same_on(GPU, tmp_path, FORMS[form])


@pytest.mark.parametrize("name", [name for name in OWN if techniques.get(name).stochastic])
def test_the_seed_alone_decides_and_random_numbers_of_others_are_left_alone(
    name: str, gpus: PretendDriver
) -> None:
    family = next(each for each in ("gpt2", "vgg", "resnet") if not refusal(name, each, {}, CPU))
    results = []
    for other in (0, 1):
        torch.manual_seed(other)
        before = torch.random.get_rng_state(), gpus.generators[1].get_state()
        with reproducible(GPU) as in_any_order:
            results.append(state(made(name, family, {}, GPU)))
        assert in_any_order == []
        assert torch.equal(before[0], torch.random.get_rng_state())
        assert torch.equal(before[1], gpus.generators[1].get_state())
    assert all(torch.equal(value, results[1][key]) for key, value in results[0].items())


def test_building_a_model_leaves_random_numbers_of_gpus_alone(gpus: PretendDriver) -> None:
    before = gpus.generators[1].get_state()
    one, other = (CompressibleModel.create("residual-cnn", {"width": 4}, seed=seed) for seed in (1, 2))
    assert torch.equal(before, gpus.generators[1].get_state())
    assert not torch.equal(*(model.module.get_parameter("classifier.weight") for model in (one, other)))
