"""Watching the modules of a network at work: which are called, in which order, with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from core.data.dataset import Inputs, call


class Key(NamedTuple):
    """One call of a module in a forward pass: its dotted name, and 0 for its first call, 1 for the next."""

    module: str
    number: int


@dataclass(frozen=True, eq=False)
class ModuleCall:
    """A call that has just returned."""

    key: Key
    module: nn.Module
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    result: Any

    @property
    def output(self) -> Tensor | None:
        """The first floating-point tensor of the result, None if there is none."""
        tensors = (leaf for leaf in tree_leaves(self.result) if isinstance(leaf, Tensor))
        return next((tensor for tensor in tensors if tensor.is_floating_point()), None)


def innermost_calls(module: nn.Module, inputs: Inputs) -> list[Key]:
    """Return the calls of one forward pass within which no other module is called, in order.

    These are the layers proper. A container that computes by itself, such as attention that uses its
    projections' weights without calling them, is among them.
    """
    called: list[Key] = []
    open_calls: list[str] = []
    outer: set[str] = set()

    def begin(name: str) -> None:
        outer.update(open_calls)
        open_calls.append(name)

    def end(finished: ModuleCall) -> None:
        open_calls.pop()
        called.append(finished.key)

    names = [name for name, _ in module.named_modules()]
    with torch.inference_mode(), watching(module, names, end, before=begin):
        call(module, inputs)
    return [key for key in called if key.module not in outer]


@contextmanager
def watching(
    module: nn.Module,
    names: Collection[str],
    after: Callable[[ModuleCall], None],
    *,
    before: Callable[[str], None] | None = None,
    enabled: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Call `before` with the name and `after` with the call whenever one of the named modules is called.

    A module known under several names appears under the first. Calls while not `enabled` are not counted.
    """
    counts: Counter[str] = Counter()
    wanted = set(names)

    def finished(
        name: str,
    ) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any], Any], None]:
        def hook(
            called: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any], result: Any
        ) -> None:
            if not enabled():
                return
            key = Key(name, counts[name])
            counts[name] += 1
            after(ModuleCall(key, called, arguments, keywords, result))

        return hook

    def begun(name: str, act: Callable[[str], None]) -> Callable[[nn.Module, Any], None]:
        return lambda _module, _arguments: act(name)

    with ExitStack() as stack:
        for name, child in module.named_modules():
            if name not in wanted:
                continue
            if before is not None:
                stack.callback(child.register_forward_pre_hook(begun(name, before)).remove)
            stack.callback(child.register_forward_hook(finished(name), with_kwargs=True).remove)
        yield


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Have activation functions leave their input as it is, so that it can be looked at after the call."""
    changed = [child for child in module.modules() if getattr(child, "inplace", False) is True]
    for child in changed:
        child.inplace = False  # type: ignore[assignment]
    try:
        yield
    finally:
        for child in changed:
            child.inplace = True  # type: ignore[assignment]
