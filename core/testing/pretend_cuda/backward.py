"""Backward passes over graphs of pretend tensors, whose devices the autograd engine would look for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import get_gradient_edge

from core.testing.pretend_cuda.rules import MixedDevicesError
from core.testing.pretend_cuda.tensors import PretendTensor

Engine = Callable[..., tuple[Any, ...]]
Gradients = list[Tensor | None]


def backward_with(engine: Engine) -> Engine:
    """Return an engine that follows graphs of pretend tensors itself and leaves others to the given one."""

    def run(
        outputs: Sequence[Any],
        gradients: Sequence[Any],
        keep_graph: bool,
        create_graph: bool,
        inputs: Sequence[Tensor],
        *rest: Any,
        **options: Any,
    ) -> tuple[Any, ...]:
        if not any(isinstance(output, PretendTensor) for output in outputs):
            return engine(outputs, gradients, keep_graph, create_graph, inputs, *rest, **options)
        with torch.set_grad_enabled(create_graph):
            return _followed(outputs, gradients, inputs, accumulate=options.get("accumulate_grad", False))

    return run


def _followed(
    outputs: Sequence[Tensor], gradients: Sequence[Tensor], inputs: Sequence[Tensor], *, accumulate: bool
) -> tuple[Any, ...]:
    """Go from the outputs to the leaves, each node once all gradients of its outputs are there."""
    roots = [get_gradient_edge(output) for output in outputs]
    wanted = [get_gradient_edge(one) for one in inputs]
    waiting = _uses(root.node for root in roots)
    arrived: dict[Any, Gradients] = {}
    for root, first in zip(roots, gradients, strict=True):
        _add(arrived, root.node, root.output_nr, first)
    ready = [node for node in dict.fromkeys(root.node for root in roots) if not waiting[node]]
    found: dict[Any, Gradients] = {}
    while ready:
        node = ready.pop()
        own = _checked(node, arrived.pop(node, [None] * len(node._input_metadata)))
        found[node] = own
        for (following, number), gradient in zip(
            node.next_functions, _called(node, own, inputs), strict=False
        ):
            if following is None:
                continue
            if gradient is not None:
                _add(arrived, following, number, gradient)
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    results = [found.get(edge.node, [None] * 99)[edge.output_nr] for edge in wanted]
    if accumulate:
        for one, result in zip(inputs, results, strict=True):
            _accumulate(one, result)
    return tuple(results)


def _uses(roots: Iterable[Any]) -> Counter[Any]:
    """Return from how many places each node gets gradients."""
    found: Counter[Any] = Counter()
    seen: set[Any] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        following = [other for other, _ in node.next_functions if other is not None]
        found.update(following)
        stack.extend(following)
    return found


def _called(node: Any, gradients: Gradients, inputs: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
    """Return the gradients of a node's inputs; leaves take theirs, unless some inputs only are asked for."""
    if hasattr(node, "variable"):
        if not inputs:
            _accumulate(node.variable, gradients[0])
        return ()
    if all(gradient is None for gradient in gradients):
        return (None,) * len(node.next_functions)
    call = node.apply if isinstance(node, BackwardCFunction) else node
    result = call(*gradients)
    return result if isinstance(result, tuple) else (result,)


def _accumulate(leaf: Tensor, gradient: Tensor | None) -> None:
    if gradient is None:
        return
    leaf.grad = gradient.detach() if leaf.grad is None else leaf.grad + gradient.detach()


def _add(arrived: dict[Any, Gradients], node: Any, number: int, gradient: Tensor) -> None:
    own = arrived.setdefault(node, [None] * len(node._input_metadata))
    before = own[number]
    own[number] = gradient if before is None else before + gradient


def _checked(node: Any, gradients: Gradients) -> Gradients:
    """Return gradients in the shape and type of the outputs that they belong to; devices must agree."""
    return [
        None if gradient is None else _fitted(gradient, expected)
        for gradient, expected in zip(gradients, node._input_metadata, strict=True)
    ]


def _fitted(gradient: Tensor, expected: Any) -> Tensor:
    if gradient.device != expected.device:
        raise MixedDevicesError(
            f"Function returned a gradient on {gradient.device}, but expected device {expected.device}"
        )
    if gradient.shape != expected.shape:
        gradient = gradient.sum_to_size(expected.shape)
    return gradient.to(expected.dtype)
