"""Protocols through which the inner parts of the product talk to the outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring their own."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware, in UTC."""
        ...


class Progress(Protocol):
    """How work in a run process tells the person waiting how far it is."""

    def report(self, fraction: float, message: str = "") -> None:
        """Say that `fraction` (0..1) of the run is done, and what is going on."""
        ...

    def record(self, updates: int, epochs: float, values: Mapping[str, float]) -> None:
        """Add a point to the training curve: so many updates and epochs after the last one."""
        ...


class Silent:
    """Progress that nobody listens to."""

    def report(self, fraction: float, message: str = "") -> None:
        """Do nothing."""

    def record(self, updates: int, epochs: float, values: Mapping[str, float]) -> None:
        """Do nothing."""


class PartOfProgress:
    """Reports the share between `start` and `end` of a larger whole."""

    def __init__(self, whole: Progress, start: float, end: float) -> None:
        self._whole, self._start, self._end = whole, start, end

    def report(self, fraction: float, message: str = "") -> None:
        """Say that `fraction` (0..1) of the part is done."""
        self._whole.report(self._start + fraction * (self._end - self._start), message)

    def record(self, updates: int, epochs: float, values: Mapping[str, float]) -> None:
        """Add a point to the training curve of the whole."""
        self._whole.record(updates, epochs, values)


@dataclass(frozen=True)
class StoredArtifact:
    """An artifact in the store. written_at: when it was last put there."""

    key: str
    size_bytes: int
    written_at: datetime


class ArtifactStore(Protocol):
    """Content-addressed files: a key is the SHA-256 of the content, so nothing is ever overwritten."""

    def put(self, source: Path) -> str:
        """Store the file and return its key; a file stored twice is kept once, and counts as new."""
        ...

    def fetch(self, key: str) -> Path:
        """Return a local path with the verified content; `CorruptArtifact` if missing or altered."""
        ...

    def delete(self, key: str) -> None:
        """Remove the content; silently nothing if it is gone already."""
        ...

    def list(self) -> Iterator[StoredArtifact]:
        """Return everything that is stored, in any order; `Unavailable` if the store does not answer."""
        ...

    def delete_older(self, key: str, since: datetime) -> bool:
        """Remove the content unless it was put there since then; return whether it was removed."""
        ...


class Dispatcher(Protocol):
    """Tells workers that runs are waiting; the database stays the only truth."""

    def publish(self, run_ids: Iterable[int], *, queue: str) -> None:
        """Announce the runs, or raise `Unavailable` if the broker cannot be reached."""
        ...

    def trouble(self) -> str:
        """Return why workers do not hear of runs at present, empty if they do; never waits for the broker."""
        ...
