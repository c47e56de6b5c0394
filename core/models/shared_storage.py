"""Parameters that lie on one storage without being the same, as with `nn.Parameter(other.weight.data)`.

Files and copies know only parameters that are the same. So those that cover the same numbers become one, as
they compute; a part of another one gets numbers of its own.
"""

from __future__ import annotations

from torch import Tensor, nn


def apart(module: nn.Module) -> list[str]:
    """Give each parameter and buffer of a module a storage of its own; return what changed, as sentences.

    Tensors on the meta device have no storage, so none is shared.
    """
    seen: dict[int, list[tuple[str, Tensor]]] = {}
    said = []
    for name, tensor in module.state_dict(keep_vars=True).items():
        beside = seen.setdefault(tensor.untyped_storage().data_ptr(), [])
        others = [(other, held) for other, held in beside if held is not tensor]
        if tensor.is_meta or not tensor.numel() or len(others) < len(beside):
            continue
        same = next((other for other, held in others if _covers_the_same(held, tensor)), None)
        overlapping = next((other for other, held in others if _overlap(held, tensor)), None)
        if same is not None and isinstance(tensor, nn.Parameter):
            _set(module, name, _get(module, same))
            said.append(f"{name} uses the numbers of {same}, so both are one parameter.")
        elif same is not None or overlapping is not None:
            tensor.data = tensor.data.clone()
            said.append(f"{name} was a part of {same or overlapping}; it has numbers of its own now.")
        beside.append((name, tensor))
    return said


def _covers_the_same(one: Tensor, other: Tensor) -> bool:
    return (
        one.dtype == other.dtype
        and one.data_ptr() == other.data_ptr()
        and one.shape == other.shape
        and one.stride() == other.stride()
        and isinstance(one, nn.Parameter)
    )


def _overlap(one: Tensor, other: Tensor) -> bool:
    first, second = sorted((_span(one), _span(other)))
    return second[0] < first[1]


def _span(tensor: Tensor) -> tuple[int, int]:
    """Return where a tensor begins and ends in memory, in bytes."""
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.data_ptr(), tensor.data_ptr() + (last + 1) * tensor.element_size()


def _get(module: nn.Module, name: str) -> object:
    owner, _, leaf = name.rpartition(".")
    return getattr(module.get_submodule(owner), leaf)


def _set(module: nn.Module, name: str, value: object) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(module.get_submodule(owner), leaf, value)
