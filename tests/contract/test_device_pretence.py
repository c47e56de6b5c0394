"""The pretend GPU takes what CUDA takes, and refuses what CUDA refuses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from threading import Thread

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import _disable_current_modes

from core.testing.pretend_cuda import NAME, MixedDevicesError, PretendDriver, pretend_cuda

GPU, OTHER = torch.device("cuda", 1), torch.device("cuda", 0)
pytestmark = pytest.mark.usefixtures("gpus")

MIXED: dict[str, Callable[[Tensor, Tensor], object]] = {
    "sums": lambda here, there: here + there,
    "products of matrices": lambda here, there: there @ here,
    "layers": lambda here, there: functional.linear(there, here),
    "convolutions": lambda here, there: functional.conv1d(there[None], here[None]),
    "tables": lambda here, there: functional.embedding(there.long(), here),
    "joined": lambda here, there: torch.cat([there, here]),
    "compared": lambda here, there: torch.equal(there, here),
    "gathered": lambda here, there: there.gather(0, here.long()),
    "picked": lambda here, there: there.index_select(0, here[0].long()),
    "masked": lambda here, there: there.masked_fill(here > 0, 0),
    "indices on the GPU": lambda here, there: here[there[0].long()],
    "changed in place": lambda here, there: here.add_(there),
    "a number changed in place": lambda here, there: here.sum().add_(there.sum()),
    "result elsewhere": lambda here, there: torch.exp(there, out=here),
    "losses": lambda here, there: functional.cross_entropy(there, here[0].long()),
    "two GPUs": lambda here, there: there + there.to(OTHER),
}
REFUSED: dict[str, tuple[Callable[[Tensor], object], type[Exception], str]] = {
    "numpy": (lambda there: there.numpy(), TypeError, "can't convert"),
    "as an array": (np.asarray, TypeError, "can't convert"),
    "whole numbers": (lambda there: there.int() @ there.int(), NotImplementedError, "not implemented"),
    "no kernel": (lambda there: torch.histogram(there, 4), NotImplementedError, "Could not run"),
    "generator": (
        lambda there: torch.rand(3, device=there.device, generator=torch.Generator()),
        RuntimeError,
        "Expected a 'cuda' device type for generator",
    ),
    "few rows": (lambda there: torch._int_mm(there.char(), there.char()), RuntimeError, "greater than 16"),
}
ALLOWED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "numbers": lambda here, there: there * 2 + here.sum(),
    "indices on the CPU": lambda here, there: there[here[0].long()],
    "assigned by indices on the CPU": lambda here, there: there.index_put((here[0].long(),), here.sum()),
    "filled with a number": lambda here, there: there.masked_fill(there > 0, here.sum()),
    "copied": lambda here, there: there.copy_(here),
    "made from numbers": lambda here, there: torch.tensor([1.0, 2.0], device=there.device),
    "made like it": lambda here, there: torch.zeros_like(there, dtype=torch.int64),
    "masked attention": lambda here, there: functional.scaled_dot_product_attention(
        there, there, there, attn_mask=torch.eye(2, dtype=torch.bool, device=there.device)
    ),
    "attention": lambda here, there: functional.scaled_dot_product_attention(there, there, there),
}


@pytest.fixture
def here() -> Tensor:
    return torch.ones(2, 2)


@pytest.fixture
def there(here: Tensor) -> Tensor:
    return here.to(GPU)


@pytest.mark.parametrize("case", MIXED)
def test_tensors_of_two_devices_do_not_meet(case: str, here: Tensor, there: Tensor) -> None:
    with pytest.raises(MixedDevicesError, match="same device"):
        MIXED[case](here, there)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cuda_cannot_do_fails(case: str, there: Tensor) -> None:
    act, error, said = REFUSED[case]
    with pytest.raises(error, match=said):
        act(there)


@pytest.mark.parametrize("case", ALLOWED)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_what_cuda_can_do_stays_on_the_gpu(
    case: str, mode: Callable[[], torch.no_grad], here: Tensor, there: Tensor
) -> None:
    with mode():
        found = ALLOWED[case](here, there)
        assert found.device == GPU
        assert found.is_cuda
        if case != "made from numbers":
            assert torch.equal(found.cpu(), ALLOWED[case](here, here.clone()))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))


def trained(device: torch.device) -> nn.Module:
    module = network().to(device).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    for step in range(3):
        images = torch.rand(8, 1, 4, 4, generator=torch.Generator().manual_seed(step)).to(device)
        loss = functional.cross_entropy(module(images), (torch.arange(8) % 3).to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module


def test_training_gives_what_it_gives_on_the_cpu() -> None:
    expected, found = trained(torch.device("cpu")).state_dict(), trained(GPU).cpu().state_dict()
    assert all(type(value) is Tensor for value in found.values())
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, msg=name)


def test_gradients_of_some_weights_only() -> None:
    module = network().to(GPU)
    weight = module.get_parameter("4.weight")
    unused = torch.ones(2, device=GPU, requires_grad=True)
    loss = module(torch.ones(2, 1, 4, 4, device=GPU)).square().sum()
    found, nothing = torch.autograd.grad(loss, [weight, unused], allow_unused=True)
    assert found.shape == weight.shape
    assert found.device == GPU
    assert nothing is None
    assert weight.grad is None


def test_a_gradient_on_another_device_is_refused() -> None:
    weight = torch.ones(2, device=GPU, requires_grad=True)
    with pytest.raises((MixedDevicesError, RuntimeError), match="device"):
        (weight * 2).backward(torch.ones(2))


def test_shared_weights_stay_shared_and_copies_are_independent() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    module[1].weight = module[0].weight
    weight = module[0].weight
    module.to(GPU)
    assert module[0].weight is module[1].weight is weight
    assert isinstance(weight, nn.Parameter)
    assert weight.requires_grad
    other = copy.deepcopy(module)
    assert other[0].weight is other[1].weight
    with torch.no_grad():
        other[0].weight.zero_()
    assert bool((weight != 0).any())
    assert type(module.cpu()[0].weight) is nn.Parameter


def test_memory_ends_and_comes_back() -> None:
    with pretend_cuda(memory_bytes=1000):
        held = torch.zeros(100, device=GPU)
        view = held[:10]
        assert torch.cuda.memory_allocated(GPU) == 400
        with pytest.raises(torch.OutOfMemoryError, match="out of memory"):
            torch.zeros(200, device=GPU)
        del held
        assert torch.cuda.memory_allocated(GPU) == 400
        del view
        assert torch.cuda.memory_allocated(GPU) == 0
        assert torch.cuda.max_memory_allocated(GPU) == 400


def test_clocks_are_read_on_their_device_and_after_waiting(there: Tensor) -> None:
    def timed() -> tuple[torch.cuda.Event, torch.cuda.Event]:
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        there.exp()
        end.record()
        return start, end

    with torch.cuda.device(GPU):
        start, end = timed()
        with pytest.raises(RuntimeError, match="not ready"):
            start.elapsed_time(end)
        end.synchronize()
        assert start.elapsed_time(end) > 0
    start, end = timed()
    torch.cuda.synchronize()
    assert start.elapsed_time(end) == 0  # of the current device, which did nothing


def test_random_numbers_are_the_devices_own() -> None:
    before = torch.random.get_rng_state()
    torch.cuda.manual_seed_all(3)
    drawn = torch.rand(4, device=GPU), functional.dropout(torch.ones(64, device=GPU))
    assert torch.equal(before, torch.random.get_rng_state())
    with torch.random.fork_rng(devices=[GPU]):
        torch.manual_seed(3)
        again = torch.rand(4, device=GPU), functional.dropout(torch.ones(64, device=GPU))
    assert all(map(torch.equal, drawn, again))
    assert not torch.equal(drawn[0], torch.rand(4, device=GPU))


def test_threads_pretend_too_and_begin_on_the_first_gpu(there: Tensor, gpus: PretendDriver) -> None:
    found: list[object] = []

    def work() -> None:
        found.extend([torch.ones(2, 2, device=GPU) + there, torch.cuda.current_device()])

    with torch.cuda.device(GPU):
        assert gpus.current == 1
        thread = Thread(target=work)
        thread.start()
        thread.join()
    assert isinstance(found[0], Tensor)
    assert found[1] == 0


def test_half_precision_is_chosen_as_on_a_gpu(there: Tensor) -> None:
    with torch.autocast("cuda", torch.float16):
        assert (there @ there).dtype == torch.float16
        assert (there @ there).softmax(1).dtype == torch.float32


def test_tensors_of_a_gpu_that_is_gone_do_nothing_more(there: Tensor) -> None:
    assert torch.cuda.get_device_name(GPU) == NAME
    with _disable_current_modes(), pytest.raises(RuntimeError, match="is gone"):
        there.exp()
