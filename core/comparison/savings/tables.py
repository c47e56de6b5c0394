"""The bytes of two files by use, and the time of two models by layer, beside each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.measurement.evaluation import Arrays
from core.domain.measurement.stored_bytes import ByteKind


@dataclass(frozen=True)
class KindBytes:
    """Bytes of one use in a model's file and in the baseline's; before: None where that is not known."""

    kind: ByteKind
    before: int | None
    after: int


@dataclass(frozen=True)
class TensorBytes:
    """One tensor of a model's file.

    uses: its bytes by use. before: of all uses in the baseline's file, None where it has no such tensor.
    """

    name: str
    numbers: int
    uses: Mapping[ByteKind, int]
    before: int | None

    @property
    def size(self) -> int:
        """All its bytes."""
        return sum(self.uses.values())


@dataclass(frozen=True)
class LayerTime:
    """What a layer costs in a batch, and did in the baseline; None where that has no such layer.

    arithmetic: how it computes, empty where that was not noted. share: of the time of all layers, 0..1.
    """

    module: str
    module_type: str
    arithmetic: str
    time_ms: float
    share: float
    flops: int
    arithmetic_before: str | None = None
    time_before_ms: float | None = None
    share_before: float | None = None
    flops_before: int | None = None


def bytes_by_kind(after: Arrays, before: Arrays) -> tuple[KindBytes, ...]:
    """Return the uses that either file has, in the order of `ByteKind`; empty if `after` is."""
    now, then = _totals(after), _totals(before)
    return (
        tuple(
            KindBytes(kind, then.get(kind, 0) if before else None, now.get(kind, 0))
            for kind in ByteKind
            if now.get(kind) or then.get(kind)
        )
        if after
        else ()
    )


def tensors(after: Arrays, before: Arrays, stands_for: Mapping[str, str]) -> tuple[TensorBytes, ...]:
    """Return the tensors of a model's file, without the header, the largest first.

    stands_for: the baseline's tensor by name of the model's, where they are not the same.
    """
    now, then = _by_tensor(after), _by_tensor(before)
    numbers: Counter[str] = Counter()
    for name, count in zip(after.get("tensor", ()), after.get("numbers", ()), strict=True):
        numbers[str(name)] += int(count)
    found = []
    for name, uses in now.items():
        old = then.get(stands_for.get(name, name))
        found.append(TensorBytes(name, numbers[name], uses, None if old is None else sum(old.values())))
    return tuple(sorted((one for one in found if one.name), key=lambda one: -one.size))


def layer_times(after: Arrays, before: Arrays, stands_for: Mapping[str, str]) -> tuple[LayerTime, ...]:
    """Return the layers of a model in order of first call.

    stands_for: the baseline's module by name of the model's, where they are not the same.
    """
    old = {str(name): row for row, name in enumerate(before.get("module", ()))}
    found = []
    for row, name in enumerate(map(str, after.get("module", ()))):
        place = old.get(stands_for.get(name, name))
        past = () if place is None else _layer(before, place)
        found.append(LayerTime(name, str(after["module_type"][row]), *_layer(after, row), *past))
    return tuple(found)


def _layer(arrays: Arrays, row: int) -> tuple[str, float, float, int]:
    words = str(arrays["arithmetic"][row]) if "arithmetic" in arrays else ""
    time_ms, share = float(arrays["time_ms"][row]), float(arrays["time_share"][row])
    return words, time_ms, share, int(arrays["flops"][row])


def _totals(arrays: Arrays) -> dict[ByteKind, int]:
    found: dict[ByteKind, int] = defaultdict(int)
    for kind, size in zip(arrays.get("kind", ()), arrays.get("bytes", ()), strict=True):
        found[ByteKind(str(kind))] += int(size)
    return found


def _by_tensor(arrays: Arrays) -> dict[str, dict[ByteKind, int]]:
    found: dict[str, dict[ByteKind, int]] = defaultdict(lambda: defaultdict(int))
    rows = zip(arrays.get("tensor", ()), arrays.get("kind", ()), arrays.get("bytes", ()), strict=True)
    for name, kind, size in rows:
        found[str(name)][ByteKind(str(kind))] += int(size)
    return found
