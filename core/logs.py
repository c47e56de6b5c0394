"""Logs: one line per event, with its facts as `key=value` pairs that a person and a program can both read."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

_FILE_BYTES = 8 * 1024 * 1024
_BUILT_IN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class OneLine(logging.Formatter):
    """Writes `2026-01-31T12:00:00.000Z INFO core.services: Run queued action=run_queued run=7`.

    The pairs are what the caller gave as `extra`; a traceback follows on the same line as `error="..."`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, whatever its message contains."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = {key: value for key, value in vars(record).items() if key not in _BUILT_IN}
        if record.exc_info:
            facts["error"] = self.formatException(record.exc_info)
        message = " ".join(record.getMessage().splitlines())
        pairs = "".join(f" {key}={_quoted(value)}" for key, value in facts.items())
        return f"{when.replace('+00:00', 'Z')} {record.levelname} {record.name}: {message}{pairs}"


class _Quiet(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        """Do without: what cannot be written here matters less than what the process does."""


def configure(level: str = "INFO", stream: TextIO | None = None, *, file: Path | None = None) -> None:
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
        handler.setFormatter(OneLine())
    logging.basicConfig(level=level.upper(), handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs every look at the schema
    logging.getLogger("torch.utils._pytree").setLevel(logging.ERROR)  # it logs deprecations of torchao


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if text and plain else json.dumps(text, ensure_ascii=False)
