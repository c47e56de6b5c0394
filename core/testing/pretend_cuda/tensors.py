"""Tensors that say they are on a GPU while a CPU tensor within them holds the numbers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only, tree_unflatten

from core.testing.pretend_cuda.driver import PretendDriver
from core.testing.pretend_cuda.rules import (
    require_generator,
    require_kernel,
    require_one_device,
    warn_of_attention,
)

_CPU = torch.device("cpu")
_SET_DATA = getattr(Tensor.data, "__set__")  # noqa: B009  (types know no descriptors of C)


class PretendTensor(Tensor):
    """A tensor of a pretend GPU. inner: the CPU tensor with its numbers."""

    inner: Tensor  # type: ignore[assignment]  # torch has a function of that name, which nobody calls here

    @staticmethod
    def __new__(cls, inner: Tensor, device: torch.device) -> PretendTensor:
        """Wrap a CPU tensor, which must have no part in autograd."""
        made: PretendTensor = Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=device,
        )
        made.inner = inner
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Refuse to work once the pretence is over."""
        raise RuntimeError(f"{func} was called on a tensor of a pretend GPU that is gone.")

    def __deepcopy__(self, memo: dict[int, Any]) -> PretendTensor:
        """Copy the numbers, once for tensors that share them."""
        if id(self) not in memo:
            made = PretendTensor(copy.deepcopy(self.inner, memo), self.device)
            memo[id(self)] = _like(self, made)
        found: PretendTensor = memo[id(self)]
        return found

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse to, as a GPU's tensor does unless it is forced."""
        if force:
            return self.inner.numpy(force=True)
        raise TypeError(f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() first.")

    def tolist(self) -> Any:
        """Return the numbers, for which a real GPU would be waited for."""
        return self.inner.tolist()

    def data_ptr(self) -> int:
        """Return where the numbers are."""
        return self.inner.data_ptr()

    def untyped_storage(self) -> torch.UntypedStorage:
        """Return what holds the numbers."""
        return self.inner.untyped_storage()

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        """Show the numbers and where they pretend to be."""
        return f"PretendTensor({self.inner!r}, device='{self.device}')"


class PretendOperations(TorchDispatchMode):
    """Computes on the CPU what a GPU is asked for, and refuses what a GPU would."""

    def __init__(self, driver: PretendDriver) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._driver = driver

    def __torch_dispatch__(self, func: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out one operation."""
        kwargs = dict(kwargs or {})
        leaves, spec = tree_flatten((args, kwargs))
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        held = [tensor for tensor in tensors if isinstance(tensor, PretendTensor)]
        asked = kwargs.get("device")
        if not held and (asked is None or torch.device(asked).type != "cuda"):
            return func(*args, **kwargs)
        if _composite(func):
            with self:
                return func.decompose(*args, **kwargs)
        require_one_device(func, args, tensors)
        device = self._target(held, asked)
        if device.type == "cuda" or asked is None:
            require_kernel(func, args)
        inner_args, inner_kwargs = _on_cpu(func, *tree_unflatten([_inner(leaf) for leaf in leaves], spec))
        if asked is not None:
            inner_kwargs["device"] = _CPU
        with self._random_numbers(func, device, kwargs):
            result = func(*inner_args, **inner_kwargs)
        if device.type == "cuda":
            self._driver.work(self._driver.index(device))
        views = any(value.alias_info is not None for value in func._schema.returns)
        with (
            torch.inference_mode(False)
            if views and not all(one.is_inference() for one in held)
            else nullcontext()
        ):
            return self._outer(result, device, tensors)

    def _target(self, held: list[PretendTensor], asked: Any) -> torch.device:
        device = torch.device(asked) if asked is not None else held[0].device
        return torch.device("cuda", self._driver.index(device)) if device.type == "cuda" else device

    def _outer(self, result: Any, device: torch.device, given: list[Tensor]) -> Any:
        """Return results as tensors of the device; what was changed in place is given back itself."""
        known = {id(_inner(tensor)): tensor for tensor in given}

        def outer(value: Tensor) -> Tensor:
            same = known.get(id(value))
            if same is not None:
                if same.shape != value.shape:
                    raise NotImplementedError("A pretend tensor cannot change its shape in place.")
                return same
            if device.type != "cuda":
                return value
            self._driver.hold(value, self._driver.index(device))
            return PretendTensor(value, device)

        return tree_map_only(Tensor, outer, result)

    @contextmanager
    def _random_numbers(self, func: OpOverload, device: torch.device, kwargs: Any) -> Iterator[None]:
        """Draw from the device's own random numbers, and leave those of the CPU alone."""
        if torch.Tag.nondeterministic_seeded not in func.tags or device.type != "cuda":
            yield
            return
        require_generator(kwargs)
        own, state = self._driver.generators[self._driver.index(device)], torch.random.get_rng_state()
        torch.random.set_rng_state(own.get_state())
        try:
            yield
        finally:
            own.set_state(torch.random.get_rng_state())
            torch.random.set_rng_state(state)


class PretendFunctions(TorchFunctionMode):
    """Handles the few functions that look into tensors before an operation is dispatched."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out one function of torch."""
        if func == _SET_DATA and any(isinstance(value, PretendTensor) for value in args):
            return _become(*args)
        if func is functional.scaled_dot_product_attention and isinstance(args[0], PretendTensor):
            return _attention(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Return attention by the formula; which fused kernel suits, only a real GPU can be asked."""
    names = ("attn_mask", "dropout_p", "is_causal")
    given = dict(zip(names, args, strict=False)) | kwargs
    warn_of_attention(query)
    mask = given.get("attn_mask")
    if mask is not None and mask.dtype == torch.bool:
        given["attn_mask"] = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, -torch.inf)
    found: Tensor = torch.ops.aten._scaled_dot_product_attention_math(query, key, value, **given)[0]
    return found


def _become(tensor: Tensor, value: Tensor) -> None:
    """Do `tensor.data = value`: the same object, with its gradient, on the device of the value."""
    gradient = tensor.grad
    tensor.grad = None
    fresh = value.detach()
    if isinstance(tensor, nn.Parameter):
        fresh = nn.Parameter(fresh, tensor.requires_grad)
    tensor.__class__, fresh.__class__ = fresh.__class__, tensor.__class__
    tensor.__dict__, fresh.__dict__ = fresh.__dict__, tensor.__dict__
    torch._C._swap_tensor_impl(tensor, fresh)
    if gradient is not None:
        tensor.grad = gradient.to(tensor.device)


def _on_cpu(func: OpOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the arguments with which a CPU computes the same; softmax widens half precision beforehand."""
    if func._schema.name in {"aten::_softmax", "aten::_log_softmax"} and args[2]:
        return (args[0].float(), args[1], False), kwargs
    return args, kwargs


def _like(old: Tensor, new: PretendTensor) -> PretendTensor:
    if isinstance(old, nn.Parameter):
        new._is_param = True
    new.requires_grad_(old.requires_grad)
    return new


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, PretendTensor) else value


@cache
def _composite(func: OpOverload) -> bool:
    return func._can_decompose() and torch._C._dispatch_has_kernel_for_dispatch_key(
        func.name(), "CompositeImplicitAutograd"
    )
