"""Logs: one line per event with its facts, as `key=value` pairs or as a JSON object.

Passwords in addresses and tokens of requests are masked, wherever a line got them from.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TextIO

_FILE_BYTES = 8 * 1024 * 1024
_BUILT_IN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_process: dict[str, object] = {}
_present: ContextVar[Mapping[str, object]] = ContextVar("facts of log lines", default=MappingProxyType({}))
_SECRETS = (
    (re.compile(r"(://[^\s/:@\"]*:)[^\s/@\"]+@"), r"\1***@"),
    (re.compile(r"\b(Bearer\s+|(?:token|password|secret)=)[^\s&\"']+", re.IGNORECASE), r"\1***"),
)


def bind(**facts: object) -> None:
    """Add facts to all lines of this process, such as which worker it is."""
    _process.update(facts)


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Add facts to the lines of this thread for a while, such as which run it is working on."""
    token = _present.set({**_present.get(), **facts})
    try:
        yield
    finally:
        _present.reset(token)


class OneLine(logging.Formatter):
    """Writes `2026-01-31T12:00:00.000Z INFO core.services: Run queued action=run_queued run=7`.

    The pairs are what the caller gave as `extra`; a traceback follows on the same line as `error="..."`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, whatever its message contains."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = " ".join(record.getMessage().splitlines())
        pairs = "".join(f" {key}={_quoted(value)}" for key, value in self._facts(record).items())
        return masked(f"{when.replace('+00:00', 'Z')} {record.levelname} {record.name}: {message}{pairs}")

    def _facts(self, record: logging.LogRecord) -> dict[str, object]:
        facts = {key: value for key, value in vars(record).items() if key not in _BUILT_IN}
        if record.exc_info:
            facts["error"] = self.formatException(record.exc_info)
        return facts


class JsonLine(OneLine):
    """Writes an object per line: time, level, logger, message, and the facts with those of its context."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **_process,
            **_present.get(),
            **self._facts(record),
        }
        return masked(json.dumps(line, ensure_ascii=False, default=str))


def masked(text: str) -> str:
    """Return the text without the passwords of addresses and the tokens of requests in it."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


def formatter(form: Literal["text", "json"]) -> logging.Formatter:
    """Return what writes lines of a form."""
    return JsonLine() if form == "json" else OneLine()


class _Quiet(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        """Do without: what cannot be written here matters less than what the process does."""


def configure(
    level: str = "INFO",
    stream: TextIO | None = None,
    *,
    file: Path | None = None,
    form: Literal["text", "json"] = "text",
) -> None:
    """Send every log line of this process to `stream` (default: standard error) and nowhere else.

    With a `file`, all lines go there, and to `stream` only what is wrong. It is kept small, and one that
    cannot be written (a full disk) is done without.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(stream or sys.stderr)]
    if file is not None:
        handlers[0].setLevel(logging.WARNING)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_Quiet(file, maxBytes=_FILE_BYTES, backupCount=1, encoding="utf-8", delay=True))
    for handler in handlers:
        handler.setFormatter(formatter(form))
    logging.basicConfig(level=level.upper(), handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs every look at the schema
    logging.getLogger("torch.utils._pytree").setLevel(logging.ERROR)  # it logs deprecations of torchao


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if text and plain else json.dumps(text, ensure_ascii=False)
