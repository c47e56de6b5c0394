"""Answers what tabs ask of one part, at once where others keep it up to date."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import ReferenceType, ref

from core.services.application import Application
from dashboard.live.background import Background
from dashboard.live.channel import Channel, Channels, DocumentUpdate
from dashboard.live.feed import Asked, Present, feeds
from dashboard.live.pace import LEAST_S, Paces

QUICK_S = 0.05
"""Up to these seconds a part is brought up to date by whoever asks."""
RECENT_S = 5.0
"""What was up to date so long ago is shown while it is brought up to date for the next poll."""
MOST_FOLLOWED = 256


@dataclass(frozen=True)
class Followed:
    """A part that somebody asked for: its document, and when and how long it was last brought up to date.

    channel: weak, so that `Channels` alone decides what is kept.
    """

    channel: ReferenceType[Channel]
    began: float
    took_s: float


class Followers:
    """All parts that tabs ask for; those that are slow to refresh are refreshed in the background."""

    def __init__(
        self,
        product: Application,
        background: Background | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._product = product
        self._clock = clock
        self._background = background or Background()
        self._paces, self._channels = Paces(clock), Channels(clock)
        self._lock = Lock()
        self._followed: OrderedDict[tuple[str, str], Followed] = OrderedDict()

    def answer(self, name: str, values: Mapping[str, Any], *, fresh: bool = False) -> DocumentUpdate:
        """Return what changed of a part since the version that the tab has.

        fresh: a person acted, so that nothing older than this call will do.
        """
        since = str(values.get("since") or "")
        asked = {field: value for field, value in values.items() if field != "since"}
        key = (name, json.dumps(asked, sort_keys=True))
        channel = None if fresh else self._kept_up(key, asked)
        return (channel or self._refresh(key, asked, fresh=fresh)).since(since)

    def _kept_up(self, key: tuple[str, str], asked: Mapping[str, Any]) -> Channel | None:
        """Return the channel of a part that is slow to refresh and recent, and see to it that it stays so."""
        with self._lock:
            known = self._followed.get(key)
        if known is None or known.took_s <= QUICK_S:
            return None
        age_s = self._clock() - known.began
        if age_s >= RECENT_S and not self._background.is_pending(key):
            return None
        if age_s >= LEAST_S:
            self._background.submit(key, lambda: self._refresh_or_forget(key, asked))
        return known.channel()

    def _refresh(self, key: tuple[str, str], asked: Mapping[str, Any], *, fresh: bool = False) -> Channel:
        began = self._clock()
        drawing = feeds.get(key[0]).drawing(Present(self._product, self._paces, fresh=fresh), Asked(asked))
        channel = self._channels.refreshed(key[0], drawing, fresh=fresh)
        with self._lock:
            self._followed[key] = Followed(ref(channel), began, self._clock() - began)
            self._followed.move_to_end(key)
            while len(self._followed) > MOST_FOLLOWED:
                self._followed.popitem(last=False)
        return channel

    def _refresh_or_forget(self, key: tuple[str, str], asked: Mapping[str, Any]) -> None:
        try:
            self._refresh(key, asked)
        except Exception:  # noqa: BLE001  the next request fails alike and reports it
            with self._lock:
                self._followed.pop(key, None)
