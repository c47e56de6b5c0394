"""The weights of a model as predictions need them: how many numbers, and how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.prediction.stored_bits import MASK_BITS, coded_bits, plain_bits

_ENTRY_BYTES = 72
_FIELDS_BYTES = 84
_GRID_FIELDS_BYTES = 44
"""What a file's header takes for a further tensor, for a form, and for a grid, without names."""


@dataclass(frozen=True)
class Code:
    """Codes of a tensor. table_bits: of its scales, zero points or values."""

    bits: float
    table_bits: float
    palette: bool = False


@dataclass(frozen=True)
class Weight:
    """A tensor with weights. names: of the modules that share it, the one that holds it first.

    number_bits: of a plain number. zeros: share that certainly is zero; rounded: share that probably is, as
    rounding makes zeros of small weights. layer: whether it is a matrix that techniques ask for.
    outputs: output channels, of all `matrices` together; 0 where nobody wrote them down.
    pruned: whether a step pruned it. masked: whether which weights were pruned is stored beside its zeros, as
    not all zeros were pruned; may_be_masked: whether that hangs on the weights themselves.
    """

    name: str
    names: tuple[str, ...]
    numbers: int
    number_bits: float = 32
    zeros: float = 0.0
    rounded: float = 0.0
    code: Code | None = None
    layer: bool = False
    outputs: int = 0
    matrices: int = 1
    pruned: bool = False
    masked: bool = False
    may_be_masked: bool = False

    @property
    def stored(self) -> tuple[float, str]:
        """The bits of the smallest form, and its name."""
        return self._smallest(max(self.zeros, self.rounded))

    @property
    def most_bits(self) -> float:
        """Bits if rounding makes no zeros, with a mask if there may be one."""
        mask = self.numbers * MASK_BITS if self.masked or self.may_be_masked else 0
        return self.unrounded_bits + mask

    @property
    def unrounded_bits(self) -> float:
        """Bits if rounding makes no zeros."""
        return self._smallest(self.zeros)[0]

    def _smallest(self, zeros: float) -> tuple[float, str]:
        kept = self.numbers * (1 - zeros)
        forms = [(plain_bits(self.numbers, None, self.number_bits), "dense")]
        may_be_sparse = kept < self.numbers and (self.layer or self.pruned or self.code is not None)
        if may_be_sparse:
            forms.append((plain_bits(self.numbers, kept, self.number_bits), "sparse"))
        if self.code is not None:
            code, name = self.code, "palette" if self.code.palette else "grid"
            forms.append((coded_bits(self.numbers, None, code.bits, code.table_bits), name))
            if may_be_sparse:
                forms.append((coded_bits(self.numbers, kept, code.bits, code.table_bits), f"sparse-{name}"))
        return min(forms)

    @property
    def described_bytes(self) -> int:
        """What the header says of it beyond the tensor itself."""
        form = self.stored[1]
        if form == "dense":
            return 0
        entries = ("sparse" in form) + (form != "sparse")
        fields = _FIELDS_BYTES + (_GRID_FIELDS_BYTES if "grid" in form else 0)
        return entries * (len(self.name) + _ENTRY_BYTES) + len(self.name) + fields


@dataclass(frozen=True)
class ModelState:
    """A model as far as its size and arithmetic are known.

    weights: by name. other_bytes: of everything else in the file, without its header. other_bits: of what is
        no weight. numbers: all stored numbers. flops: dense, of one instance; None where not profiled.
    operations: share of them by module. at_most, flops_at_most: whether they are upper limits.
    unknown: why the size is not known; flops_unknown: the same of the operations.
    renamed: whether a step before replaced modules, so that rules may mean others.
    """

    weights: Mapping[str, Weight]
    header_bytes: int = 0
    other_bytes: int = 0
    other_numbers: int = 0
    flops: float | None = None
    operations: Mapping[str, float] = field(default_factory=dict)
    at_most: bool = False
    flops_at_most: bool = False
    unknown: str = ""
    flops_unknown: str = ""
    renamed: bool = False

    @property
    def bits(self) -> float:
        """Bits of everything that is stored, without header and masks."""
        return sum(weight.stored[0] for weight in self.weights.values()) + 8 * self.other_bytes

    @property
    def file_bytes(self) -> float:
        """Size of the file, at least; see `most_file_bytes`."""
        described = sum(weight.described_bytes for weight in self.weights.values())
        masks = sum(weight.numbers * MASK_BITS for weight in self.weights.values() if weight.masked)
        return (self.bits + masks) / 8 + self.header_bytes + described

    @property
    def most_file_bytes(self) -> float:
        """Size of the file if each mask is stored that may be, and rounding makes no zeros."""
        described = sum(weight.described_bytes for weight in self.weights.values())
        bits = sum(weight.most_bits for weight in self.weights.values())
        return bits / 8 + self.other_bytes + self.header_bytes + described

    @property
    def predicted_flops(self) -> float | None:
        """Operations of one instance, by the shares of the modules that are left; None where not known."""
        if self.flops is None or self.flops_unknown:
            return None
        return self.flops * (sum(self.operations.values()) if self.operations else 1.0)

    @property
    def bits_per_weight(self) -> tuple[float, float]:
        """Bits over all stored numbers, at least and at most."""
        numbers = sum(weight.numbers for weight in self.weights.values()) + self.other_numbers
        most = sum(weight.unrounded_bits for weight in self.weights.values()) + 8 * self.other_bytes
        return (self.bits / numbers, most / numbers) if numbers else (0.0, 0.0)
