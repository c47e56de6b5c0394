"""How much memory a forward pass holds at once, counted exactly from the tensors it makes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core.data.dataset import Inputs, call


def peak_bytes(module: nn.Module, inputs: Inputs) -> int:
    """Return the bytes of weights, inputs and the most intermediate results alive at one time.

    On a GPU its allocator is asked, which also sees what kernels need to work. On a CPU tensors are
    counted, so the figure does not depend on the machine's load, but workspaces inside kernels are not seen.
    """
    device = next(iter(module.parameters()), torch.empty(0)).device
    counter = _LiveBytes()
    counter.add([*module.parameters(), *module.buffers(), *tree_leaves(inputs)])
    if device.type == "cuda":
        return counter.live + _allocated(module, inputs, device)
    with torch.no_grad(), counter:
        call(module, inputs)
    return counter.peak


def _allocated(module: nn.Module, inputs: Inputs, device: torch.device) -> int:
    """Return how many more bytes a GPU holds at once during a pass than before."""
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    with torch.no_grad():
        call(module, inputs)
    torch.cuda.synchronize(device)
    return int(torch.cuda.max_memory_allocated(device) - before)


class _LiveBytes(TorchDispatchMode):
    """Follows every storage from the operation that made it until it is freed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._known: dict[int, weakref.ref[Any]] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.add(tree_leaves(result))
        return result

    def add(self, values: Iterable[Any]) -> None:
        """Count the storages not known yet."""
        for value in values:
            if not isinstance(value, Tensor):
                continue
            parts = getattr(value, "__tensor_flatten__", None)
            if parts is not None:  # a wrapper, which holds no numbers itself
                self.add(getattr(value, name) for name in parts()[0])
                continue
            storage = value.untyped_storage()
            key, size = id(storage), storage.nbytes()
            if key in self._known:
                continue
            self._known[key] = weakref.ref(storage, self._freed(key, size))
            self.live += size
            self.peak = max(self.peak, self.live)

    def _freed(self, key: int, size: int) -> Callable[[Any], None]:
        def forget(_: Any) -> None:
            self._known.pop(key, None)
            self.live -= size

        return forget
