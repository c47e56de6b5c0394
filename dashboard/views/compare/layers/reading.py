"""Comparisons of layers that this process keeps; they can always be read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from threading import Lock
from weakref import WeakKeyDictionary

from core.comparison.layers.figures import Mode
from core.domain.ids import ModelId
from core.services.application import Application
from core.services.layers.layer_comparison import LayerComparison, compare_layers
from core.services.layers.layer_histograms import RowHistograms, read_histograms
from dashboard.projects import snapshot

MOST_KEPT = 3
Key = tuple[str, int, tuple[ModelId, ...], ModelId, Mode]
_kept: WeakKeyDictionary[Application, OrderedDict[Key, OpenedLayers]] = WeakKeyDictionary()
_lock = Lock()


@dataclass(eq=False)
class OpenedLayers:
    """A comparison as of a revision of the project; its histograms are read when first asked for."""

    product: Application
    comparison: LayerComparison
    serial: int
    _reading: Lock = field(default_factory=Lock)

    @cached_property
    def mark(self) -> str:
        """A text that differs where nodes have other numbers."""
        names = "\n".join([self.comparison.mode, *self.comparison.tree.names])
        return blake2b(names.encode(), digest_size=8).hexdigest()

    @cached_property
    def _histograms(self) -> Sequence[RowHistograms | None]:
        return read_histograms(self.product, self.comparison, classes=False)

    @property
    def histograms(self) -> Sequence[RowHistograms | None]:
        """The histograms in two classes of change."""
        with self._reading:
            return self._histograms


def open_layers(
    product: Application, slug: str, model_ids: Sequence[ModelId], baseline_id: ModelId, mode: Mode
) -> OpenedLayers:
    """Return the comparison as of the project's present revision; errors as of `compare_layers`."""
    serial = snapshot.read(product, slug).serial
    key = (slug, serial, tuple(model_ids), baseline_id, mode)
    with _lock:
        kept = _kept.setdefault(product, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = OpenedLayers(product, compare_layers(product, model_ids, baseline_id, mode), serial)
    with _lock:
        kept[key] = found
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return found
