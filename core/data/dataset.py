"""A data set held in memory: batches ready for a model, and what people see of each instance."""

from __future__ import annotations

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from core.errors import UnusableInput

IGNORED = -100  # a label that no loss and no metric counts

# What PyTorch, torchvision and transformers say where shapes, types or names of inputs are not the model's.
_MISMATCHES = (
    "channel",
    "expected input",
    "image height",
    "image size",
    "index out of range",
    "is invalid for input of size",
    "larger than",
    "missing 1 required positional argument",
    "must match",
    "scalar type",
    "shapes cannot be multiplied",
    "too small",
    "unexpected keyword argument",
)

# What a model is called with: one tensor, or named tensors (text models).
Inputs: TypeAlias = Tensor | Mapping[str, Tensor]


def call(module: nn.Module, inputs: Inputs) -> Tensor:
    """Return the output tensor (logits) of a model, whether it returns them bare, in an object or a dict.

    Raises:
        UnusableInput: the model returns something else.
    """
    output = _called(module, inputs) if isinstance(inputs, Mapping) else module(inputs)
    logits = getattr(output, "logits", output)
    if isinstance(logits, Mapping):
        logits = logits.get("logits", logits)
    if not isinstance(logits, Tensor):
        raise UnusableInput(
            f"The model {type(module).__name__} returns {type(logits).__name__}, not a tensor of logits.",
            "Let its forward() return the logits, bare or under the name `logits`.",
        )
    return logits


def _called(module: nn.Module, inputs: Mapping[str, Tensor]) -> object:
    """Call a module with the named tensors that it takes; tokens go first where it names them otherwise."""
    parameters = inspect.signature(module.forward).parameters
    if (
        any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        or inputs.keys() <= parameters.keys()
    ):
        return module(**inputs)
    taken = {name: value for name, value in inputs.items() if name in parameters}
    if "input_ids" in taken or "input_ids" not in inputs:
        return module(**(taken or inputs))
    return module(inputs["input_ids"], **taken)


def first_input(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    """Return what a layer is called with, by position or by keyword, as its hooks see it.

    Raises:
        UnusableInput: that is no tensor.
    """
    values: Any = args[0] if args else kwargs.get(input_name(kwargs))
    if not isinstance(values, Tensor):
        raise UnusableInput(
            f"A layer is called with {type(values).__name__}, not with a tensor.",
            "Exclude it with a layer rule, or choose a technique that looks at weights only.",
        )
    return values


def input_name(kwargs: Mapping[str, Any]) -> str:
    """Return the keyword that a layer's input is given by: `input` as in PyTorch, else the first tensor."""
    tensors = (name for name, value in kwargs.items() if isinstance(value, Tensor))
    return "input" if "input" in kwargs else next(tensors, "")


def require_fit(module: nn.Module, inputs: Inputs) -> None:
    """Raise `UnusableInput` unless the model computes logits from such inputs."""
    with torch.no_grad(), fitting(inputs):
        call(module, inputs)


@contextmanager
def fitting(inputs: Inputs) -> Iterator[None]:
    """Around a model's first call: if it fails because it cannot take such inputs, say so in words.

    Raises:
        UnusableInput: naming the shapes of the inputs and what the model says about them.
    """
    try:
        yield
    except (RuntimeError, TypeError, ValueError, AssertionError, IndexError) as error:
        reason = (str(error).splitlines() or [""])[0]
        if isinstance(error, torch.OutOfMemoryError) or not any(sign in reason for sign in _MISMATCHES):
            raise
        raise UnusableInput(
            f"The model cannot take these data ({_shapes(inputs)}): {reason}",
            "Choose data like those that the model was made for: channels, image size, and tokenizer.",
        ) from error


def _shapes(inputs: Inputs) -> str:
    named = inputs if isinstance(inputs, Mapping) else {"inputs": inputs}
    return ", ".join(f"{name} {' x '.join(map(str, value.shape))}" for name, value in named.items())


def move(inputs: Inputs, device: torch.device) -> Inputs:
    """Return the inputs on another device, from pinned memory without waiting for a GPU to have them."""
    if isinstance(inputs, Mapping):
        return {name: _moved(value, device) for name, value in inputs.items()}
    return _moved(inputs, device)


def _moved(value: Tensor, device: torch.device) -> Tensor:
    # In the other direction numbers could be read before they have come.
    return value.to(device, non_blocking=device.type == "cuda")


@dataclass(frozen=True)
class Batch:
    """Some instances, ready for a model: preprocessed inputs and labels, int64.

    labels: one class each `(instances,)`; or `(instances, tokens)` aligned with the logits of a model that
        writes text, where `IGNORED` marks positions that do not count.
    ids: names of the instances, for messages; empty where nobody asked for them.
    """

    inputs: Inputs
    labels: Tensor
    ids: tuple[str, ...] = ()

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        return Batch(move(self.inputs, device), _moved(self.labels, device), self.ids)


class Dataset(ABC):
    """Labelled instances of one split, preloaded.

    labels: `(instances,)` int64, indices into `class_names`; -1 where the class is not known, or where the
        task knows no classes.
    ids: stable names of the instances, in order.
    slices: what else is known of each instance by the name of a column, to group instances by.
    problems: instances that could not be read, one sentence each; they are left out.
    origin: which state of changing data they are, such as a commit; empty where it is not known.
    """

    labels: Tensor
    class_names: tuple[str, ...]
    ids: tuple[str, ...]
    slices: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    problems: tuple[str, ...] = ()
    origin: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    def only_class(self) -> str:
        """Return the class that all instances have; empty where there are several, or none at all."""
        if not len(self) or len(self.class_names) < 2 or int(self.labels.min()) != int(self.labels.max()):
            return ""
        label = int(self.labels[0])
        return self.class_names[label] if label >= 0 else ""

    def fingerprint(self) -> str:
        """Return a hash that differs where instances, their order or their labels differ."""
        digest = hashlib.sha256("\n".join(self.ids).encode("utf-8", "surrogatepass"))
        digest.update(self.labels.to(torch.int64).numpy().tobytes())
        return digest.hexdigest()

    @abstractmethod
    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Return the chosen instances, preprocessed; `augmented` adds random training variation."""

    def image(self, index: int) -> Tensor | None:
        """Return an instance as a picture `(channels, height, width)` uint8; None where it is none."""
        del index
        return None

    def named_batch(self, indices: Tensor) -> Batch:
        """Return the chosen instances, preprocessed, with their names."""
        return replace(self.batch(indices), ids=tuple(self.ids[index] for index in indices.tolist()))

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all instances in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.batch(slice(start, start + size))

    def examples(self, count: int) -> Inputs:
        """Return inputs of the first `count` instances, as a model takes them."""
        return self.batch(slice(0, count)).inputs
