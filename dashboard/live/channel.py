"""The last versions of one document, and the differences between them: made once for all tabs."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from dashboard.live.difference import Document, difference, sharing
from dashboard.live.encoding import written
from dashboard.live.feed import Drawing

MOST_VERSIONS = 12
"""Versions that tabs may still have; a tab with an older one gets the whole document."""
MOST_CHANNELS = 96
MOST_BYTES = 24_000_000
"""JSON of all documents together; as Python objects they take several times that."""
LOOSE_S = 10.0
"""Seconds after which a document is drawn anew for changes that concern it only loosely."""


@dataclass(frozen=True)
class DocumentUpdate:
    """An answer about one document: the mark of its present version, and JSON to get there, if needed."""

    mark: str
    content: bytes | None


@dataclass
class Channel:
    """One document. `full` is its present version as JSON; one thread draws at a time."""

    clock: Callable[[], float] = time.monotonic
    mark: str = ""
    full: bytes = b""
    _drawing: Lock = field(default_factory=Lock)
    _lock: Lock = field(default_factory=Lock)
    _versions: OrderedDict[str, Document] = field(default_factory=OrderedDict)
    _deltas: dict[str, bytes] = field(default_factory=dict)
    _stamp: Hashable = None
    _loosely: Hashable = None
    _drawn_at: float = float("-inf")

    def refresh(self, drawing: Drawing, *, fresh: bool = False) -> None:
        """Draw the document anew if need be; meanwhile others get the version before."""
        with self._drawing:
            if self._outdated(drawing, fresh=fresh):
                self._publish(drawing.draw())
                self._stamp, self._loosely = drawing.stamp, drawing.loosely
                self._drawn_at = self.clock()

    def since(self, mark: str) -> DocumentUpdate:
        """Return how to get from the version of that mark (empty: none) to the present one."""
        with self._lock:
            return DocumentUpdate(self.mark, None if mark == self.mark else self._since(mark))

    def _outdated(self, drawing: Drawing, *, fresh: bool) -> bool:
        if not self.mark or drawing.stamp != self._stamp:
            return True
        late = fresh or self.clock() - self._drawn_at >= LOOSE_S
        return late and drawing.loosely != self._loosely

    def _publish(self, document: Document) -> None:
        content = written(document)
        mark = hashlib.blake2b(content, digest_size=8).hexdigest()
        if mark == self.mark:
            return
        shared = sharing(self._versions[self.mark] if self.mark else {}, document)
        with self._lock:
            self._versions.pop(mark, None)
            self._versions[mark] = shared
            self.mark, self.full = mark, content
            self._deltas.clear()
            while len(self._versions) > MOST_VERSIONS:
                self._versions.popitem(last=False)

    def _since(self, since: str) -> bytes:
        if since not in self._versions:
            return b'"full":' + self.full
        if since not in self._deltas:
            delta = written(difference(self._versions[since], self._versions[self.mark]))
            shorter = len(delta) < len(self.full)
            self._deltas[since] = b'"delta":' + delta if shorter else b'"full":' + self.full
        return self._deltas[since]


class Channels:
    """All documents that tabs look at; those not asked for longest go first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Channel] = OrderedDict()

    def refreshed(self, feed: str, drawing: Drawing, *, fresh: bool = False) -> Channel:
        """Return the channel of this feed and drawing, up to date."""
        place = (feed, drawing.key)
        with self._lock:
            channel = self._kept.setdefault(place, Channel(self._clock))
            self._kept.move_to_end(place)
        channel.refresh(drawing, fresh=fresh)
        with self._lock:
            size = sum(len(one.full) for one in self._kept.values())
            while len(self._kept) > 1 and (len(self._kept) > MOST_CHANNELS or size > MOST_BYTES):
                size -= len(self._kept.popitem(last=False)[1].full)
        return channel
