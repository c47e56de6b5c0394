"""What a model that another tool quantized is: its format, and each weight that it holds as codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain.quantized_files.entries import Entry, Header, shape_text
from core.errors import UnusableInput
from core.presentation.lists import joined, listed

CHANNEL, TENSOR = 0, -1
"""Group sizes of weights whose output channels, or which as a whole, have one scale."""
_DENSE_BYTES = 4


@dataclass(frozen=True)
class QuantizedWeight:
    """One weight that a file holds as codes.

    name: in the state dict of the model. method: how its codes are written, which a format names.
    parts: tensors of the file by their role. numbers: how many weights it has.
    group: weights that share a scale, see CHANNEL and TENSOR. zero_points: whether codes have one each.
    """

    name: str
    method: str
    parts: Mapping[str, str]
    numbers: int
    bits: int
    group: int
    zero_points: bool = False
    stored_bytes: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """A quantized model. others: names of tensors that are stored as plain numbers.

    remarks: sentences about what its files ask for besides weights.
    """

    format: str
    weights: tuple[QuantizedWeight, ...]
    others: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The format in few words, e.g. `GPTQ, 4 bit, groups of 128`."""
        if not self.weights:
            return self.format
        bits = joined([str(each) for each in sorted({weight.bits for weight in self.weights})])
        groups = sorted({group_text(weight.group) for weight in self.weights})
        zeros = {weight.zero_points for weight in self.weights}
        with_zeros = {True: "with zero points", False: ""}[zeros == {True}]
        return ", ".join(filter(None, [self.format, f"{bits} bit", joined(groups), with_zeros]))

    @property
    def stored_bytes(self) -> int:
        """What the codes take in the file, with scales and zero points."""
        return sum(weight.stored_bytes for weight in self.weights)

    @property
    def dense_bytes(self) -> int:
        """What the same weights take as float32."""
        return sum(weight.numbers for weight in self.weights) * _DENSE_BYTES


def group_text(size: int) -> str:
    """Return which weights share a scale, in words."""
    return {CHANNEL: "per channel", TENSOR: "per tensor"}.get(size, f"groups of {size}")


class Format(ABC):
    """A way to write quantized models. method: its name in `quantization_config`. label: for people."""

    method: str
    label: str

    @abstractmethod
    def weights(
        self, config: Mapping[str, Any], header: Header, problems: list[str]
    ) -> list[QuantizedWeight]:
        """Return the weights that are codes; what is wrong with any is added to the problems."""

    def remarks(self, config: Mapping[str, Any], header: Header) -> list[str]:
        """Return sentences about what the files ask for besides weights."""
        del config, header
        return []

    def passed_over(self, name: str) -> bool:
        """Return whether a tensor is no weight of the model, such as a scale of activations."""
        del name
        return False


def refuse(format_: str, problems: Sequence[str]) -> None:
    """Raise `UnusableInput` that names the first problems, if there are any."""
    if problems:
        raise UnusableInput(
            f"The {format_} files cannot be read: {listed(list(dict.fromkeys(problems)), 3, mark='; ')}.",
            "Copy the files and config.json again, or save the model anew with the tool that quantized it.",
        )


class Parts:
    """The tensors of one layer in a header, with what is wrong with them."""

    def __init__(self, layer: str, header: Header, problems: list[str]) -> None:
        self.layer, self._header, self._problems = layer, header, problems
        self.found: dict[str, str] = {}

    def entry(self, part: str, dtypes: Sequence[str], dimensions: int = 2) -> Entry | None:
        """Return a tensor that must be there and be of one of the types; None after a problem."""
        name = f"{self.layer}.{part}"
        entry = self._header.entries.get(name)
        if entry is None:
            self.wrong(f"{name} is missing")
        elif entry.dtype not in dtypes:
            self.wrong(f"{name} is of type {entry.dtype}, not {' or '.join(dtypes)}")
        elif dimensions and len(entry.shape) != dimensions:
            self.wrong(f"{name} has the shape {shape_text(entry.shape)}, not {dimensions} dimensions")
        else:
            self.found[part] = name
            return entry
        return None

    def optional(self, part: str, dtypes: Sequence[str], dimensions: int = 2) -> Entry | None:
        """Return a tensor that may be missing."""
        there = f"{self.layer}.{part}" in self._header.entries
        return self.entry(part, dtypes, dimensions) if there else None

    def require_shape(self, part: str, entry: Entry, expected: tuple[int, ...], why: str) -> bool:
        """Return whether a tensor has the shape; `why` completes the problem where it does not."""
        if entry.shape == expected:
            return True
        self.wrong(f"{self.layer}.{part} is {shape_text(entry.shape)}, not {shape_text(expected)}, as {why}")
        return False

    def wrong(self, problem: str) -> None:
        """Add a problem."""
        self._problems.append(problem)

    @property
    def stored_bytes(self) -> int:
        """What the tensors found take."""
        return sum(self._header.entries[name].size_bytes for name in self.found.values())


def whole_number(config: Mapping[str, Any], names: Sequence[str], problems: list[str]) -> int | None:
    """Return a setting that is a whole number, under the first of these names that is there."""
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value is not None:
            problems.append(f"{name} is {value!r} in the configuration, not a whole number")
            return None
    problems.append(f"the configuration does not say {names[0]}")
    return None
