"""What a worker and its fork server say to each other: JSON lines over a socket pair."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A function by its place (`package.module:function`) and positional arguments made of JSON values."""

    target: str
    arguments: Sequence[Any] = field(default_factory=tuple)


@dataclass(frozen=True)
class Job:
    """A call to make in a process of its own; what the process prints goes to the end of `log`."""

    call: Call
    log: Path
    header: str = ""


@dataclass(frozen=True)
class Exit:
    """How a process ended: with a code, by a signal, or unknown because the fork server died with it.

    peak_bytes: most memory that it held; cpu_s: processor seconds; 0: unknown.
    """

    code: int | None = None
    signal: int | None = None
    peak_bytes: int = field(default=0, compare=False)
    cpu_s: float = field(default=0.0, compare=False)

    @property
    def clean(self) -> bool:
        """Whether the process returned from its call."""
        return self.code == 0

    @property
    def accident(self) -> bool:
        """Whether another try may fare better: killed by a signal, or never started for want of memory."""
        return self.signal is not None or self.code == os.EX_OSERR

    def describe(self) -> str:
        """Return a sentence part such as `was killed by SIGSEGV`."""
        if self.signal is not None:
            return f"was killed by {signal.Signals(self.signal).name}"
        if self.code is not None:
            return f"ended with exit code {self.code}"
        return "ended together with the process that starts runs"


def encode(message: Message) -> bytes:
    """Return the message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


class Lines:
    """Puts lines together again from chunks as they come in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Yield the messages that `chunk` completes."""
        *complete, self._rest = (self._rest + chunk).split(b"\n")
        for line in complete:
            yield json.loads(line)
