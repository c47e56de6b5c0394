"""What can be told of where bytes and time go; each statement has the figures that it follows from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.domain.measurement.stored_bytes import ByteKind


@dataclass(frozen=True)
class FileSize:
    """Bytes of both files; before: None where that is not known."""

    kind: ClassVar[str] = "file-size"
    before: int | None
    after: int


@dataclass(frozen=True)
class LargestUse:
    """The use that takes most of the file; before: its bytes in the baseline's, None where not known."""

    kind: ClassVar[str] = "largest-use"
    use: ByteKind
    size: int
    share: float
    before: int | None


@dataclass(frozen=True)
class Untouched:
    """Tensors that are stored as before beside others that are coded.

    largest: names of the largest. coded_bits: bits that a coded number takes here, all counted. size_coded:
    what the tensors would take at that.
    """

    kind: ClassVar[str] = "untouched"
    tensors: int
    largest: tuple[str, ...]
    size: int
    share: float
    coded_bits: float
    size_coded: float


@dataclass(frozen=True)
class Overhead:
    """What codes and kept values need beside them: bytes by use, and their share of the file."""

    kind: ClassVar[str] = "overhead"
    uses: tuple[tuple[ByteKind, int], ...]
    share: float


@dataclass(frozen=True)
class StoredZeros:
    """Zeros that take as much room as other numbers, in matrices without a mask."""

    kind: ClassVar[str] = "stored-zeros"
    zeros: int
    tensors: int
    share: float


@dataclass(frozen=True)
class Times:
    """Median time of a batch; label names the metric. verdict: faster, slower or alike.

    busy: whether one of them was timed on a busy machine.
    """

    kind: ClassVar[str] = "times"
    label: str
    before_ms: float
    after_ms: float
    verdict: str
    busy: bool


@dataclass(frozen=True)
class Dominant:
    """The type of layer that takes most of the layers' time, and the single layer that does."""

    kind: ClassVar[str] = "dominant"
    module_type: str
    layers: int
    share: float
    largest: str
    largest_share: float


@dataclass(frozen=True)
class MultipliedZeros:
    """Zeros among the weights that do not lessen the operations. zeros: share of the matrices' numbers."""

    kind: ClassVar[str] = "multiplied-zeros"
    zeros: float
    flops: float
    flops_before: float


@dataclass(frozen=True)
class Decoded:
    """Layers whose codes become floating-point numbers before they compute; share: of the layers' time."""

    kind: ClassVar[str] = "decoded"
    layers: int
    share: float
    arithmetic: str


@dataclass(frozen=True)
class Kernels:
    """Layers that compute in an arithmetic of their own, with their share of the time after and before."""

    kind: ClassVar[str] = "kernels"
    layers: int
    arithmetic: str
    share: float
    share_before: float | None


@dataclass(frozen=True)
class Bound:
    """Layers that compute as before, and how much of the baseline's time they took: the most that is left."""

    kind: ClassVar[str] = "bound"
    layers: int
    share_before: float


Statement = (
    FileSize
    | LargestUse
    | Untouched
    | Overhead
    | StoredZeros
    | Times
    | Dominant
    | MultipliedZeros
    | Decoded
    | Kernels
    | Bound
)
